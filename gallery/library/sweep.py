"""What is due once a day: what nobody needs any more is cleared away."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.utils import timezone

from gallery import audit, storage
from gallery.library.likeness import add_likeness
from gallery.library.trash import purge
from gallery.models import IdempotencyKey, Photo, Sign
from gallery.models.sign import SWEEP
from gallery.people import second_steps
from gallery.people.expired import remove_expired
from gallery.webhooks import deliveries, secret

MOST_COMPARED = 1000  # photos from before 0.3 that get their likeness in one sweep
CHUNK = 500  # files that are looked for in the database at once
# An upload writes its files before its row, well within this, even if clocks are hours apart.
ORPHAN_AGE = timedelta(days=1)


def clear_away() -> int:
    """Do what is due once a day. Returns how many files of no photo were deleted.

    Raises:
        StorageError: the storage cannot be asked.
    """
    Sign.objects.forget_old_workers()
    remove_expired()
    IdempotencyKey.objects.forget_old()
    second_steps.renew()
    secret.encrypt_again()
    deliveries.forget_old()
    audit.forget_old()
    purge()
    add_likeness(MOST_COMPARED)
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
        photos = Photo.objects.filter(uuid__in=owners.values()).only("uuid", "original_bytes")
        kept = {photo.uuid: photo for photo in photos}
        for name, owner in owners.items():
            if owner and not _is_needed(name, kept.get(owner)) and storage.is_older(name, before):
                yield name


def _is_needed(name: str, photo: Photo | None) -> bool:
    """Whether a file is the photo's picture, a smaller one, or the original that it keeps."""
    if photo is None:
        return False
    if name == photo.original_file():
        return photo.original_bytes > 0
    return f"{photo.uuid}/" in name or name.endswith(f"{photo.uuid}.jpg")


def _owner(name: str) -> UUID | None:
    """The uuid of the photo that a stored file belongs to; None if it is not a photo's file."""
    try:
        return UUID(name.partition("/")[2][:36])
    except ValueError:
        return None
