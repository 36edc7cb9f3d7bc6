"""Computes the likeness of older photos from their stored pictures."""

import logging

from gallery.models import Photo
from gallery.models.picture import PictureError
from ml.likeness import ENOUGH, likeness_of

AT_ONCE = 100  # photos

logger = logging.getLogger(__name__)


def add_likeness(most: int | None = None) -> int:
    """Store the likeness of at most so many photos that have none. Returns how many got one.

    A missing or damaged picture is skipped: `verify` finds it.

    Raises:
        StorageError: the storage cannot be asked; the photos before that have theirs.
    """
    count, after = 0, 0
    unknown = Photo.objects.without_likeness().only("uuid").order_by("pk")
    while some := list(unknown.filter(pk__gt=after)[:AT_ONCE]):
        for photo in some:
            if most is not None and count >= most:
                return count
            after = photo.pk
            try:
                across, down = likeness_of(photo.open_picture(ENOUGH))
            except PictureError as error:
                logger.info("photo %s has no likeness: %s", photo.uuid, error)
                continue
            row = unknown.filter(pk=photo.pk)
            count += row.update(likeness_across=across, likeness_down=down)
    return count
