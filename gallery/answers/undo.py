"""Undo: take back one batch of what a person did: answers, boxes, a move to the trash."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gallery.answers import boxes, corrections
from gallery.library import trash
from gallery.library.trash import Restored
from gallery.models import Correction, Photo


@dataclass(frozen=True)
class Undone:
    """How many answers were taken back, about attributes and about boxes, and what came back."""

    answers: int
    boxes: int
    restored: Restored

    @property
    def count(self) -> int:
        """Of all that was taken back; what could not be is no part of it."""
        return self.answers + self.boxes + self.restored.photos + self.restored.galleries

    @property
    def is_known(self) -> bool:
        """Whether there was such a batch, even if nothing of it could be taken back."""
        return self.count + self.restored.stayed > 0


def undo(person: Any, batch: UUID) -> Undone:
    """Take back one batch of answers, or of what was deleted, of photos that the person may see."""
    # First, as answers about a photo in the trash cannot be seen.
    restored = trash.undo(person, batch)
    # Two transactions: each locks its photos in the order of their keys, so neither can deadlock.
    undone_boxes = boxes.undo(Photo.objects.visible_to(person), batch)
    undone_answers = corrections.undo(Correction.objects.visible_to(person), batch)
    return Undone(undone_answers, undone_boxes, restored)
