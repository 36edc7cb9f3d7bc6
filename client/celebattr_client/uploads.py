"""A folder of pictures becomes photos of a gallery: only what the gallery does not have is sent."""

import hashlib
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from celebattr_client.client import Client
from celebattr_client.errors import CelebAttrError
from celebattr_client.files import changes

AT_ONCE = 4  # uploads: the site answers 503 to more
BATCH = 500  # files whose hashes are asked about together
CHUNK = 1 << 20  # bytes

PICTURE = re.compile(
    r"\.(jpe?g|jpe|jfif?|jif|png|webp|hei[cf]|hif|avif|tiff?|gif|mpo)$", re.IGNORECASE
)
LEFT_OUT = ("@eaDir", "@Recycle", "#recycle", "$RECYCLE.BIN", "__MACOSX", "lost+found")
# What ends the whole upload: the files that follow would fail as well.
ENDS_ALL = (
    "quota_exceeded",
    "permission_denied",
    "not_authenticated",
    "authentication_failed",
    "not_found",  # the gallery
)
LOOK_EVERY = 5.0  # seconds between two looks at a watched folder

Tell = Callable[["Uploaded"], None]


@dataclass(frozen=True)
class Uploaded:
    """What became of one file: new, known or refused."""

    path: Path
    outcome: str
    reason: str = ""


def pictures_in(folder: Path) -> Iterator[Path]:
    """The files in a folder and its subfolders that are named like pictures, in order.

    Hidden files are left out, and so are the folders in which systems keep thumbnails and trash.
    A folder that cannot be read is returned itself: reading it as a picture gives the reason.
    """
    unreadable: list[Path] = []
    for here, folders, files in os.walk(
        folder, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        yield from unreadable
        unreadable.clear()
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in LEFT_OUT
        )
        for name in sorted(files):
            if PICTURE.search(name) and not name.startswith("."):
                yield Path(here, name)
    yield from unreadable


def upload_folder(
    client: Client, folder: Path, gallery: str, tell: Tell = lambda one: None
) -> Counter[str]:
    """Upload the pictures in a folder to a gallery, given by id; how many had each outcome.

    `tell` hears of each file. What was sent stays: after an error, or in another process, the same
    call goes on.

    Raises:
        CelebAttrError: no more can be sent.
    """
    return upload_files(client, list(pictures_in(folder)), gallery, tell)


def watch_folder(client: Client, folder: Path, gallery: str, tell: Tell) -> None:
    """Upload what is in the folder, and then, without end, what is added.

    A file is sent once two looks found it alike: one that is still being copied grows.
    """
    before = done = _look(folder)
    upload_files(client, list(done), gallery, tell)
    while True:
        time.sleep(LOOK_EVERY)
        now = _look(folder)
        new = {
            path: sign
            for path, sign in now.items()
            if sign == before.get(path) and sign != done.get(path)
        }
        upload_files(client, list(new), gallery, tell)
        before, done = now, done | new


def _look(folder: Path) -> dict[Path, tuple[int, int]]:
    """The pictures in a folder, each with what changes when somebody writes to it."""
    found = {}
    for path in pictures_in(folder):
        with suppress(OSError):  # gone again
            status = path.stat()
            found[path] = changes(status)
    return found


def upload_files(client: Client, paths: list[Path], gallery: str, tell: Tell) -> Counter[str]:
    """The same for the files at these paths."""
    counts: Counter[str] = Counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(paths), BATCH):
            for one in _upload(client, paths[start : start + BATCH], gallery, pool):
                counts[one.outcome] += 1
                tell(one)
    return counts


def _upload(
    client: Client, paths: list[Path], gallery: str, pool: ThreadPoolExecutor
) -> Iterator[Uploaded]:
    hashes: dict[str, Path] = {}
    for path, found in zip(paths, pool.map(_hash, paths), strict=True):
        if isinstance(found, OSError):
            yield Uploaded(path, "refused", f"It cannot be read: {found.strerror}.")
        elif found in hashes:
            yield Uploaded(path, "known")
        else:
            hashes[found] = path
    known = client.known(gallery, list(hashes))
    yield from (Uploaded(hashes[sha256], "known") for sha256 in known)
    new = [path for sha256, path in hashes.items() if sha256 not in known]
    yield from pool.map(lambda path: _send(client, path, gallery), new)


def _hash(path: Path) -> str | OSError:
    """The SHA-256 of the file, in hexadecimal, or why it cannot be read."""
    digest = hashlib.sha256()
    try:
        # Opening a pipe would wait for its other end; a folder says why it cannot be opened.
        if not (path.is_file() or path.is_dir()):
            path.stat()
            raise OSError(0, "not a file")
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        return error
    return digest.hexdigest()


def _send(client: Client, path: Path, gallery: str) -> Uploaded:
    try:
        client.upload(path, gallery)
    except OSError as error:
        return Uploaded(path, "refused", f"It cannot be read: {error.strerror}.")
    except CelebAttrError as error:
        if not 400 <= error.status < 500 or error.code in ENDS_ALL:
            raise
        return Uploaded(path, "refused", str(error).removeprefix("image: "))  # the field's name
    return Uploaded(path, "new")
