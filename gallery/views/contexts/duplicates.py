"""The page of photos that look alike."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from gallery.library.duplicates import MOST_PHOTOS, Alike, find_alike
from gallery.models import Gallery, Photo
from gallery.models.gallery import Visitor
from gallery.views.contexts.thumbnails import Thumbnail, make_thumbnail

PAGE_SIZE = 20  # groups


@dataclass(frozen=True)
class AlikeTile:
    """One of the photos that look alike."""

    photo: Photo
    image: Thumbnail
    is_best: bool


def duplicates_context(user: Visitor, gallery: Gallery, query: QueryDict) -> dict[str, Any]:
    """Groups of the gallery's photos that look alike; those with the newest best photos come first.

    Raises CursorError if the address of a page cannot be read.
    """
    photos = Photo.objects.visible_to(user).in_gallery(gallery)
    groups = {group.best: group for group in find_alike(photos)}
    page = photos.filter(pk__in=groups).page(query.get("after", ""), PAGE_SIZE)
    shown = [groups[photo.pk] for photo in page.items]
    keys = [key for group in shown for key in (group.best, *group.others)]
    rows = photos.with_faces().in_bulk(keys)
    return {
        "gallery": gallery,
        "count": len(groups),
        "groups": [_tiles(group, rows) for group in shown],
        "after": query.get("after", ""),
        "more": page.next_cursor,
        "waiting": photos.without_likeness().count(),
        "most": MOST_PHOTOS if photos.count() > MOST_PHOTOS else 0,
    }


def _tiles(group: Alike, rows: dict[int, Photo]) -> list[AlikeTile]:
    """The group's photos, the best first. Photos that were deleted just now are left out."""
    there = [rows[key] for key in (group.best, *group.others) if key in rows]
    return [
        AlikeTile(
            photo=photo,
            image=make_thumbnail(photo, [face for face in photo.faces.all() if not face.is_whole]),
            is_best=photo.pk == group.best,
        )
        for photo in there
    ]
