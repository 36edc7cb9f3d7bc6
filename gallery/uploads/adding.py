"""A picture becomes a photo of a gallery: files, a row, and a ring for the worker."""

from contextlib import suppress

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from gallery import storage
from gallery.analysis import jobs
from gallery.models import Gallery, Photo
from gallery.models.changes import change
from gallery.names import clean_name
from gallery.storage import StorageError
from gallery.uploads.gate import clean_image, upload_sha256
from gallery.uploads.pictures import CleanImage, UploadError


def add_photo(gallery: Gallery, upload: UploadedFile) -> tuple[Photo, bool]:
    """Put an uploaded picture into a gallery, and ring for the worker.

    Returns the photo, and whether it is new: a gallery keeps the same bytes only once.

    Raises:
        UploadError: the picture is refused.
        StorageError: it cannot be stored now.
    """
    storage.check_space()
    sha256 = upload_sha256(upload)
    known = gallery.photos.filter(sha256=sha256).first()
    if known and storage.exists(known.file_name()):
        return known, False
    image = clean_image(upload)
    if known:
        _heal(known, image)
        return known, False
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


def _heal(photo: Photo, image: CleanImage) -> None:
    """Store the picture of a photo again, of which the file was lost."""
    storage.save(photo.file_name(), image.content)
    photo.width, photo.height, photo.bytes = image.width, image.height, len(image.content)
    change(photo, "width", "height", "bytes")
    jobs.retry_photos(Photo.objects.filter(pk=photo.pk))


def _write(photo: Photo, picture: bytes) -> None:
    """Store the picture and the row, and ring after the commit; if that is refused, leave neither.

    If nobody knows whether the database has committed, because it went away, the file stays: if
    there is no row, the sweep deletes it.
    """
    try:
        # The file first: a worker that sees the row finds it. If the process dies in between, the
        # sweep deletes files that have no row.
        storage.save(photo.file_name(), picture)
        with transaction.atomic():
            photo.save(force_insert=True)
            transaction.on_commit(jobs.ring, robust=True)
    except (OperationalError, InterfaceError):
        raise
    except BaseException:
        with suppress(StorageError):  # then the sweep deletes it
            photo.delete_files()
        raise
