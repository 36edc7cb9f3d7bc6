"""What a worker does: the faces of one shard of the files after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ml.batch.ledger import Asked
from ml.batch.sources import Source, name_of
from ml.batch.tables import Failure, as_parquet, faces_table, unreadable_table
from ml.engine import load_engine
from ml.faces.boxes import Sighting
from ml.faces.detectors import find_and_crop, load_detector
from ml.pipeline import Ahead, batches
from ml.prediction import Answer, Unreadable, answers, open_picture

if TYPE_CHECKING:
    import ray

READERS = 4  # files that are read at once, ahead of their turn: a bucket answers slowly
FACES = 64  # that the engine is asked for at once: several workers share a GPU
DIED = "workers died of it, so it was left out"
DONE = pa.schema([("shard", pa.int64()), ("faces", pa.large_binary()), ("unreadable", pa.binary())])


@dataclass(frozen=True)
class Work:
    """What every worker is told: whose files, how many a shard, and what looks at them."""

    source: Source
    shard: int
    checkpoint: Path
    yunet: Path | None


class ShardWorker:
    """Has a model and a detector of its own, loaded once."""

    def __init__(self, work: Work, files: "ray.ObjectRef[pa.Table]", ledger: Asked) -> None:
        """`files` is the whole list, which the workers of one machine share."""
        import ray  # not above: see ml.batch.cluster

        self.work, self.ledger = work, ledger
        self.paths = ray.get(files)["path"]
        self.engine, self.detector = load_engine(work.checkpoint), load_detector(work.yunet)

    def __call__(self, asked: pa.Table) -> pa.Table:
        """The shards of these numbers, each as a row of DONE."""
        rows = [self.shard(number) for number in asked["shard"].to_pylist()]
        return pa.Table.from_pylist(rows, schema=DONE)

    def shard(self, number: int) -> dict[str, Any]:
        """A row of DONE: the shard's two tables, as Parquet files."""
        failures: list[Failure] = []
        sightings = self._sightings(number, failures)
        found = list[Answer]()
        for batch in batches(sightings, lambda one: len(one[1].crops), FACES):
            found += answers(batch, self.engine)
        return {
            "shard": number,
            "faces": as_parquet(faces_table(found, self.engine.attributes)),
            "unreadable": as_parquet(unreadable_table(failures)) if failures else None,
        }

    def _sightings(self, number: int, failures: list[Failure]) -> Iterator[tuple[str, Sighting]]:
        """What each file of a shard shows. One that cannot be read is added to `failures`."""
        is_safe = self._safety(number)
        for path, content in self._contents(number):
            name = name_of(self.work.source, path)
            try:
                if not is_safe(path):
                    raise Unreadable(DIED)
                yield name, find_and_crop(open_picture(_opened(content)), self.detector)
            except Unreadable as error:
                failures.append(Failure(name, str(error)))

    def _safety(self, number: int) -> Callable[[bytes], bool]:
        """Tells whether to look at a file. Asking costs time, so all are safe at first."""
        if not self.ledger.begin(number):
            return lambda path: True
        return lambda path: self.ledger.ask(number, path)

    def _contents(self, number: int) -> Iterator[tuple[bytes, bytes | OSError]]:
        paths = self.paths.slice(number * self.work.shard, self.work.shard).to_pylist()
        with Ahead(paths, self._read, threads=READERS, most=2 * READERS) as contents:
            yield from zip(paths, contents, strict=True)

    def _read(self, path: bytes) -> bytes | OSError:
        try:
            return self.work.source.read(path)
        except OSError as error:
            return error


def _opened(content: bytes | OSError) -> BytesIO:
    if isinstance(content, OSError):
        raise Unreadable(str(content)) from content
    return BytesIO(content)
