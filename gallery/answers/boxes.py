"""What people say of where a photo has a face: no detector overrules it."""

import math
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from gallery.analysis import jobs
from gallery.analysis.outcomes import count_faces, move_face
from gallery.analysis.overlap import SAME, Box, most_overlap, overlap
from gallery.answers.removed_faces import bring_back, keep
from gallery.fields import DECIMALS
from gallery.models import BoxCorrection, Face, Photo, RemovedFace
from gallery.models.photo import PhotoQuerySet

Place = tuple[float, float, float, float]  # x, y, w, h in fractions of the upright picture

SMALLEST = 16  # pixels, wide and high
MOST = 100  # faces of one photo

NOT_FINITE = "A box is four finite numbers."
OUTSIDE = "The box must lie within the picture."
TOO_SMALL = f"A face must be at least {SMALLEST} pixels wide and high."
TOO_MANY = f"A photo holds at most {MOST} faces."
NO_PHOTO = "The photo was deleted meanwhile."


@transaction.atomic
def remove_face(face: Face, person: Any, batch: UUID | None = None) -> UUID | None:
    """Say that a box holds no face: it goes, with its answers, and no analysis brings it back.

    A face that a person drew is only forgotten: what a detector finds there will count. Returns
    the batch that `undo` takes back, which may be given; None where the face was gone already.
    """
    photo = _locked(face.photo_id)
    here = Face.objects.filter(pk=face.pk).first()
    if photo is None or here is None:
        return None
    batch, drawn = batch or uuid4(), BoxCorrection.objects.none()
    if here.detector == Face.Detector.PERSON:
        drawn = _said_of(here, photo.box_corrections.filter(is_face=True))
    else:
        say_no_face(photo, (here.x, here.y, here.w, here.h), person, batch)
    keep(here, drawn, batch)
    drawn.delete()
    here.delete()
    Photo.objects.filter(pk=photo.pk).update(face_count=count_faces())
    return batch


def say_no_face(photo: Photo, box: Place, person: Any, batch: UUID) -> None:
    """Say that a place, where no face stands, holds none."""
    x, y, w, h = box
    BoxCorrection.objects.create(
        photo=photo, is_face=False, person=person, batch=batch, x=x, y=y, w=w, h=h
    )


@transaction.atomic
def undo(photos: PhotoQuerySet, batch: UUID) -> int:
    """Take back what was said in one batch of these photos' boxes. Returns of how many.

    Faces that were removed come back; a photo that changed meanwhile, or that a face was drawn
    on, is queued, and its analysis decides.
    """
    said = BoxCorrection.objects.order_by().filter(batch=batch).values("photo")
    removed = RemovedFace.objects.order_by().filter(batch=batch).values("photo")
    touched = photos.order_by().filter(pk__in=said.union(removed)).values("pk")
    return sum(_undo(photo, batch) for photo in Photo.objects.filter(pk__in=touched).locked())


def _undo(photo: Photo, batch: UUID) -> int:
    said = photo.box_corrections.filter(batch=batch)
    removed = photo.removed_faces.filter(batch=batch)
    drawn, none = said.filter(is_face=True).count(), said.filter(is_face=False).count()
    count = drawn + max(none, len(removed))  # with most removed faces goes a word
    said.delete()
    looks = [bring_back(face, photo) for face in removed]
    Photo.objects.filter(pk=photo.pk).update(face_count=count_faces())
    if drawn or any(looks):
        _queue(photo)
    return count


@transaction.atomic
def draw_face(photo: Photo, box: Place, person: Any, batch: UUID | None = None) -> None:
    """Say where a photo has a face, and queue the photo, so that the worker scores it.

    The box is made square, about the same middle. A face that is there already, or that somebody
    drew there, moves to it; an earlier "not a face" there is lifted.

    Raises:
        ValueError: the box is none, too small or not within the picture; or there are too many.
    """
    _check(box, photo)
    held = _locked(photo.pk)
    if held is None:
        raise ValueError(NO_PHOTO)
    drawn = BoxCorrection(photo=held, is_face=True, person=person, batch=batch)
    drawn.x, drawn.y, drawn.w, drawn.h = square(box, held)
    _said_of(drawn, held.box_corrections.all()).delete()
    _move_face(held, drawn)
    found = held.faces.exclude(detector=Face.Detector.PERSON).count()
    if found + held.box_corrections.filter(is_face=True).count() >= MOST:
        raise ValueError(TOO_MANY)
    drawn.save()
    _queue(held)


def _queue(photo: Photo) -> None:
    """Have the photo analysed before all re-runs; an analysis under way comes too late."""
    Photo.objects.filter(pk=photo.pk).update(
        status=Photo.Status.QUEUED,
        priority=Photo.Priority.UPLOAD,
        attempts=0,
        failure="",
        lease=None,
        lease_until=None,
    )
    transaction.on_commit(jobs.ring, robust=True)


def is_drawn(photo: Photo, place: Box) -> bool:
    """Whether a person drew a face at this place."""
    return most_overlap(place, list(photo.box_corrections.filter(is_face=True))) >= SAME


def square(box: Place, photo: Photo) -> Place:
    """The square of the same middle and area, moved and shrunk into the picture where it must be.

    Detectors' boxes are squares too: the network's frame is told by a side alone.
    """
    x, y, w, h = box
    side = min(math.sqrt(w * photo.width * h * photo.height), photo.width, photo.height)
    wide, high = side / photo.width, side / photo.height
    left = max(0.0, min(x + w / 2 - wide / 2, 1 - wide))
    top = max(0.0, min(y + h / 2 - high / 2, 1 - high))
    left, top, wide, high = (round(value, DECIMALS) for value in (left, top, wide, high))
    return left, top, wide, high


def _check(box: Place, photo: Photo) -> None:
    if len(box) != 4 or not all(math.isfinite(value) for value in box):
        raise ValueError(NOT_FINITE)
    x, y, w, h = box
    slack = 2 * 10**-DECIMALS  # an edge is the sum of two numbers, each of which may be rounded
    if min(x, y) < 0 or min(w, h) <= 0 or max(x + w, y + h) > 1 + slack:
        raise ValueError(OUTSIDE)
    if (w + slack) * photo.width < SMALLEST or (h + slack) * photo.height < SMALLEST:
        raise ValueError(TOO_SMALL)


def _locked(photo: int) -> Photo | None:
    """The photo, locked: an analysis waits, and then sees what was said."""
    return Photo.objects.select_for_update().filter(pk=photo).first()


def _said_of(place: Face | BoxCorrection, said: QuerySet[BoxCorrection]) -> QuerySet[BoxCorrection]:
    """Those of what was said that are about the same place."""
    return said.filter(pk__in=[box.pk for box in said if overlap(box, place) >= SAME])


def _move_face(photo: Photo, drawn: BoxCorrection) -> None:
    """Give the drawn box to the face that is there, if one is."""
    faces = photo.faces.exclude(detector=Face.Detector.WHOLE)
    there = max(faces, key=lambda face: overlap(face, drawn), default=None)
    if there and overlap(there, drawn) >= SAME:
        move_face(there, drawn)
