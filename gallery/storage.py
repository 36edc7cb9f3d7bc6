"""Where pictures are kept: a folder or an S3 bucket, as the settings say.

Every file is written, read and deleted through here, so that a storage that is full, away or closed
to us is one kind of error, in words for people.
"""

import errno
import hashlib
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext, gettext_noop

logger = logging.getLogger(__name__)

PROBE = "ready.txt"  # a file that is always there, to see whether files can be fetched
AWAY = gettext_noop("The site cannot reach its pictures at the moment. Try again in a minute.")
FULL = gettext_noop("The server has no space left. Try again later.")


class StorageError(Exception):
    """Files cannot be stored or fetched now; the message tells people so."""

    status_code = 503  # of an HTTP answer


class StorageFull(StorageError):
    """There is no space for another file."""

    status_code = 507


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError):  # about this one file, not the storage
        raise
    except OSError as error:
        logger.error("the storage of pictures fails: %s", error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(gettext(FULL)) from error
        raise StorageError(gettext(AWAY)) from error


def save(name: str, content: bytes | File[bytes]) -> None:
    """Store a file, given whole or as one that is read piece by piece.

    Raises:
        FileNotFoundError: its folder was deleted meanwhile.
        StorageError: it cannot be stored.
    """
    with _in_words():
        default_storage.save(name, ContentFile(content) if isinstance(content, bytes) else content)


def open_file(name: str) -> File[bytes]:
    """Open a stored file.

    Raises:
        FileNotFoundError: it is not there.
        StorageError: nobody can say whether it is there.
    """
    with _in_words():
        return default_storage.open(name)


def sha256_of(name: str) -> str:
    """The SHA-256 of a stored file, in hexadecimal.

    Raises:
        FileNotFoundError: it is not there.
        StorageError: it cannot be read.
    """
    with open_file(name) as file, _in_words():
        return hashlib.file_digest(file, "sha256").hexdigest()


def exists(name: str) -> bool:
    """Whether the file is there; StorageError if nobody can say."""
    with _in_words():
        return bool(default_storage.exists(name))


def check_space() -> None:
    """Raise StorageFull while the disk has less than RESERVE_BYTES left.

    Uploads end before all else fails: what deletes photos needs some space too.
    """
    for folder in (settings.VAR_DIR, settings.MEDIA_ROOT):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if shutil.disk_usage(there).free < settings.RESERVE_BYTES:
            logger.error("%s has less than RESERVE_BYTES left: uploads are refused", there)
            raise StorageFull(gettext(FULL))


def delete(name: str) -> None:
    """Delete a file, if it is there."""
    with _in_words():
        default_storage.delete(name)


def names() -> Iterator[str]:
    """The name of every stored file; never all of them in memory at a time."""
    with _in_words():
        yield from default_storage.names()  # type: ignore[attr-defined]  # both of ours have it


def names_in(folder: str) -> list[str]:
    """The names of the files in a folder; none if there is no such folder."""
    try:
        with _in_words():
            return default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return []


def is_older(name: str, than: datetime) -> bool:
    """Whether a file was written before that time; False if it is no longer there."""
    try:
        with _in_words():
            return default_storage.get_modified_time(name) < than
    except FileNotFoundError:
        return False


def check_writing() -> None:
    """Write, read and delete a small file; StorageError if any of that fails."""
    name = f"probe-{uuid4().hex}.txt"
    save(name, name.encode())
    try:
        with open_file(name) as file:
            if file.read() != name.encode():
                raise StorageError("the storage returns other bytes than it was given")
    except FileNotFoundError as error:
        raise StorageError("the storage does not have what it was just given") from error
    finally:
        delete(name)


def check() -> None:
    """Fetch a small file, which the first call writes; StorageError if that fails."""
    try:
        open_file(PROBE).close()
    except FileNotFoundError:
        save(PROBE, b"This file shows that pictures can be fetched.\n")
