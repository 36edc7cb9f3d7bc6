"""Writing: what touches several models, or files beside rows."""

import errno
import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from gallery import analysis, jobs
from gallery.models import Gallery, Photo
from gallery.querysets import PhotoQuerySet
from gallery.uploads import UploadError, clean_image, clean_name, file_sha256

logger = logging.getLogger(__name__)

FIRST_GALLERY = "My photos"
CHUNK = 500  # photos that one statement deletes
ORPHAN_AGE = timedelta(hours=1)  # an upload writes its files before its row: not longer than this


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


@transaction.atomic
def retry_photos(photos: PhotoQuerySet) -> int:
    """Queue the failed ones among the photos afresh. Returns how many there were."""
    photos.failed().lock()
    count = photos.failed().update(status=Photo.Status.QUEUED, attempts=0, failure="")
    if count:
        transaction.on_commit(jobs.ring, robust=True)
    return count


@transaction.atomic
def delete_photos(photos: PhotoQuerySet) -> int:
    """Delete photos, their faces and, after the commit, their files. Returns how many."""
    # Locked first: a worker that is about to store faces waits, and then finds no row.
    doomed = Photo.objects.filter(pk__in=photos.values("pk")).only("uuid", "gallery").locked()
    for start in range(0, len(doomed), CHUNK):
        keys = [photo.pk for photo in doomed[start : start + CHUNK]]
        Photo.objects.filter(pk__in=keys).delete()
    transaction.on_commit(lambda: _delete_files(doomed))
    return len(doomed)


def _delete_files(photos: Iterable[Photo]) -> None:
    for photo in photos:
        try:
            photo.delete_files()
        except OSError:
            logger.exception("files of a deleted photo remain until the next sweep")


@transaction.atomic
def delete_gallery(gallery: Gallery) -> None:
    """Delete a gallery with its photos and their files."""
    photos = Photo.objects.filter(gallery=gallery)
    photos.only("gallery").locked()
    # Before its photos go: an upload into it that has not committed yet then fails, and cleans up.
    Gallery.objects.select_for_update().filter(pk=gallery.pk).first()
    delete_photos(photos)
    gallery.delete()


@transaction.atomic
def delete_account(user: User) -> None:
    """Delete a person with all that is theirs: galleries, files, tokens and sessions."""
    for gallery in Gallery.objects.filter(owner=user):
        delete_gallery(gallery)
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
    user.delete()


def first_gallery(user: User) -> Gallery:
    """The person's oldest gallery; one is made for who has none."""
    mine = Gallery.objects.filter(owner=user).order_by("id")
    return mine.first() or _make_first_gallery(user)


@transaction.atomic
def _make_first_gallery(user: User) -> Gallery:
    get_user_model().objects.select_for_update().get(pk=user.pk)  # two requests make one gallery
    oldest = Gallery.objects.filter(owner=user).order_by("id").first()
    return oldest or Gallery.objects.create(owner=user, name=FIRST_GALLERY)


def sweep() -> int:
    """Hand back the photos of dead workers, and ring for all that wait. Returns how many.

    Cheap when nothing was lost, so that the worker does it every few seconds.
    """
    count = analysis.hand_back_interrupted()
    if count:
        logger.warning("%d photos were handed back: their worker died", count)
    if Photo.objects.queued().exists():
        jobs.ring()
    return count


def remove_orphans() -> int:
    """Delete old files of photos that have no row: a crash left them. Returns how many."""
    removed = 0
    before = timezone.now() - ORPHAN_AGE
    for folder in default_storage.listdir("")[0] if default_storage.exists("") else ():
        owners = {f"{folder}/{name}": _owner(name) for name in default_storage.listdir(folder)[1]}
        kept = set(Photo.objects.filter(uuid__in=owners.values()).values_list("uuid", flat=True))
        for path, owner in owners.items():
            if owner in kept or owner is None or default_storage.get_modified_time(path) > before:
                continue
            default_storage.delete(path)
            removed += 1
    return removed


def _owner(name: str) -> UUID | None:
    """The photo that a stored file belongs to; None for a file that is none of ours."""
    try:
        return UUID(name[:36])
    except ValueError:
        return None
