"""The folder that a run writes: a part for each shard, and what the run is about."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ml.batch.tables import Failure
from ml.files import replacing_file

# Readers of a folder of Parquet files leave out names that begin with a dot or an underscore.
MANIFEST = "_manifest.json"
UNREADABLE = "_unreadable"
LOCK = ".lock"
WORDS = {  # what a run is about, and what it is told if that has changed
    "format": "was written by another version of this project",
    "source": "is about another source",
    "files": "is about other files: some were added, removed or changed since",
    "shard": "was begun with another --shard",
    "model": "was begun with another checkpoint",
    "engine": "was begun with another engine, whose numbers differ a little",
    "detector": "was begun with another face detector",
}


class OutputError(ValueError):
    """The folder cannot be written to, or belongs to another run; the message says why."""


class Output:
    """A folder of parts, each written whole or not at all. A shard with a part is done."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, about: Mapping[str, Any]) -> None:
        """Make the folder, or go on with one that a run about the same began.

        Raises:
            OutputError: it holds something else, or a run about something else.
            OSError: it cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        manifest = self.folder / MANIFEST
        if not manifest.exists():
            if names := sorted(path.name for path in self.folder.iterdir() if path.name != LOCK):
                raise OutputError(f"{self.folder}: holds {names[0]}; choose a new folder")
            with replacing_file(manifest) as partial:
                partial.write_text(json.dumps(about, indent=2) + "\n")
        before = _read(manifest)
        changed = [words for key, words in WORDS.items() if before.get(key) != about[key]]
        if changed:
            raise OutputError(f"{self.folder}: {changed[0]}; choose a new folder")

    def missing(self, count: int) -> list[int]:
        """Which of so many shards are not done."""
        return [number for number in range(count) if not self.part(number).exists()]

    def store(self, number: int, faces: bytes, unreadable: bytes | None) -> None:
        """Write a shard's part, after the list of its unreadable files, if it has any."""
        if unreadable:
            (self.folder / UNREADABLE).mkdir(exist_ok=True)
            _write(self._failures(number), unreadable)
        _write(self.part(number), faces)

    def forget_unreadable(self) -> None:
        """Drop the parts of shards that have unreadable files, so that they are done again."""
        for path in (self.folder / UNREADABLE).glob("part-*.parquet"):
            (self.folder / path.name).unlink(missing_ok=True)
            path.unlink()

    def unreadable(self, number: int) -> Iterator[Failure]:
        """The unreadable files of a shard."""
        if self._failures(number).exists():
            for row in pq.read_table(self._failures(number)).to_pylist():
                yield Failure(**row)

    def part(self, number: int) -> Path:
        """Where a shard's part lies."""
        return self.folder / f"part-{number:06}.parquet"

    def _failures(self, number: int) -> Path:
        return self.folder / UNREADABLE / self.part(number).name


def _write(path: Path, content: bytes) -> None:
    with replacing_file(path) as partial:
        partial.write_bytes(content)


def _read(manifest: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(manifest.read_text()))
    except ValueError as error:
        raise OutputError(f"{manifest}: not readable as JSON; choose a new folder") from error
