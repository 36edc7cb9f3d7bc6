"""What people say of where a photo has a face: no detector overrules it."""

import math
from typing import Any

from django.db import transaction

from gallery import jobs
from gallery.demands import DECIMALS
from gallery.faces import count_faces
from gallery.models import BoxCorrection, Face, Photo
from gallery.overlap import SAME, overlap

Place = tuple[float, float, float, float]  # x, y, w, h in fractions of the upright picture

SMALLEST = 16  # pixels, wide and high
MOST = 100  # faces of one photo

NOT_FINITE = "A box is four finite numbers."
OUTSIDE = "The box must lie within the picture."
TOO_SMALL = f"A face must be at least {SMALLEST} pixels wide and high."
TOO_MANY = f"A photo holds at most {MOST} faces."
NO_PHOTO = "The photo was deleted meanwhile."


@transaction.atomic
def remove_face(face: Face, person: Any) -> None:
    """Say that a box holds no face: it goes, with its answers, and no analysis brings it back.

    A face that a person drew is only forgotten: what a detector finds there will count.
    """
    photo = _locked(face.photo_id)
    here = Face.objects.filter(pk=face.pk).first()
    if photo is None or here is None:
        return
    if here.detector == Face.Detector.PERSON:
        _forget(photo, here, is_face=True)
    else:
        place = {"x": here.x, "y": here.y, "w": here.w, "h": here.h}
        BoxCorrection.objects.create(photo=photo, is_face=False, person=person, **place)
    here.delete()
    Photo.objects.filter(pk=photo.pk).update(face_count=count_faces())


@transaction.atomic
def draw_face(photo: Photo, box: Place, person: Any) -> None:
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
    drawn = BoxCorrection(photo=held, is_face=True, person=person)
    drawn.x, drawn.y, drawn.w, drawn.h = square(box, held)
    _forget(held, drawn)
    _move_face(held, drawn)
    found = held.faces.exclude(detector=Face.Detector.PERSON).count()
    if found + held.box_corrections.filter(is_face=True).count() >= MOST:
        raise ValueError(TOO_MANY)
    drawn.save()
    # Without its lease an analysis that knows nothing of the box yet comes too late.
    Photo.objects.filter(pk=held.pk).update(
        status=Photo.Status.QUEUED,
        priority=Photo.Priority.UPLOAD,
        attempts=0,
        failure="",
        lease=None,
        lease_until=None,
    )
    transaction.on_commit(jobs.ring, robust=True)


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
    slack = 10**-DECIMALS
    if min(x, y) < 0 or min(w, h) <= 0 or max(x + w, y + h) > 1 + slack:
        raise ValueError(OUTSIDE)
    if w * photo.width < SMALLEST or h * photo.height < SMALLEST:
        raise ValueError(TOO_SMALL)


def _locked(photo: int) -> Photo | None:
    """The photo, locked: an analysis waits, and then sees what was said."""
    return Photo.objects.select_for_update().filter(pk=photo).first()


def _forget(photo: Photo, place: Face | BoxCorrection, **said: bool) -> None:
    """Delete what was said of the same place before."""
    before = photo.box_corrections.filter(**said)
    same = [box.pk for box in before if overlap(box, place) >= SAME]
    before.filter(pk__in=same).delete()


def _move_face(photo: Photo, drawn: BoxCorrection) -> None:
    """Give the drawn box to the face that is there, if one is."""
    faces = photo.faces.exclude(detector=Face.Detector.WHOLE)
    there = max(faces, key=lambda face: overlap(face, drawn), default=None)
    if there and overlap(there, drawn) >= SAME:
        there.x, there.y, there.w, there.h = drawn.x, drawn.y, drawn.w, drawn.h
        there.angle, there.score, there.detector = 0, 1, Face.Detector.PERSON
        there.save(update_fields=("x", "y", "w", "h", "angle", "score", "detector"))
