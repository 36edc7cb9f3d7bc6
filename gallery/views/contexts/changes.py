"""Which of the photos that a page shows as pending have moved on."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.models.face import FaceQuerySet
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.tiles import face_tiles, photo_tiles
from ml.models import ModelVersion

MOST = 100  # photos asked about in one request


def finished(
    request: HttpRequest, photos: PhotoQuerySet, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """Tiles for what changed among the photos that the request names with their status.

    A photo that is ready leaves the grid when the filter does not match it; where faces are
    shown, its matching faces take its place.
    """
    changed = _changed(request, photos)
    ready = photos.ready().among([photo.uuid for photo in changed]).with_faces()
    shown = look.photos(ready, version)
    waiting = [photo for photo in changed if photo.status != Photo.Status.READY]
    if look.view == "photos":
        new = [*waiting, *shown]
        kept = {photo.pk for photo in new}
        gone = [photo for photo in changed if photo.pk not in kept]
        return {"changed_tiles": photo_tiles(new, look, version), "gone": gone}
    faces = Face.objects.visible_to(request.user).in_photos(shown)
    return {
        "changed_tiles": photo_tiles(waiting, look, version),
        "new_faces": [
            (photo, face_tiles(found, look, version))
            for photo, found in _by_photo(faces, look, version).items()
        ],
        "gone": [photo for photo in changed if photo.status == Photo.Status.READY],
    }


def _changed(request: HttpRequest, photos: PhotoQuerySet) -> list[Photo]:
    """The named photos whose status is another than the one they were named with."""
    seen = {
        uuid: status
        for status in (Photo.Status.QUEUED, Photo.Status.ANALYSING)
        for uuid in _read_uuids(request.GET.getlist(status)[:MOST])
    }
    named = photos.among(seen).with_faces()
    return [photo for photo in named if photo.status != seen[photo.uuid]]


def _read_uuids(texts: list[str]) -> list[UUID]:
    uuids = []
    for text in texts:
        try:
            uuids.append(UUID(text))
        except ValueError:
            continue
    return uuids


def _by_photo(
    faces: FaceQuerySet, look: Look, version: ModelVersion | None
) -> dict[Photo, list[Face]]:
    """Each photo's faces that the filter leaves."""
    found: dict[Photo, list[Face]] = defaultdict(list)
    for face in look.faces(faces, version).with_photo():
        found[face.photo].append(face)
    return found
