"""Files that a reader finds whole or not at all, and locks that end with their process.

Nothing here knows of models or photos: any part of the project may use it.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO


class AlreadyLocked(BlockingIOError):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[IO[str]]:
    """Hold the lock file at `path`, made if need be, and yield it open for reading and writing.

    The system releases the lock when the process ends, however it ends. The file stays: a process
    that waits for it would otherwise lock a file that no newcomer can see.

    Raises:
        AlreadyLocked: another process holds it, and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise AlreadyLocked(f"{path}: another process holds this lock") from error
        yield file


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, which is removed afterwards.

    Raises:
        AlreadyLocked: another process holds it.
    """
    while True:
        with locked(path, wait=False) as file:
            if not _is_at(path, file):  # its last holder removed it after it was opened here
                continue
            try:
                yield
            finally:
                with suppress(OSError):
                    path.unlink()
            return


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False


def why_not_writable(folder: Path) -> str:
    """Why nothing can be written into a folder that may not exist yet; empty if it can be."""
    nearest = next((each for each in (folder, *folder.absolute().parents) if each.is_dir()), folder)
    if not os.access(nearest, os.W_OK):
        return "this user may not write here"
    try:
        # A disk may be read-only, and /proc takes no files, whatever the rights say.
        with TemporaryFile(dir=nearest):
            return ""
    except OSError as error:
        return f"nothing can be written here: {error.strerror}"


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a hidden path beside `path` to write to; it becomes `path` if nothing is raised.

    Raises:
        OSError: the disk is full or cannot be written; what was at `path` stays.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        _flush(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    _flush(path.parent)  # the new name: without it a power cut could bring the old file back


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """The same for a folder: yield a new hidden one to fill; it becomes `folder`.

    Two renames swap the folders, and a crash between them leaves the old one under its hidden name.
    The next call puts it back first.
    """
    partial, old = (folder.with_name(f".{folder.name}.{state}") for state in ("partial", "old"))
    if old.exists() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        for path in (*partial.iterdir(), partial):
            _flush(path)
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _flush(path: Path) -> None:
    """Bring a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
