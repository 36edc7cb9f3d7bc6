"""What has changed since a page was made: by the worker, or by an answer."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.models.face import FaceQuerySet
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.page import panel_context
from gallery.views.contexts.tiles import face_tiles, photo_tiles
from gallery.views.requests import PageRequest
from ml.models import ModelVersion

MOST = 100  # photos asked about in one request


def finished(
    request: PageRequest, photos: PhotoQuerySet, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """What became of the photos that the request names: tiles, and which uploads have ended."""
    named = _read_uuids(request.GET.getlist("upload")[:MOST])
    return _changed_tiles(request, photos, look, version) | {
        "asks_for_ended": bool(named),
        "ended": photos.among(named).ended() if named else [],
    }


def _changed_tiles(
    request: PageRequest, photos: PhotoQuerySet, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """Tiles for what changed among the photos that the request names with their status.

    A photo that is ready leaves the grid if it does not match the filter. Where faces are shown,
    its matching faces take its place.
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


def answered_tiles(collection: Collection, look: Look, faces: FaceQuerySet) -> dict[str, Any]:
    """The panel, the tiles of those faces that still match the filter, and which no longer do."""
    version = ModelVersion.objects.active()
    uuids = set(faces.values_list("uuid", flat=True))
    left = list(look.faces(collection.faces(), version).with_photo().among(uuids))
    return panel_context(collection, look, version) | {
        "changed_tiles": face_tiles(left, look, version),
        "gone_faces": uuids - {face.uuid for face in left},
    }


def remaining_tiles(collection: Collection, look: Look, uuids: Iterable[UUID]) -> dict[str, Any]:
    """The panel, the tiles of those photos that the grid still has, and which it no longer has."""
    version, uuids = ModelVersion.objects.active(), set(uuids)
    left = list(look.photos(collection.photos(), version).with_faces().among(uuids))
    return panel_context(collection, look, version) | {
        "changed_tiles": photo_tiles(left, look, version),
        "gone": [Photo(uuid=uuid) for uuid in uuids - {photo.uuid for photo in left}],
    }


def _changed(request: PageRequest, photos: PhotoQuerySet) -> list[Photo]:
    """The named photos whose status is no longer the one that they were named with."""
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
        with suppress(ValueError):  # a stale or damaged page still gets the rest
            uuids.append(UUID(text))
    return uuids


def _by_photo(
    faces: FaceQuerySet, look: Look, version: ModelVersion | None
) -> dict[Photo, list[Face]]:
    """Each photo's faces that match the filter."""
    found: dict[Photo, list[Face]] = defaultdict(list)
    for face in look.faces(faces, version).with_photo():
        found[face.photo].append(face)
    return found
