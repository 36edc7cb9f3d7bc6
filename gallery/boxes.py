"""What people say of where a photo has a face."""

from typing import Any

from django.db import transaction

from gallery import jobs
from gallery.models import BoxCorrection, Face, Photo


@transaction.atomic
def remove_face(face: Face, person: Any) -> None:
    """Say that a box holds no face: it goes."""
    place = {"x": face.x, "y": face.y, "w": face.w, "h": face.h}
    BoxCorrection.objects.create(photo=face.photo, is_face=False, person=person, **place)
    face.delete()


@transaction.atomic
def draw_face(photo: Photo, box: tuple[float, float, float, float], person: Any) -> None:
    """Say where a photo has a face, and queue the photo; ValueError for a bad box."""
    x, y, w, h = box
    if min(w, h) <= 0 or max(x + w, y + h) > 1.0001:
        raise ValueError("The box must lie within the picture.")
    BoxCorrection.objects.create(photo=photo, is_face=True, person=person, x=x, y=y, w=w, h=h)
    Photo.objects.filter(pk=photo.pk).update(
        status=Photo.Status.QUEUED, lease=None, lease_until=None
    )
    transaction.on_commit(jobs.ring, robust=True)
