"""Files on this machine's disk: their names as text, and their bytes."""

import errno
import os
from pathlib import Path


def legible(name: str) -> str:
    """A file's name as text, whatever encoding it has on the disk."""
    return os.fsencode(name).decode("utf-8", "replace")


def read_whole(path: Path) -> bytes:
    """The bytes of a file; OSError if it cannot be read, or changes meanwhile."""
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        content = file.read()
        after = os.fstat(file.fileno())
    if changes(before) != changes(after) or len(content) != before.st_size:
        raise OSError(errno.EAGAIN, "it changed meanwhile", str(path))
    return content


def changes(status: os.stat_result) -> tuple[int, int]:
    """The facts about a file that change when somebody writes to it."""
    return status.st_size, status.st_mtime_ns
