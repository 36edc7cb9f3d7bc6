"""Faces as CSV, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gallery.exchange.rows import decisions_by, read_rows
from gallery.models.face import FaceQuerySet
from ml.attributes import NAMES
from ml.models import ModelVersion

HEADER = (
    "photo",
    "file",
    "face",
    "x",
    "y",
    "w",
    "h",
    "angle",
    "detector",
    "score",
    "model",
    *NAMES,
    *(f"{name}_decision" for name in NAMES),
    "corrections",
    "taken",  # the last: earlier exports end before it
)


# Spreadsheets take the full-width forms for the others.
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def csv_rows(faces: FaceQuerySet, version: ModelVersion | None) -> Iterator[list[Any]]:
    """The header, then a row for each face, read a chunk at a time.

    The decisions follow from the thresholds of `version`; without one they are empty.
    """
    yield list(HEADER)
    decisions = decisions_by(version)
    for row in read_rows(faces):
        decided: Sequence[str] = decisions(row.probabilities) or [""] * len(NAMES)
        yield [
            row.photo,
            as_text(row.file),
            row.face,
            row.x,
            row.y,
            row.w,
            row.h,
            row.angle,
            row.detector,
            row.score,
            as_text(row.model_name),
            *row.probabilities,
            *decided,
            row.corrections(),
            row.taken or "",
        ]


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The rows as lines of a CSV file."""
    writer = csv.writer(_Echo())
    return map(writer.writerow, rows)


def csv_line(*row: Any) -> str:
    """One line of a CSV file."""
    (line,) = csv_lines([row])
    return line


class _Echo:
    """A file for csv.writer whose `write` returns the line, so that it can be streamed."""

    def write(self, line: str) -> str:
        return line


def as_text(name: str) -> str:
    """The name, after an apostrophe if a spreadsheet would otherwise run it as a formula."""
    is_formula = name.lstrip().startswith(FORMULA)
    return f"'{name}" if is_formula or name.startswith(("\t", "\r", "\n")) else name
