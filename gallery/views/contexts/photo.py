"""A photo's page: the picture with its boxes, and the 40 attributes of one face."""

from dataclasses import dataclass
from typing import Any

from gallery.answers.boxes import SMALLEST
from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.boxes import make_boxes
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.thumbnails import preview_srcset
from gallery.views.contexts.verdicts import make_verdicts
from gallery.views.requests import SignedInRequest
from ml.models import ModelVersion

BESIDE = 5  # photos shown before and after this one
MOST_COUNTED = 5000  # photos of a gallery in which the place of one is counted


@dataclass(frozen=True)
class Beside:
    """The photos beside this one in its list, in the list's order, and its place there.

    In a large gallery the place would cost more than the page: then `number` and `total` are None.
    """

    before: list[Photo]
    after: list[Photo]
    number: int | None = None
    total: int | None = None

    @property
    def previous(self) -> Photo | None:
        return self.before[-1] if self.before else None

    @property
    def next(self) -> Photo | None:
        return self.after[0] if self.after else None


def photo_context(
    request: SignedInRequest, photo: Photo, look: Look, wanted: str
) -> dict[str, Any]:
    """The page of a photo; the face with the uuid `wanted` is selected, else the first one."""
    version = ModelVersion.objects.active()
    collection = Collection.around(request.user, photo.gallery, look)
    all_photos = collection.photos()
    boxes = make_boxes(photo, look, wanted)
    current = next((box for box in boxes if box.is_current), None)
    beside = find_beside(photo, look.photos(all_photos, version), all_photos)
    verdicts = make_verdicts(current.face, version) if current else []
    return {
        "photo": photo,
        "has_original": photo.gives_original_to(request.user),
        "collection": collection,
        "look": look,
        "is_locked": not photo.gallery.may_edit,
        "beside": beside,
        "srcset": {
            "photo": preview_srcset(photo),
            "previous": preview_srcset(beside.previous),
            "next": preview_srcset(beside.next),
        },
        "boxes": boxes,
        "current": current,
        "smallest": SMALLEST,
        "verdicts": verdicts,
        "has_weak": any(bar.grade for verdict in verdicts for bar in verdict.bars),
        "back": _way_back(collection, photo, look, current.face if current else None),
        "is_progress": "queued" in request.GET or "analysing" in request.GET,
    }


def find_beside(photo: Photo, photos: PhotoQuerySet, all_photos: PhotoQuerySet) -> Beside:
    """The photo's neighbors among `photos`, a filtered part of `all_photos`, and its place."""
    before, after = photos.around(photo, BESIDE)
    number = total = None
    if before or after:
        number, total = _count(photo, photos, all_photos, before, after)
    return Beside(before[::-1], after, number, total)


def _count(
    photo: Photo,
    photos: PhotoQuerySet,
    all_photos: PhotoQuerySet,
    before: list[Photo],
    after: list[Photo],
) -> tuple[int | None, int | None]:
    """The photo's place and how many photos there are, counted only where that is cheap."""
    if len(before) < BESIDE and len(after) < BESIDE:  # that is all of them
        return len(before) + 1, len(before) + 1 + len(after)
    if all_photos[: MOST_COUNTED + 1].count() > MOST_COUNTED:
        return None, None
    return photos.count_before(photo) + 1, photos.count()


def _way_back(collection: Collection, photo: Photo, look: Look, face: Face | None) -> str:
    """The grid where it has this photo or face, at its tile."""
    shown = face if face and look.view == "faces" else photo
    tile = f"#{'photo' if shown is photo else 'face'}-{shown.uuid}"
    return collection.address(look, at=shown.uuid) + tile
