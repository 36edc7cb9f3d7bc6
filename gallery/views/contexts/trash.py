"""The page of the trash: deleted photos by gallery, and deleted galleries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Max
from django.http import QueryDict
from django.urls import reverse

from gallery.library.trash import goes_at
from gallery.models import Gallery, Photo
from gallery.models.membership import with_roles
from gallery.views.contexts.panel import MOST_PHOTOS
from gallery.views.contexts.thumbnails import Thumbnail

FEW = 60  # photos of each gallery that are shown at first
PAGE_SIZE = 300  # of one gallery


@dataclass(frozen=True)
class TrashTile:
    """A photo in the trash, and when it goes for good."""

    photo: Photo
    image: Thumbnail
    goes_at: datetime


@dataclass(frozen=True)
class TrashPart:
    """The photos deleted from one gallery: how many there are, and some of them."""

    gallery: Gallery
    count: int
    tiles: list[TrashTile]
    more: str = ""  # the address of those after them


def trash_context(user: User, query: QueryDict) -> dict[str, Any]:
    """All that a person can have back, or (`gallery`, a uuid) what is from one gallery.

    Raises CursorError for the address of a page that cannot be read.
    """
    galleries = Gallery.objects.in_trash_of(user).annotate(photo_count=Count("photos"))
    parts = list(_parts(user, query))
    deleted = [
        (gallery, goes_at(gallery.deleted_at))
        for gallery in galleries.order_by("-deleted_at")
        if gallery.deleted_at
    ]
    return {
        "parts": parts,
        "galleries": deleted,
        # Only what is from one's own galleries can be deleted for good.
        "has_own": bool(deleted) or any(part.gallery.is_own for part in parts),
        "is_part": "gallery" in query,
        "most_photos": MOST_PHOTOS,
    }


def _parts(user: User, query: QueryDict) -> Iterator[TrashPart]:
    """Newest deletions first: the gallery that somebody deleted from last comes first."""
    photos = Photo.objects.in_trash_of(user)
    counts = photos.order_by().values_list("gallery__trash_of")
    counted = counts.annotate(count=Count("pk"), last=Max("deleted_at")).order_by("-last")
    found = with_roles(Gallery.objects.visible_to(user), user)
    galleries = found.in_bulk([key for key, _, _ in counted])
    wanted = query.get("gallery", "")
    for key, count, _ in counted:
        gallery = galleries.get(key)
        if gallery is None or (wanted and str(gallery.uuid) != wanted):
            continue
        rows = photos.deleted_from(gallery).last_deleted_first()
        page = rows.page(query.get("after", "") if wanted else "", PAGE_SIZE if wanted else FEW)
        more = f"?gallery={gallery.uuid}"
        if wanted:
            more += f"&after={page.next_cursor}"
        yield TrashPart(
            gallery, count, [_tile(photo) for photo in page.items], more if page.next_cursor else ""
        )


def _tile(photo: Photo) -> TrashTile:
    image = Thumbnail(reverse("gallery:trash_thumbnail", args=[photo.uuid]))
    return TrashTile(photo, image, goes_at(photo.deleted_at or photo.created_at))
