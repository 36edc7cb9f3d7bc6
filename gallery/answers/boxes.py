"""People's answers about where a photo has a face. No detector overrules them."""

import math
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from gallery.analysis import jobs
from gallery.analysis.outcomes import count_faces, move_face
from gallery.analysis.overlap import SAME, most_overlap, overlap
from gallery.analysis.turns import current_turn
from gallery.answers.removed_faces import bring_back, keep
from gallery.fields import DECIMALS
from gallery.models import BoxCorrection, Face, Photo, RemovedFace
from gallery.models.photo import PhotoQuerySet
from ml.faces.boxes import Box

Place = tuple[float, float, float, float]  # x, y, w, h in fractions of the upright picture

SMALLEST = 16  # pixels, wide and high
MOST = 100  # faces of one photo

NOT_FINITE = gettext_noop("A box must be four finite numbers.")
OUTSIDE = gettext_noop("The box must lie within the picture.")
TOO_SMALL = gettext_noop("A face must be at least %(least)s pixels wide and high.")
TOO_MANY = gettext_noop("A photo holds at most %(most)s faces.")
NO_PHOTO = gettext_noop("The photo has been deleted.")


@transaction.atomic
def remove_face(face: Face, person: Any, batch: UUID | None = None) -> UUID | None:
    """Answer that a box holds no face. It goes, and no analysis brings it back.

    If a person had drawn the face, only the drawing is taken back: a detector may find a face
    there later. Returns the batch for `undo`, a new one unless given; None if the face is gone
    already.
    """
    photo = _locked(face.photo_id)
    current = Face.objects.filter(pk=face.pk).first()
    if photo is None or current is None:
        return None
    batch, drawn = batch or uuid4(), BoxCorrection.objects.none()
    if current.detector == Face.Detector.PERSON:
        drawn = _about_same_place(current, photo.box_corrections.filter(is_face=True))
    else:
        say_no_face(photo, (current.x, current.y, current.w, current.h), person, batch)
    keep(current, drawn, batch, person)
    drawn.delete()
    current.delete()
    Photo.objects.filter(pk=photo.pk).update(face_count=count_faces())
    return batch


def say_no_face(photo: Photo, box: Place, person: Any, batch: UUID) -> None:
    """Keep the answer that there is no face at this place. The caller removes a face that is."""
    x, y, w, h = box
    BoxCorrection.objects.create(
        photo=photo,
        is_face=False,
        person=person,
        batch=batch,
        x=x,
        y=y,
        w=w,
        h=h,
    )


@transaction.atomic
def undo(photos: PhotoQuerySet, batch: UUID) -> int:
    """Take back one batch of answers about these photos' boxes. Returns how many boxes.

    Removed faces come back. A photo that changed since, or on which a face was drawn, is queued:
    its next analysis decides which faces it has.
    """
    answered = BoxCorrection.objects.order_by().filter(batch=batch).values("photo")
    removed = RemovedFace.objects.order_by().filter(batch=batch).values("photo")
    touched = photos.order_by().filter(pk__in=answered.union(removed)).values("pk")
    return sum(_undo(photo, batch) for photo in Photo.objects.filter(pk__in=touched).locked())


def _undo(photo: Photo, batch: UUID) -> int:
    answers = photo.box_corrections.filter(batch=batch)
    removed = photo.removed_faces.filter(batch=batch)
    drawn, none = answers.filter(is_face=True).count(), answers.filter(is_face=False).count()
    # Most removed faces come with a "no face" answer: both are of one box, which counts once.
    count = drawn + max(none, len(removed))
    answers.delete()
    needs_analysis = [bring_back(face, photo) for face in removed]
    Photo.objects.filter(pk=photo.pk).update(face_count=count_faces())
    if drawn or any(needs_analysis):
        _queue(photo)
    return count


@transaction.atomic
def draw_face(photo: Photo, box: Place, person: Any, batch: UUID | None = None) -> None:
    """Answer that a photo has a face here, and queue the photo: the worker scores the face.

    The box is made square, around the same center. A face that was found or drawn there moves to
    it. An earlier "not a face" there is taken back.

    Raises:
        ValueError: the box is not a box, too small or outside the picture; or the photo has too
            many faces or is gone.
    """
    _check(box, photo)
    locked = _locked(photo.pk)
    if locked is None:
        raise ValueError(gettext(NO_PHOTO))
    drawn = BoxCorrection(photo=locked, is_face=True, person=person, batch=batch)
    drawn.x, drawn.y, drawn.w, drawn.h = square(box, locked)
    _about_same_place(drawn, locked.box_corrections.all()).delete()
    _move_face(locked, drawn)
    found = locked.faces.exclude(detector=Face.Detector.PERSON).count()
    if found + locked.box_corrections.filter(is_face=True).count() >= MOST:
        raise ValueError(gettext(TOO_MANY) % {"most": MOST})
    drawn.save()
    _queue(locked)


def _queue(photo: Photo) -> None:
    """Queue the photo at the front: its owner waits. An analysis in progress loses its lease."""
    Photo.objects.filter(pk=photo.pk).update(
        status=Photo.Status.QUEUED,
        priority=Photo.Priority.UPLOAD,
        turn=current_turn(),
        attempts=0,
        failure="",
        lease=None,
        lease_until=None,
    )
    transaction.on_commit(jobs.ring, robust=True)


def is_drawn(photo: Photo, place: Box) -> bool:
    """Whether a person drew a face here."""
    return most_overlap(place, list(photo.box_corrections.filter(is_face=True))) >= SAME


def square(box: Place, photo: Photo) -> Place:
    """The square with the same center and area, moved and shrunk if it would leave the picture.

    Detectors' boxes are squares too, because the network's frame is one.
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
        raise ValueError(gettext(NOT_FINITE))
    x, y, w, h = box
    slack = 2 * 10**-DECIMALS  # an edge is the sum of two numbers that may each be rounded
    if min(x, y) < 0 or min(w, h) <= 0 or max(x + w, y + h) > 1 + slack:
        raise ValueError(gettext(OUTSIDE))
    if (w + slack) * photo.width < SMALLEST or (h + slack) * photo.height < SMALLEST:
        raise ValueError(gettext(TOO_SMALL) % {"least": SMALLEST})


def _locked(photo: int) -> Photo | None:
    """The photo, locked: an analysis that is writing waits, and then sees the new answer."""
    return Photo.objects.select_for_update().filter(pk=photo).first()


def _about_same_place(place: Box, answers: QuerySet[BoxCorrection]) -> QuerySet[BoxCorrection]:
    """Those of the answers that are about the same place."""
    return answers.filter(pk__in=[box.pk for box in answers if overlap(box, place) >= SAME])


def _move_face(photo: Photo, drawn: BoxCorrection) -> None:
    """Give the drawn box to the face at its place, if there is one."""
    faces = photo.faces.exclude(detector=Face.Detector.WHOLE)
    nearest = max(faces, key=lambda face: overlap(face, drawn), default=None)
    if nearest and overlap(nearest, drawn) >= SAME:
        move_face(nearest, drawn)
