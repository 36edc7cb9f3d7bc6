"""Faces decoded once, into a memory-mapped file that later runs open immediately.

A cache is a folder named after a hash of its content: all pictures in order, and how they were cut
and scaled. It is never updated; other pictures make another folder. It holds `pixels` (N rows of
size * size * channels bytes) and `hashes`, the SHA-256 of each row. A row whose hash does not match
is decoded again, whether it was never written, half written when the process was killed, or damaged
since. So the order of writes does not matter.
"""

import hashlib
import os
import re
import shutil
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ml.data.celeba import DatasetError, FaceSet, in_threads, load_face
from ml.files import AlreadyLocked, locked
from ml.preprocessing import FRAME_VERSION

HASH = 32  # bytes
NAME = re.compile(r"\d+x\d+x[13]-[0-9a-f]{32}")  # as `_key` makes it
BLOCK = 512  # bytes, the unit of st_blocks everywhere
DAY = 24 * 60 * 60  # seconds


def open_cache(
    faces: FaceSet,
    size: int,
    channels: int,
    folder: Path,
    *,
    filled: bool = False,
    quiet: bool = False,
) -> torch.Tensor:
    """Decode what is missing, check the rest, and map all of it into memory.

    It may be killed at any time, and several processes may call it at once.

    Args:
        faces: the labeled pictures.
        size: side of the decoded squares in pixels.
        channels: 3 for RGB, 1 for gray scale.
        folder: holds the caches, each in a folder of its own.
        filled: another process of this run has just decoded and checked all of it.
        quiet: show no progress bars.

    Returns:
        (N, channels, size, size) uint8 in the order of `faces.files`, a view of a read-only file.
        Writing to it kills the process.

    Raises:
        DatasetError: a picture is damaged, or the cache cannot be written.
    """
    if not len(faces):
        return torch.empty((0, channels, size, size), dtype=torch.uint8)
    cache = folder / _key(faces, size, channels, quiet)
    shape = (len(faces), size, size, channels)
    try:
        with locked(cache / "lock"):
            os.utime(cache / "lock")  # it is used now: `list_caches` tells when
            if not filled:
                _fill(cache, faces, shape, quiet)
    except OSError as error:
        raise DatasetError(f"{cache}: the cache cannot be written: {error.strerror}") from error
    with warnings.catch_warnings():  # torch warns that the array is not writable, which is intended
        warnings.simplefilter("ignore", UserWarning)
        return torch.from_numpy(_map(cache / "pixels", shape)).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Cache:
    """A folder of decoded faces, how much room it takes, and how long ago it was last opened."""

    folder: Path
    bytes: int
    days: float


def list_caches(folder: Path) -> Iterator[Cache]:
    """The caches in a folder. What else lies there is passed over."""
    for cache in sorted(folder.iterdir()):
        if NAME.fullmatch(cache.name) and (cache / "lock").is_file():
            size = sum(file.stat().st_blocks * BLOCK for file in cache.iterdir())
            yield Cache(cache, size, (time.time() - (cache / "lock").stat().st_mtime) / DAY)


def remove_cache(cache: Path) -> bool:
    """Delete a cache, unless a process fills it now. One that is only read goes on to see it."""
    try:
        with locked(cache / "lock", wait=False):
            shutil.rmtree(cache)
    except AlreadyLocked:
        return False
    return True


def picture_hashes(faces: FaceSet, *, quiet: bool = False) -> np.ndarray:
    """(N, 32) uint8, the SHA-256 of each file; read only if the faces do not have them yet.

    Raises:
        DatasetError: a picture cannot be read.
    """
    if faces.hashes is not None:
        return faces.hashes

    def digest(row: int) -> bytes:
        try:
            with faces.files[row].open("rb") as file:
                return hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            raise DatasetError(f"{faces.files[row]}: {error.strerror}") from error

    found = in_threads(digest, range(len(faces)), "reading", quiet=quiet)
    return np.frombuffer(b"".join(found), np.uint8).reshape(-1, HASH)


def _key(faces: FaceSet, size: int, channels: int, quiet: bool) -> str:
    """A name for everything that determines the pixels."""
    content = hashlib.sha256(f"{FRAME_VERSION} {size} {channels}".encode())
    content.update(picture_hashes(faces, quiet=quiet).tobytes())
    # Half of the hash is beyond any accidental collision, and paths stay short.
    return f"{size}x{size}x{channels}-{content.hexdigest()[:32]}"


def _fill(cache: Path, faces: FaceSet, shape: tuple[int, ...], quiet: bool) -> None:
    """Write every row whose hash does not match."""
    bytes_a_row = int(np.prod(shape[1:]))
    _make_room(cache / "pixels", len(faces) * bytes_a_row)
    _make_room(cache / "hashes", len(faces) * HASH)
    stale = _stale_rows(cache, shape, quiet)
    if not len(stale):
        return
    with (cache / "pixels").open("r+b") as pixels, (cache / "hashes").open("r+b") as hashes:

        def fill(row: int) -> None:
            square = load_face(faces.files[row], shape[1], shape[3]).tobytes()
            # pwrite raises on a full disk; writing to a mapping would kill the process.
            _write(pixels.fileno(), square, row * bytes_a_row)
            _write(hashes.fileno(), hashlib.sha256(square).digest(), row * HASH)

        in_threads(fill, stale, "decoding", quiet=quiet)


def _make_room(path: Path, size: int) -> None:
    """Give a file its size, with a hole where nothing is written yet.

    Raises:
        DatasetError: the disk has too little room for the rest.
    """
    path.touch()
    needed = size - path.stat().st_blocks * BLOCK
    free = shutil.disk_usage(path.parent).free
    if needed > free:
        raise DatasetError(f"{path}: needs {needed:,} bytes more, but the disk has {free:,} free")
    os.truncate(path, size)


def _stale_rows(cache: Path, shape: tuple[int, ...], quiet: bool) -> np.ndarray:
    """The rows whose pixels do not match their hash."""
    pixels, hashes = _map(cache / "pixels", shape), _map(cache / "hashes", (shape[0], HASH))

    def fresh(row: int) -> bool:
        return bool(hashlib.sha256(pixels[row]).digest() == hashes[row].tobytes())

    written = np.flatnonzero(hashes.any(1))  # the hole of a new file reads as zeros
    checked = in_threads(fresh, written, "checking", quiet=quiet)
    return np.setdiff1d(np.arange(shape[0]), written[checked])


def _map(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    return np.memmap(path, np.uint8, "r", shape=shape)


def _write(file: int, content: bytes, offset: int) -> None:
    """Write all of it: a disk that is about to be full accepts a part without an error."""
    while content:
        done = os.pwrite(file, content, offset)
        content, offset = content[done:], offset + done
