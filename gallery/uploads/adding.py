"""A picture becomes a photo of a gallery: its files, its row, and a ring for the worker."""

import errno
import logging

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from gallery.analysis import jobs
from gallery.models import Gallery, Photo
from gallery.uploads.pictures import UploadError, clean_image, clean_name, file_sha256

logger = logging.getLogger(__name__)


def add_photo(gallery: Gallery, upload: UploadedFile) -> tuple[Photo, bool]:
    """Put an uploaded picture into a gallery and call the worker.

    Returns the photo and whether it is new: the same bytes are in a gallery once.

    Raises:
        UploadError: the picture is refused, or cannot be kept.
    """
    sha256 = file_sha256(upload)
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
        bytes=len(image.files[""]),
    )
    try:
        _store(photo, image.files)
        with transaction.atomic():
            photo.save(force_insert=True)
            transaction.on_commit(jobs.ring, robust=True)
    except IntegrityError:
        photo.delete_files()
        known = gallery.photos.filter(sha256=sha256).first()
        if known is None:
            raise UploadError("The gallery was deleted meanwhile.") from None
        return known, False
    except BaseException:
        photo.delete_files()
        raise
    return photo, True


def _store(photo: Photo, files: dict[str, bytes]) -> None:
    try:
        for variant, content in files.items():
            default_storage.save(photo.file_name(variant), ContentFile(content))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        logger.error("a photo could not be stored: %s", error)
        raise UploadError("There is no room left on the server; try again later.") from error
