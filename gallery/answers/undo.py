"""Taking back one batch of what people said, of attributes and of boxes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gallery.answers import boxes, corrections
from gallery.models import Correction, Photo


@dataclass(frozen=True)
class Undone:
    """How many answers, and of how many boxes what was said, were taken back."""

    answers: int
    boxes: int

    @property
    def count(self) -> int:
        return self.answers + self.boxes


def undo(person: Any, batch: UUID) -> Undone:
    """Take back one batch of what was said of the photos that the person may see.

    Each half is a transaction of its own, that locks its photos in their order.
    """
    said_of_boxes = boxes.undo(Photo.objects.visible_to(person), batch)
    return Undone(corrections.undo(Correction.objects.visible_to(person), batch), said_of_boxes)
