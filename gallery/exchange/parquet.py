"""Faces as a Parquet file: a table with types, for pandas, Polars, DuckDB or Spark.

It needs pyarrow, which is in requirements-parquet.txt. A site that never writes one never loads it.
"""

from collections.abc import Iterator
from io import RawIOBase
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from gallery.exchange.card import Card
from gallery.exchange.json_lines import as_line
from gallery.exchange.rows import Decide, FaceRow, decisions_by, read_rows
from gallery.models.face import FaceQuerySet
from ml.attributes import NAMES

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 2000  # in a row group, which is held in memory
CARD = "card"  # key in the file's metadata
SAME = (  # columns that are named like the fields of FaceRow
    "file",
    "x",
    "y",
    "w",
    "h",
    "angle",
    "detector",
    "score",
    "taken_offset",
    "sha256",
    "width",
    "height",
)
NOTHING = [None] * len(NAMES)


class Pieces(RawIOBase):
    """A writable file that hands out what was written."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any, /) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> Iterator[bytes]:
        """Return what was written since the last call."""
        pieces, self._pieces = self._pieces, []
        yield from pieces


def parquet_chunks(faces: FaceQuerySet, card: Card) -> Iterator[bytes]:
    """Yield the file in pieces: a row for each face, read and sent one row group at a time.

    The columns are those of the CSV file, with types: probabilities and boxes are float32,
    repeated text is a dictionary, and unknown values are null. More columns follow. The card is in
    the metadata, which comes last.
    """
    from pyarrow import parquet

    decisions, rows, out = decisions_by(card.version), read_rows(faces), Pieces()
    with parquet.ParquetWriter(out, _schema()) as writer:
        while some := list(islice(rows, ROWS)):
            for row in some:
                card.count(row)
            writer.write_table(_table(some, decisions))
            yield from out.take()
        writer.add_key_value_metadata({CARD: as_line(**card.content()).rstrip()})
    yield from out.take()


def _schema() -> "pa.Schema":
    import pyarrow as pa

    real, text = pa.float32(), pa.string()
    some = pa.dictionary(pa.int32(), text)
    utc = pa.timestamp("us", "UTC")
    columns: list[tuple[str, pa.DataType]] = [
        ("photo", text),
        ("file", text),
        ("face", text),
        *((side, real) for side in ("x", "y", "w", "h", "angle")),
        ("detector", some),
        ("score", real),
        ("model", some),
        *((name, real) for name in NAMES),
        *((f"{name}_decision", pa.dictionary(pa.int8(), text)) for name in NAMES),
        ("corrections", text),
        ("taken", pa.timestamp("us")),  # by the camera's clock, without a zone
        ("taken_offset", pa.int16()),
        ("uploaded", utc),
        ("sha256", text),
        ("width", pa.int32()),
        ("height", pa.int32()),
        *((f"{name}_answer", pa.bool_()) for name in NAMES),
        ("answered", utc),
    ]
    return pa.schema(columns)


def _table(rows: list[FaceRow], decisions: Decide) -> "pa.Table":
    import pyarrow as pa

    schema = _schema()
    columns = {**_facts(rows), **_attributes(rows, decisions)}
    arrays = [pa.array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _facts(rows: list[FaceRow]) -> dict[str, list[Any]]:
    """What is known of each face besides its attributes, by column."""
    return {
        **{name: [getattr(row, name) for row in rows] for name in SAME},
        "photo": [str(row.photo) for row in rows],
        "face": [str(row.face) for row in rows],
        "model": [row.model_name for row in rows],
        "corrections": [row.corrections() for row in rows],
        "taken": [row.taken_at for row in rows],
        "uploaded": [row.uploaded_at for row in rows],
        "answered": [max((answer.at for answer in row.answers), default=None) for row in rows],
    }


def _attributes(rows: list[FaceRow], decisions: Decide) -> dict[str, Any]:
    """The 40 probabilities, decisions and answers, by column."""
    probabilities = np.array([row.probabilities for row in rows], dtype=np.float32)  # (N, 40)
    decided = [decisions(row.probabilities) or NOTHING for row in rows]
    answers = [{answer.attribute: answer.is_yes for answer in row.answers} for row in rows]
    columns: dict[str, Any] = {}
    for place, name in enumerate(NAMES):
        columns[name] = probabilities[:, place]
        columns[f"{name}_decision"] = [each[place] for each in decided]
        columns[f"{name}_answer"] = [given.get(name) for given in answers]
    return columns
