"""Where a collection's files come from, and the list of them: a folder, or a bucket's prefix."""

import hashlib
import os
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import quote

import pyarrow as pa
from pyarrow.fs import FileSelector, FileSystem, FileType

BUCKET = "s3://"
# What lies beside pictures: hidden files, what network drives, Windows and archives from a Mac
# keep, and the previews of Lightroom.
RUBBISH = re.compile(
    r"\..*|@eadir|@recycle|@recently-snapshot|#recycle|#snapshot|\$recycle\.bin|recycler"
    r"|system volume information|__macosx|lost\+found|.*\.(lrdata|lrcat-data)",
    re.IGNORECASE | re.DOTALL,
)
CHUNK = 100_000  # files that are held as Python objects while listing
FILE = pa.schema([("path", pa.binary()), ("bytes", pa.int64()), ("changed", pa.int64())])


class SourceError(ValueError):
    """The collection cannot be listed, or holds nothing; the message says why."""


class File(NamedTuple):
    """A file: its path below the source (bytes, as it need not be UTF-8), size, and time in ns."""

    path: bytes
    bytes: int
    changed: int


class Source(Protocol):
    """A collection of files. `name` is what it is called in tables and messages."""

    @property
    def name(self) -> str: ...

    def files(self) -> Iterator[File]:
        """Every file, in any order, but RUBBISH, whether the file or a folder that it is in.

        Raises:
            OSError: a folder cannot be read.
        """

    def read(self, path: bytes) -> bytes:
        """What a file holds.

        Raises:
            OSError: it cannot be read.
        """


class FolderSource:
    """A folder of this machine, with the folders in it. Links to folders are not followed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root = Path(name).absolute()

    def files(self) -> Iterator[File]:
        start = len(os.path.join(os.fsencode(self.root), b""))
        for entry in _below(self.root):
            facts = entry.stat()
            yield File(os.fsencode(entry.path)[start:], facts.st_size, facts.st_mtime_ns)

    def read(self, path: bytes) -> bytes:
        return (self.root / os.fsdecode(path)).read_bytes()


class BucketSource:
    """What lies below `s3://bucket/prefix`, with the credentials that AWS's own tools would use."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return BucketSource, (self.uri,)  # without the connection: each process opens its own

    @property
    def name(self) -> str:
        """The address without keys and options."""
        return BUCKET + self._opened[1]

    @cached_property
    def _opened(self) -> tuple[FileSystem, str]:
        # People write a prefix as they see it; in an address, a `#` would end it.
        system, root = FileSystem.from_uri(quote(self.uri, safe=":/?&=@%+,;!*'()$~[]"))
        return system, root.rstrip("/")

    def files(self) -> Iterator[File]:
        system, root = self._opened
        folders = [root]
        while folders:
            for info in system.get_file_info(FileSelector(folders.pop())):
                if RUBBISH.fullmatch(info.base_name):
                    continue
                if info.type == FileType.Directory:
                    folders.append(info.path)
                elif info.type == FileType.File:
                    yield File(info.path[len(root) + 1 :].encode(), info.size, info.mtime_ns)

    def read(self, path: bytes) -> bytes:
        system, root = self._opened
        with system.open_input_file(f"{root}/{path.decode()}") as file:
            return bytes(file.read())


def open_source(source: str) -> Source:
    """The folder or the bucket of that name."""
    return BucketSource(source) if source.startswith(BUCKET) else FolderSource(source)


def list_files(source: Source) -> pa.Table:
    """The files in the order of their paths, with the columns of FILE: some 50 bytes a file.

    Raises:
        SourceError: there is no file, or a folder cannot be read.
    """
    files = source.files()
    try:
        chunks = [_table(chunk) for chunk in iter(lambda: list(islice(files, CHUNK)), [])]
    except (OSError, ValueError) as error:  # ValueError: a malformed name of a bucket
        raise SourceError(str(error)) from error
    if not chunks:
        raise SourceError("no file lies here")
    return pa.concat_tables(chunks).sort_by("path").combine_chunks()


def digest(files: pa.Table) -> str:
    """A hash of the list: of every path, size and time."""
    found = hashlib.sha256()
    for chunk in files.to_batches(max_chunksize=CHUNK):
        rows = zip(*(column.to_pylist() for column in chunk.columns), strict=True)
        for path, size, changed in rows:
            found.update(b"%b\0%d %d\n" % (path, size, changed))
    return found.hexdigest()


def name_of(source: Source, path: bytes) -> str:
    """What a file is called in tables and messages."""
    return f"{source.name.rstrip('/')}/{path.decode(errors='backslashreplace')}"


def _below(folder: str | Path) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if RUBBISH.fullmatch(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path)
            elif entry.is_file():
                yield entry


def _table(files: list[File]) -> pa.Table:
    columns = zip(*files, strict=True)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, FILE.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=FILE)
