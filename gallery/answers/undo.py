"""Undo: take back one batch of people's answers, about attributes and about boxes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gallery.answers import boxes, corrections
from gallery.models import Correction, Photo


@dataclass(frozen=True)
class Undone:
    """How many answers were taken back, about attributes and about boxes."""

    answers: int
    boxes: int

    @property
    def count(self) -> int:
        return self.answers + self.boxes


def undo(person: Any, batch: UUID) -> Undone:
    """Take back one batch of answers about the photos that the person may see."""
    # Two transactions: each locks its photos in the order of their keys, so neither can deadlock.
    undone_boxes = boxes.undo(Photo.objects.visible_to(person), batch)
    undone_answers = corrections.undo(Correction.objects.visible_to(person), batch)
    return Undone(undone_answers, undone_boxes)
