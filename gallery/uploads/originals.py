"""Files as they were uploaded, kept byte for byte beside the clean pictures made from them."""

from contextlib import suppress

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from gallery import storage
from gallery.models import Gallery, Photo
from gallery.models.picture import PictureError
from gallery.uploads.quota import QuotaError, check_quota, take_quota


def add_original(photo: Photo, upload: File[bytes]) -> None:
    """Add the original to a photo that has none, if originals are kept and the quota allows it.

    Raises:
        StorageError: it cannot be stored now.
    """
    if not settings.KEEP_ORIGINALS:
        return
    if photo.original_bytes:
        if not storage.exists(photo.original_file()):
            storage.save(photo.original_file(), upload)
        return
    owner, size = photo.gallery.owner_id, upload.size
    with suppress(QuotaError):  # the photo exists, which is all that was asked for
        check_quota(owner, size, photos=0)
        # The file first. If the row then does not say so, the sweep deletes it.
        storage.save(photo.original_file(), upload)
        with transaction.atomic():
            take_quota(owner, size, photos=0)
            Photo.objects.filter(pk=photo.pk).update(original_bytes=size)
        photo.original_bytes = size


def copy_original(photo: Photo, twin: Photo, target: Gallery) -> None:
    """Give a copy its own original, unless it goes to somebody else: originals stay with owners.

    Raises:
        StorageError: it cannot be read or stored now.
    """
    if not photo.original_bytes or photo.gallery.owner_id != target.owner_id:
        return
    with suppress(PictureError), photo.open_original() as file:
        storage.save(twin.original_file(), file)
        twin.original_bytes = photo.original_bytes
