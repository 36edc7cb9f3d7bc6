"""Downloads that end when the person who asked may no longer see their content."""

import time
from collections.abc import Iterator
from typing import TypeVar

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from gallery.models import Gallery
from gallery.models.gallery import GalleryQuerySet

EVERY = 1.0  # seconds between two checks, at least; each is one query

Piece = TypeVar("Piece", str, bytes, str | bytes)


def while_member(
    pieces: Iterator[Piece], user: User, gallery: Gallery | None = None
) -> Iterator[Piece]:
    """Yield the pieces of a gallery, or of all, for as long as the person may see it.

    If they are removed from another's gallery, the download breaks off: a clean end would look
    complete.

    Raises:
        PermissionDenied: from the iterator, when they were removed.
    """
    if gallery and gallery.owner_id == user.pk:
        return pieces
    others = Gallery.objects.visible_to(user).exclude(owner=user)
    return _watched(pieces, others.only_this(gallery) if gallery else others)


def _watched(pieces: Iterator[Piece], galleries: GalleryQuerySet) -> Iterator[Piece]:
    visible, looked_at = set(galleries.primary_keys()), time.monotonic()
    for piece in pieces:
        if visible and time.monotonic() - looked_at >= EVERY:
            if visible - set(galleries.primary_keys()):
                raise PermissionDenied("A gallery of this download is no longer shared.")
            looked_at = time.monotonic()
        yield piece
