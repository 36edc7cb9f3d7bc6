"""What people take away: faces as the rows of a CSV file."""

from collections.abc import Iterator
from typing import Any

from gallery.filters import DECIMALS, decide
from gallery.querysets import FaceQuerySet
from ml.attributes import FIELDS, NAMES
from ml.models import ModelVersion

CHUNK = 1000  # rows fetched at a time
TEXTS = (
    *("photo__uuid", "photo__original_name", "uuid", "detector"),
    *("model_version__name", "model_version__sha256"),
)
REALS = ("x", "y", "w", "h", "score", *FIELDS)
HEADER = (
    *("photo", "file", "face", "x", "y", "w", "h", "detector", "score", "model"),
    *NAMES,
    *(f"{name}_decision" for name in NAMES),
)


def csv_rows(faces: FaceQuerySet, version: ModelVersion | None) -> Iterator[list[Any]]:
    """The header, then a row for each face, read little by little.

    The decisions are what `version` says of the probabilities: empty when there is none.
    """
    yield list(HEADER)
    thresholds = [version.thresholds_of(name) for name in NAMES] if version else []
    for row in faces.values_list(*TEXTS, *REALS).iterator(chunk_size=CHUNK):
        photo, file, face, detector, model, sha256 = row[: len(TEXTS)]
        x, y, w, h, score, *probabilities = (round(v, DECIMALS) for v in row[len(TEXTS) :])
        decisions = map(decide, probabilities, thresholds) if version else [""] * len(NAMES)
        yield [
            *(photo, _as_text(file), face, x, y, w, h, detector, score),
            _as_text(f"{model} ({sha256[:8]})"),
            *probabilities,
            *decisions,
        ]


def _as_text(name: str) -> str:
    """The name, with an apostrophe before what a spreadsheet would run as a formula."""
    is_formula = name.lstrip().startswith(("=", "+", "-", "@")) or name.startswith(
        ("\t", "\r", "\n")
    )
    return f"'{name}" if is_formula else name
