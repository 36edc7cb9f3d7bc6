"""Photos, galleries and accounts, deleted together with their files."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from gallery import audit, storage
from gallery.audit import Kind, record
from gallery.models import Gallery, Photo, Sign
from gallery.models.photo import PhotoQuerySet
from gallery.models.quota import hold
from gallery.models.sign import SWEEP
from gallery.people.expired import remove_expired
from gallery.people.sessions import end_sessions
from gallery.storage import StorageError

logger = logging.getLogger(__name__)

FIRST_GALLERY = "My photos"
CHUNK = 500  # photos that one statement deletes, and files that one asks about
PIECE = 1000  # photos of one transaction, where a whole gallery is deleted
PAUSE = 0.15  # seconds between two: who waits for SQLite asks every 0.1 seconds
# An upload writes its files before its row, well within this, even if clocks are hours apart.
ORPHAN_AGE = timedelta(days=1)


@transaction.atomic
def delete_photos(photos: PhotoQuerySet) -> int:
    """Delete photos, their faces and, after the commit, their files. Returns how many."""
    doomed = _delete_photos(photos)
    counts = Counter(photo.gallery_id for photo in doomed)
    for gallery in Gallery.objects.filter(pk__in=counts).select_related("owner"):
        count = counts[gallery.pk]
        record(Kind.PHOTOS_DELETED, person=gallery.owner, about=gallery.name, count=count)
    return len(doomed)


def _delete_photos(photos: PhotoQuerySet) -> list[Photo]:
    # Locked first: a worker that is about to write faces waits, and then finds no row.
    doomed = Photo.objects.filter(pk__in=photos.values("pk")).only("uuid", "gallery").locked()
    for start in range(0, len(doomed), CHUNK):
        keys = [photo.pk for photo in doomed[start : start + CHUNK]]
        Photo.objects.filter(pk__in=keys).delete()
    transaction.on_commit(lambda: _delete_files(doomed))
    return doomed


def _delete_files(photos: Iterable[Photo]) -> None:
    try:
        for photo in photos:
            photo.delete_files()
    except StorageError:  # after the first, the others would only wait in vain
        logger.warning("files of deleted photos remain until a sweep can delete them")


def delete_gallery(gallery: Gallery) -> None:
    """Delete a gallery with its photos and their files.

    Many photos go first, some at a time. A deletion that was interrupted can be repeated.
    """
    _delete_most(gallery)
    _delete_rest(gallery)


def _delete_most(gallery: Gallery) -> None:
    """Delete photos until few are left, and commit often: SQLite has one writer, others wait."""
    photos = Photo.objects.filter(gallery=gallery).order_by("pk").values_list("pk", flat=True)
    while len(keys := list(photos[: PIECE + 1])) > PIECE:
        delete_photos(Photo.objects.filter(pk__in=keys[:PIECE]))
        if not connection.in_atomic_block:  # then nobody could use the pause
            time.sleep(PAUSE)


@transaction.atomic
def _delete_rest(gallery: Gallery) -> None:
    count = _delete_gallery(gallery)
    record(Kind.GALLERY_DELETED, person=gallery.owner, about=gallery.name, count=count)


def _delete_gallery(gallery: Gallery) -> int:
    photos = Photo.objects.filter(gallery=gallery)
    photos.only("gallery").locked()
    # Locked before its photos go: an upload that has not committed yet then fails and cleans up.
    Gallery.objects.select_for_update().filter(pk=gallery.pk).first()
    count = len(_delete_photos(photos))
    gallery.delete()
    return count


def delete_account(user: User) -> None:
    """Delete a person and everything of theirs: galleries, files, tokens and sessions.

    Many photos go first, as when a gallery is deleted.
    """
    for gallery in Gallery.objects.filter(owner=user):
        _delete_most(gallery)
    _delete_person(user)


@transaction.atomic
def _delete_person(user: User) -> None:
    key = user.pk
    hold(key)  # before the galleries, as an upload does
    count = sum(_delete_gallery(gallery) for gallery in Gallery.objects.filter(owner=user))
    end_sessions(user)
    user.delete()
    record(Kind.ACCOUNT_DELETED, about=f"account {key}", count=count)


def first_gallery(user: User) -> Gallery:
    """The person's oldest gallery, made now if they have none."""
    mine = Gallery.objects.filter(owner=user).order_by("id")
    return mine.first() or _make_first_gallery(user)


@transaction.atomic
def _make_first_gallery(user: User) -> Gallery:
    get_user_model().objects.select_for_update().get(pk=user.pk)  # two requests make one gallery
    oldest = Gallery.objects.filter(owner=user).order_by("id").first()
    return oldest or Gallery.objects.create(owner=user, name=FIRST_GALLERY)


def clear_away() -> int:
    """Do what is due once a day. Returns how many files of no photo were deleted.

    Raises:
        StorageError: the storage cannot be asked.
    """
    Sign.objects.forget_old_workers()
    remove_expired()
    audit.forget_old()
    removed = remove_orphans()
    Sign.objects.leave(SWEEP, files=removed)
    return removed


def remove_orphans() -> int:
    """Delete old files of no photo, left by a crash or an earlier version. Returns how many.

    Raises:
        StorageError: the storage cannot be asked; what was deleted before stays deleted.
    """
    removed = 0
    for name in orphans():
        storage.delete(name)
        removed += 1
    return removed


def orphans() -> Iterator[str]:
    """The names of old files that belong to no photo."""
    names, before = storage.names(), timezone.now() - ORPHAN_AGE
    while some := list(islice(names, CHUNK)):
        owners = {name: _owner(name) for name in some}
        kept = set(Photo.objects.filter(uuid__in=owners.values()).values_list("uuid", flat=True))
        for name, owner in owners.items():
            is_needed = owner in kept and (f"{owner}/" in name or name.endswith(f"{owner}.jpg"))
            if owner and not is_needed and storage.is_older(name, before):
                yield name


def _owner(name: str) -> UUID | None:
    """The uuid of the photo that a stored file belongs to; None if it is not a photo's file."""
    try:
        return UUID(name.partition("/")[2][:36])
    except ValueError:
        return None
