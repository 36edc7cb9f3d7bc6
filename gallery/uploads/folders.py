"""Which pictures a folder on the server's own disk holds, and what each of them is."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from gallery.uploads.gate import too_large
from gallery.uploads.pictures import UploadError

# The same rules as in a browser (static/js/uploads/folders.js, where each name is explained).
PICTURE = r"\.(jpe?g|jpe|jfif?|jif|png|webp|hei[cf]|hif|avif|tiff?|gif|mpo)$"
RUBBISH = (
    r"(?:\.[^/]+"
    r"|@eaDir|@Recycle|@Recently-Snapshot|#recycle|#snapshot"
    r"|\$RECYCLE\.BIN|RECYCLER|System Volume Information|__MACOSX|lost\+found"
    r"|[^/]+\.(?:lrdata|lrcat-data))"
)
PHOTOS_LIBRARY = re.compile(r"\.photoslibrary$", re.IGNORECASE)
PICTURES_OF_IT = ("originals", "masters")  # of such a library; the rest are previews

_picture = re.compile(PICTURE, re.IGNORECASE)
_rubbish = re.compile(RUBBISH, re.IGNORECASE)


def files_in(folder: Path) -> Iterator[Path]:
    """The files in a folder and its folders, in order.

    Hidden files, thumbnails and bins are left out, and so are links to folders, which may lead in
    circles. A folder that cannot be read is given itself: reading it as a picture says why.
    """
    unreadable: list[Path] = []
    for here, folders, files in os.walk(
        folder, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        yield from unreadable
        unreadable.clear()
        folders[:] = sorted(name for name in folders if _is_looked_into(here, name))
        for name in sorted(files):
            if not _rubbish.fullmatch(name):
                yield Path(here, name)
    yield from unreadable


def is_picture(path: Path) -> bool:
    """Whether it is named like a picture, or is no file: then somebody should hear of it."""
    return _picture.search(path.name) is not None or path.is_dir()


def _is_looked_into(parent: str, name: str) -> bool:
    if PHOTOS_LIBRARY.search(parent):
        return name.lower() in PICTURES_OF_IT
    return not _rubbish.fullmatch(name)


def read_picture(path: Path) -> SimpleUploadedFile:
    """The file as an upload; UploadError if it cannot be read, or changes meanwhile."""
    try:
        # Opening a pipe would wait for its other end; a folder says why it cannot be opened.
        if not (path.is_file() or path.is_dir()):
            path.stat()  # which says so if it is not there
            raise UploadError("This is not a file.", "unreadable")
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            if before.st_size > settings.MAX_UPLOAD_BYTES:
                raise UploadError(too_large(), "bytes")
            content = file.read(settings.MAX_UPLOAD_BYTES)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise UploadError(f"It cannot be read: {error.strerror}.", "unreadable") from error
    if _changes(before) != _changes(after) or len(content) != before.st_size:
        raise UploadError("It changed while it was read. Import it again.", "unreadable")
    return SimpleUploadedFile(legible(path.name), content)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal; "" if it is none, is too large, or cannot be read."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > settings.MAX_UPLOAD_BYTES:
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _changes(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def signature(path: Path) -> tuple[int, int]:
    """What changes when somebody writes to the file; zeros if it is gone."""
    try:
        return _changes(path.stat())
    except OSError:
        return 0, 0


def legible(name: str) -> str:
    """A file's name or path as text, whatever encoding it has on the disk."""
    return os.fsencode(name).decode("utf-8", "replace")
