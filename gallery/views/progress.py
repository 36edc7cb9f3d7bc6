"""Which of the photos that a page shows as pending have moved on."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from gallery.models import Face, Photo
from gallery.querysets import FaceQuerySet, PhotoQuerySet
from gallery.views.browsing import Browsing
from gallery.views.tiles import face_tiles, photo_tiles
from ml.models import ModelVersion

MOST = 100  # photos asked about in one request


def finished(
    request: HttpRequest, photos: PhotoQuerySet, browsing: Browsing, version: ModelVersion | None
) -> dict[str, Any]:
    """Tiles for what changed among the photos that the request names with their status.

    A photo that is ready leaves the grid when the filter does not match it; where faces are
    shown, its matching faces take its place.
    """
    changed = _changed(request, photos)
    ready = photos.ready().among([photo.uuid for photo in changed]).with_faces()
    shown = ready.matching(browsing.expression, version, browsing.match)
    waiting = [photo for photo in changed if photo.status != Photo.Status.READY]
    if browsing.view == "photos":
        fitting = shown.sorted_by(browsing.sort, browsing.expression, version, browsing.match)
        new = [*waiting, *fitting]
        kept = {photo.pk for photo in new}
        gone = [photo for photo in changed if photo.pk not in kept]
        return {"changed_tiles": photo_tiles(new, browsing, version), "gone": gone}
    faces = Face.objects.visible_to(request.user).in_photos(shown)
    return {
        "changed_tiles": photo_tiles(waiting, browsing, version),
        "new_faces": [
            (photo, face_tiles(found, browsing, version))
            for photo, found in _by_photo(faces, browsing, version).items()
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
    faces: FaceQuerySet, browsing: Browsing, version: ModelVersion | None
) -> dict[Photo, list[Face]]:
    """Each photo's faces that the filter leaves."""
    found: dict[Photo, list[Face]] = defaultdict(list)
    for face in faces.matching(browsing.expression, version).sorted_by(browsing.sort).with_photo():
        found[face.photo].append(face)
    return found
