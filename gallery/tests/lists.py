"""Lists as tests read them."""

from typing import Any

from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.models.face import FaceQuerySet
from gallery.models.pages import KeysetQuerySet
from gallery.models.photo import PhotoQuerySet
from gallery.tests.factories import make_version


def listed(
    attrs: str = "", photos: PhotoQuerySet | None = None, sort: str = "newest"
) -> PhotoQuerySet:
    """The photos that match, in order; all of them without a filter."""
    rows = Photo.objects.all() if photos is None else photos
    return Look.of(attrs, sort=sort).photos(rows, make_version())


def listed_faces(sort: str) -> FaceQuerySet:
    return Look.of(sort=sort).faces(Face.objects.all(), make_version())


def read_pages(rows: KeysetQuerySet[Any], size: int) -> list[Any]:
    """All rows, read page by page."""
    found, after = [], ""
    while True:
        page = rows.page(after, size)
        found += page.items
        after = page.next_cursor
        if not after:
            return found
