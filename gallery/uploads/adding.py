"""A picture becomes a photo of a gallery: files, a row, and a ring for the worker."""

import errno
import logging

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from gallery.analysis import jobs
from gallery.models import Gallery, Photo
from gallery.uploads.pictures import UploadError, clean_image, clean_name, upload_sha256

logger = logging.getLogger(__name__)


def add_photo(gallery: Gallery, upload: UploadedFile) -> tuple[Photo, bool]:
    """Put an uploaded picture into a gallery, and ring for the worker.

    Returns the photo, and whether it is new: a gallery keeps the same bytes only once.

    Raises:
        UploadError: the picture is refused, or cannot be stored.
    """
    sha256 = upload_sha256(upload)
    known = gallery.photos.filter(sha256=sha256).first()
    if known:
        return known, False
    image = clean_image(upload)
    photo = Photo(
        gallery=gallery,
        original_name=clean_name(upload.name or ""),
        sha256=sha256,
        width=image.width,
        height=image.height,
        bytes=len(image.content),
    )
    try:
        _write(photo, image.content)
    except IntegrityError:  # the same file was uploaded meanwhile, or the gallery was deleted
        known = gallery.photos.filter(sha256=sha256).first()
        if known is None:
            raise UploadError("The gallery was deleted in the meantime.") from None
        return known, False
    return photo, True


def _write(photo: Photo, picture: bytes) -> None:
    """Store the picture and the row, and ring after the commit; on any failure leave neither."""
    try:
        # The file first: a worker that sees the row finds it. If the process dies in between, the
        # sweep deletes files that have no row.
        _store(photo, picture)
        with transaction.atomic():
            photo.save(force_insert=True)
            transaction.on_commit(jobs.ring, robust=True)
    except BaseException:
        photo.delete_files()
        raise


def _store(photo: Photo, picture: bytes) -> None:
    try:
        default_storage.save(photo.file_name(), ContentFile(picture))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        logger.error("a photo could not be stored: %s", error)
        raise UploadError("The server has no space left. Try again later.") from error
