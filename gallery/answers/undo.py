"""Undo: take back one batch of what a person did: answers, boxes, a move to the trash."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext

from gallery.answers import boxes, corrections, opinions
from gallery.library import trash
from gallery.library.trash import Restored
from gallery.models import BoxCorrection, Correction, Opinion, Photo, RemovedFace, Role
from gallery.models.photo import PhotoQuerySet


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


def undo(person: User, batch: UUID) -> Undone:
    """Undo one batch that the person answered or deleted; in their own galleries, anybody's.

    Raises:
        PermissionDenied: these are another's answers, in another's gallery.
    """
    # First, as answers about a photo in the trash cannot be seen.
    restored = trash.undo(person, batch)
    # Separate transactions: each locks its photos in the order of their keys, so none can
    # deadlock.
    undone_boxes = boxes.undo(_photos(person, batch), batch)
    agreed = opinions.undo(Opinion.objects.undone_by(person), batch)
    undone_answers = agreed + corrections.undo(Correction.objects.undone_by(person), batch)
    undone = Undone(undone_answers, undone_boxes, restored)
    if not undone.is_known and Correction.objects.visible_to(person).filter(batch=batch).exists():
        raise PermissionDenied(
            gettext("Only whoever gave these answers, or the gallery’s owner, can undo them.")
        )
    return undone


def _photos(person: User, batch: UUID) -> PhotoQuerySet:
    """Photos for which the person may undo changes to boxes in this batch."""
    drawn = BoxCorrection.objects.order_by().filter(person=person, batch=batch).values("photo")
    removed = RemovedFace.objects.order_by().filter(person=person, batch=batch).values("photo")
    said = Q(pk__in=drawn.union(removed))
    edited = Photo.objects.visible_to(person, Role.EDITOR)
    return edited.filter(said | Q(gallery__owner=person))
