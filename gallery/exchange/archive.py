"""A ZIP file that is sent while it is made."""

import shutil
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

PIECE = 1 << 16  # bytes
IN_MEMORY = 1 << 20  # bytes of a download that are held in memory, not in a temporary file
MISSING = "missing.txt"
HEAD = """\
These photos were deleted, or their pictures could not be read, while this file was made:

"""


class Window:
    """A file for ZipFile that hands out what was written, and keeps only what was not taken yet.

    ZipFile can go back to the start of a member, and writes its size there. Where that is not
    possible it writes the size behind the data, which readers of streams do not understand.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (it lives as long as this)
        self._start = 0  # where the window begins in the archive

    def tell(self) -> int:
        return self._start + self._file.tell()

    def seek(self, position: int, whence: int = 0, /) -> int:
        return self._start + self._file.seek(position - self._start, whence)

    def write(self, piece: bytes, /) -> int:
        return self._file.write(piece)

    def flush(self) -> None:
        """Do nothing: ZipFile expects it, but nothing is buffered."""

    close = flush

    def take(self) -> Iterator[bytes]:
        """What was written since the last time: whole members only."""
        self._start = self.tell()
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece
        self._file.seek(0)
        self._file.truncate()


def add_file(archive: ZipFile, name: str, file: IO[bytes]) -> None:
    """Add what was written to a temporary file, compressed."""
    file.seek(0)
    archive.compression = ZIP_DEFLATED  # the pictures before were stored: JPEGs shrink no further
    with archive.open(name, "w") as member:
        shutil.copyfileobj(file, member, PIECE)


def missing_text(names: Iterable[str]) -> str:
    """What tells people which photos are not in an archive."""
    return HEAD + "".join(f"{name}\n" for name in names)
