"""Photos, galleries and accounts, deleted together with their files."""

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from gallery.models import Gallery, Photo
from gallery.models.photo import PhotoQuerySet
from gallery.storage import listed

logger = logging.getLogger(__name__)

FIRST_GALLERY = "My photos"
CHUNK = 500  # photos that one statement deletes
ORPHAN_AGE = timedelta(hours=1)  # an upload writes its files before its row, well within this


@transaction.atomic
def delete_photos(photos: PhotoQuerySet) -> int:
    """Delete photos, their faces and, after the commit, their files. Returns how many."""
    # Locked first: a worker that is about to write faces waits, and then finds no row.
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
    # Locked before its photos go: an upload that has not committed yet then fails and cleans up.
    Gallery.objects.select_for_update().filter(pk=gallery.pk).first()
    delete_photos(photos)
    gallery.delete()


@transaction.atomic
def delete_account(user: User) -> None:
    """Delete a person and everything of theirs: galleries, files, tokens and sessions."""
    for gallery in Gallery.objects.filter(owner=user):
        delete_gallery(gallery)
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
    user.delete()


def first_gallery(user: User) -> Gallery:
    """The person's oldest gallery, made now if they have none."""
    mine = Gallery.objects.filter(owner=user).order_by("id")
    return mine.first() or _make_first_gallery(user)


@transaction.atomic
def _make_first_gallery(user: User) -> Gallery:
    get_user_model().objects.select_for_update().get(pk=user.pk)  # two requests make one gallery
    oldest = Gallery.objects.filter(owner=user).order_by("id").first()
    return oldest or Gallery.objects.create(owner=user, name=FIRST_GALLERY)


def remove_orphans() -> int:
    """Delete old files of no photo, left by a crash or an earlier version. Returns how many."""
    before = timezone.now() - ORPHAN_AGE
    orphans = [path for path in _orphans() if default_storage.get_modified_time(path) < before]
    for path in orphans:
        default_storage.delete(path)
    return len(orphans)


def _orphans() -> Iterator[str]:
    """The files in private storage that belong to no photo. What is not named as ours is left out.

    Of a photo in the folder "ab", "ab/<uuid>.jpg" is the picture, and "ab/<uuid>/" holds the rest.
    """
    for folder in listed("")[0]:
        folders, files = listed(folder)
        owners = {name: _owner(name) for name in (*folders, *files)}
        kept = set(Photo.objects.filter(uuid__in=owners.values()).values_list("uuid", flat=True))
        for file in files:
            owner = owners[file]
            if owner and (owner not in kept or file != f"{owner}.jpg"):
                yield f"{folder}/{file}"
        for name in folders:
            if owners[name] and owners[name] not in kept:
                yield from (f"{folder}/{name}/{file}" for file in listed(f"{folder}/{name}")[1])


def _owner(name: str) -> UUID | None:
    """The uuid of the photo that a stored file belongs to; None if it is not a photo's file."""
    try:
        return UUID(name[:36])
    except ValueError:
        return None
