"""A picture becomes a photo of a gallery: files, a row, and a ring for the worker."""

import hashlib
from contextlib import suppress

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext

from gallery import storage, trace
from gallery.analysis import jobs
from gallery.analysis.turns import next_turn
from gallery.figures import UPLOADS
from gallery.models import Gallery, Photo
from gallery.names import clean_name
from gallery.storage import StorageError
from gallery.uploads.decoder import Busy
from gallery.uploads.gate import clean_image, upload_sha256
from gallery.uploads.originals import add_original
from gallery.uploads.pictures import CleanImage, UploadError
from gallery.uploads.quota import check_quota, take_quota


def add_photo(gallery: Gallery, upload: UploadedFile) -> tuple[Photo, bool]:
    """Put an uploaded picture into a gallery, and ring for the worker.

    Returns the photo, and whether it is new: a gallery keeps the same bytes only once.

    Raises:
        UploadError: the picture is refused.
        StorageError: it cannot be stored now.
        Busy: other uploads keep the decoder busy.
    """
    try:
        photo, is_new = _add(gallery, upload)
    except UploadError as error:
        UPLOADS.labels("refused", error.kind).inc()
        raise
    except StorageError:
        UPLOADS.labels("failed", "storage").inc()
        raise
    except Busy:
        UPLOADS.labels("failed", "busy").inc()
        raise
    UPLOADS.labels("taken" if is_new else "known", "").inc()
    return photo, is_new


def _add(gallery: Gallery, upload: UploadedFile) -> tuple[Photo, bool]:
    storage.check_space()
    sha256 = upload_sha256(upload)
    known = gallery.photos.filter(sha256=sha256).first()
    if known and not known.is_lost and storage.exists(known.file_name()):
        add_original(known, upload)
        return known, False
    if not known:
        check_quota(gallery.owner_id)  # before the work of decoding
    image = clean_image(upload)
    if known:
        _heal(known, image)
        add_original(known, upload)
        return known, False
    photo = Photo(
        gallery=gallery,
        original_name=clean_name(upload.name or ""),
        sha256=sha256,
        width=image.width,
        height=image.height,
        bytes=len(image.content),
        original_bytes=(upload.size or 0) if settings.KEEP_ORIGINALS else 0,
        stored_sha256=hashlib.sha256(image.content).hexdigest(),
        taken_at=image.taken.at,
        taken_offset=image.taken.offset,
        color=image.color,
        likeness_across=image.likeness.across,
        likeness_down=image.likeness.down,
        request_id=trace.current().request_id,
        turn=next_turn(gallery),
    )
    try:
        _write(photo, image.content, upload)
    except IntegrityError:  # the same file was uploaded meanwhile, or the gallery was deleted
        known = gallery.photos.filter(sha256=sha256).first()
        if known is None:
            raise _deleted() from None
        return known, False
    return photo, True


def check_gallery(gallery: Gallery) -> None:
    """Raise UploadError if the gallery was put into the trash since it was read."""
    if not Gallery.objects.kept().only_this(gallery).exists():
        raise _deleted()


def _deleted() -> UploadError:
    return UploadError(gettext("The gallery was deleted in the meantime."), "gallery")


def _write(photo: Photo, picture: bytes, original: UploadedFile) -> None:
    """Store picture, original and row, and ring after the commit; if that fails, leave none.

    If the database goes away, and nobody knows whether it has committed, the files stay: without a
    row, the sweep deletes them.
    """
    try:
        # The files first: a worker that sees the row finds it. If the process dies in between, the
        # sweep deletes files that have no row.
        storage.save(photo.file_name(), picture)
        if photo.original_bytes:
            storage.save(photo.original_file(), original)
        with transaction.atomic():
            take_quota(photo.gallery.owner_id, photo.kept_bytes)
            check_gallery(photo.gallery)
            photo.save(force_insert=True)
            transaction.on_commit(jobs.ring, robust=True)
    except (OperationalError, InterfaceError):
        raise
    except BaseException:
        with suppress(StorageError):  # then the sweep deletes them
            photo.delete_files()
        raise


def _heal(photo: Photo, image: CleanImage) -> None:
    """Store the picture of a photo that had lost it, and have it analyzed again."""
    storage.save(photo.file_name(), image.content)
    with transaction.atomic():
        Photo.objects.filter(pk=photo.pk).update(
            is_lost=False,
            width=image.width,
            height=image.height,
            bytes=len(image.content),
            stored_sha256=hashlib.sha256(image.content).hexdigest(),
            taken_at=image.taken.at,
            taken_offset=image.taken.offset,
            color=image.color,
            likeness_across=image.likeness.across,
            likeness_down=image.likeness.down,
        )
        jobs.retry_photos(Photo.objects.filter(pk=photo.pk))
    photo.refresh_from_db()
