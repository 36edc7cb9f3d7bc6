"""Originals that are no longer wanted."""

from django.db import transaction

from gallery.library.deletion import delete_originals, pieces
from gallery.models import Photo
from gallery.models.photo import PhotoQuerySet


def drop_originals(photos: PhotoQuerySet) -> int:
    """Delete the original files; the pictures stay. Returns how many there were."""
    return sum(_drop(keys) for keys in pieces(photos.with_originals()))


@transaction.atomic
def _drop(keys: list[int]) -> int:
    photos = Photo.objects.filter(pk__in=keys).with_originals()
    photos.lock()
    doomed = list(photos.only("uuid"))
    photos.update(original_bytes=0)
    transaction.on_commit(lambda: delete_originals(doomed))
    return len(doomed)
