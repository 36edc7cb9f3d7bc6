"""Photos, galleries and accounts, deleted for good together with their files."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q

from gallery import storage
from gallery.audit import Kind, record
from gallery.models import Gallery, Photo
from gallery.models.photo import PhotoQuerySet
from gallery.models.quota import hold
from gallery.people.sessions import end_sessions
from gallery.storage import StorageError

logger = logging.getLogger(__name__)

CHUNK = 500  # photos that one statement deletes
PIECE = 1000  # photos of one transaction, where many are deleted or moved
PAUSE = 0.15  # seconds between two: who waits for SQLite asks every 0.1 seconds


def pieces(photos: PhotoQuerySet) -> Iterator[list[int]]:
    """The keys of these photos as they are now, some at a time.

    Each piece gets a transaction of its own: SQLite has one writer, and others wait.
    """
    keys = list(photos.values_list("pk", flat=True))
    for start in range(0, len(keys), PIECE):
        if start:
            pause()
        yield sorted(keys[start : start + PIECE])


def pause() -> None:
    """Let others write, unless a transaction is open: then nobody could."""
    if not connection.in_atomic_block:
        time.sleep(PAUSE)


def delete_many(photos: PhotoQuerySet) -> int:
    """Delete photos, some at a time. Returns how many."""
    return sum(delete_photos(Photo.objects.filter(pk__in=keys)) for keys in pieces(photos))


@transaction.atomic
def delete_photos(photos: PhotoQuerySet) -> int:
    """Delete photos, their faces and, after the commit, their files. Returns how many."""
    doomed = drop(photos)
    counts = Counter(photo.gallery_id for photo in doomed)
    for gallery in Gallery.objects.filter(pk__in=counts).select_related("owner"):
        count = counts[gallery.pk]
        record(Kind.PHOTOS_DELETED, person=gallery.owner, about=gallery.name, count=count)
    return len(doomed)


def drop(photos: PhotoQuerySet) -> list[Photo]:
    """Delete photos within a transaction, and note it nowhere."""
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


def delete_originals(photos: Iterable[Photo]) -> None:
    """Delete the original files of photos that no longer keep them."""
    try:
        for photo in photos:
            storage.delete(photo.original_file())
    except StorageError:
        logger.warning("originals remain until a sweep can delete them")


def delete_gallery(gallery: Gallery) -> None:
    """Delete a gallery with its photos, those in its trash too, and their files.

    Many photos go first, some at a time. A deletion that was interrupted can be repeated.
    """
    _delete_most(gallery)
    _delete_rest(gallery)


def _photos_of(gallery: Gallery) -> PhotoQuerySet:
    return Photo.objects.filter(Q(gallery=gallery) | Q(gallery__trash_of=gallery))


def _delete_most(gallery: Gallery) -> None:
    """Delete photos until few are left, and commit often."""
    photos = _photos_of(gallery).order_by("pk").values_list("pk", flat=True)
    while len(keys := list(photos[: PIECE + 1])) > PIECE:
        delete_photos(Photo.objects.filter(pk__in=keys[:PIECE]))
        pause()


@transaction.atomic
def _delete_rest(gallery: Gallery) -> None:
    count = _delete_gallery(gallery)
    record(Kind.GALLERY_DELETED, person=gallery.owner, about=gallery.name, count=count)


def _delete_gallery(gallery: Gallery) -> int:
    photos = Photo.objects.filter(pk__in=_photos_of(gallery).values("pk"))
    photos.only("gallery").locked()
    # Locked before its photos go: an upload that has not committed yet then fails and cleans up.
    both = Gallery.objects.filter(Q(pk=gallery.pk) | Q(trash_of=gallery)).order_by("pk")
    list(both.select_for_update())
    count = len(drop(photos))
    gallery.delete()
    return count


def delete_account(user: User) -> None:
    """Delete a person and everything of theirs: galleries, files, tokens and sessions.

    Many photos go first, as when a gallery is deleted. Nothing goes to a trash.
    """
    for gallery in Gallery.objects.real().filter(owner=user):
        _delete_most(gallery)
    _delete_person(user)


@transaction.atomic
def _delete_person(user: User) -> None:
    key = user.pk
    hold(key)  # before the galleries, as an upload does
    galleries = Gallery.objects.real().filter(owner=user)
    count = sum(_delete_gallery(gallery) for gallery in galleries)
    end_sessions(user)
    user.delete()
    record(Kind.ACCOUNT_DELETED, about=f"account {key}", count=count)
