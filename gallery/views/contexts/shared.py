"""The pages of a shared album. They have no file names, no dates, and nobody's answers."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from gallery.models import Photo
from gallery.sharing.album import Album
from gallery.views.contexts.boxes import in_reading_order
from gallery.views.contexts.thumbnails import Thumbnail, make_thumbnail, preview_srcset

PAGE_SIZE = 60
NAMED = 3  # attributes in a picture's alternative text


@dataclass(frozen=True)
class SharedTile:
    """One square of the album."""

    photo: Photo
    href: str
    image: Thumbnail
    alt: str


def album_context(album: Album, after: str) -> dict[str, Any]:
    """One page of the album.

    Raises CursorError for the address of a page that cannot be read.
    """
    photos = album.photos()
    page = photos.with_faces().page(after, PAGE_SIZE)
    here = reverse("gallery:shared", args=[album.link.token])
    return {
        "album": album,
        "count": photos.count(),
        "tiles": [_tile(album, photo) for photo in page.items],
        "more": f"{here}?after={page.next_cursor}" if page.next_cursor else "",
    }


def photo_context(album: Album, photo: Photo) -> dict[str, Any]:
    """One photo, the addresses of those beside it, and its faces in words."""
    before, after = album.photos().around(photo, 1)
    faces = in_reading_order([face for face in photo.faces.all() if not face.is_whole])
    return {
        "album": album,
        "photo": photo,
        "alt": _alternative_text(album, photo),
        "srcset": preview_srcset(photo, album.link.token),
        "faces": [album.describe(face) for face in faces],
        "previous": _address(album, before[0]) if before else "",
        "next": _address(album, after[0]) if after else "",
    }


def _tile(album: Album, photo: Photo) -> SharedTile:
    faces = [face for face in photo.faces.all() if not face.is_whole]
    return SharedTile(
        photo=photo,
        href=_address(album, photo),
        image=make_thumbnail(photo, faces, token=album.link.token),
        alt=_alternative_text(album, photo),
    )


def _address(album: Album, photo: Photo) -> str:
    return reverse("gallery:shared_photo", args=[album.link.token, photo.uuid])


def _alternative_text(album: Album, photo: Photo) -> str:
    """The surest attributes of the first face: the file's name is not shown."""
    words = [word for face in photo.faces.all()[:1] for word in album.describe(face)[:NAMED]]
    if not words:
        return gettext("A photo")
    return gettext("A photo: %(attributes)s") % {"attributes": ", ".join(words)}
