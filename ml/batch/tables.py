"""The tables that a run writes: one row a face, and one row a file that could not be read."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from ml.prediction import BOX, Answer, rounded

MORE = ("angle", "score")  # of a face's box, beside BOX
UNREADABLE = pa.schema([("file", pa.string()), ("reason", pa.string())])


class Failure(NamedTuple):
    """A file that could not be read, and why."""

    file: str
    reason: str


def faces_table(answers: Sequence[Answer], attributes: Sequence[str]) -> pa.Table:
    """The rows of these faces. Numbers have the decimals that `manage.py predict` writes.

    Columns are those of its CSV, and then what its JSON has besides.
    """
    schema = pa.schema(
        [
            ("file", pa.string()),
            ("face", pa.int32()),
            *((name, pa.float64()) for name in (*BOX, *attributes, *MORE)),
            ("detector", pa.string()),
        ]
    )
    return pa.Table.from_pylist([_row(answer) for answer in answers], schema=schema)


def unreadable_table(failures: Sequence[Failure]) -> pa.Table:
    """The rows of these files."""
    return pa.Table.from_pylist([failure._asdict() for failure in failures], schema=UNREADABLE)


def as_parquet(table: pa.Table) -> bytes:
    """What a Parquet file of the table holds.

    Of four decimals, dictionaries of the values take less room than other encodings.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _row(answer: Answer) -> dict[str, Any]:
    box = rounded({side: getattr(answer.box, side) for side in (*BOX, *MORE)})
    return {
        "file": answer.file,
        "face": answer.number,
        "detector": answer.box.detector,
        **box,
        **rounded(answer.probabilities),
    }
