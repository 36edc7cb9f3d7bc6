"""The history of a run: one row per epoch, written to history.csv and read from it."""

import csv
import math
from pathlib import Path

from ml.evaluation.metrics import JUDGED
from ml.files import replacing_file

HISTORY = "history.csv"
EPOCH = (  # the columns that are read; those of time and learning rate are for people
    "epoch",
    "loss",
    "accuracy",
    "valid_loss",
    *(f"valid_{metric.overall}" for metric in JUDGED),
)

# The columns that may decide which epoch is best, and whether more is better there.
BEST_BY = {
    "loss": ("valid_calibrated_loss", False),
    "map": ("valid_mean_average_precision", True),
    "accuracy": ("valid_accuracy", True),
}

Row = dict[str, float]


def is_best(history: list[Row], by: str) -> bool:
    """Whether the last epoch is the best so far; `by` is one of BEST_BY."""
    merits = [_merit(row, by) for row in history]
    return merits[-1] == max(merits)


def is_stalled(history: list[Row], patience: int, by: str) -> bool:
    """Whether no epoch of the last `patience` ones was better than all before; never for 0."""
    if not patience or not history:
        return False
    merits = [_merit(row, by) for row in history]
    return len(merits) - 1 - merits.index(max(merits)) >= patience


def _merit(row: Row, by: str) -> float:
    """How good an epoch is: more is better."""
    column, more_is_better = BEST_BY[by]
    # Snapshots of earlier versions have only the loss before temperatures. A metric is None where
    # the valid partition has no example of any attribute.
    value = row.get(column, row["valid_loss"])
    if value is None:
        return -math.inf
    return value if more_is_better else -value


def write_history(history: list[Row], folder: Path) -> None:
    """Replace the folder's history.csv with these rows."""
    try:
        with replacing_file(folder / HISTORY) as partial, partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, history[-1])
            writer.writeheader()
            writer.writerows(history)
    except OSError as error:
        raise OSError(f"{folder / HISTORY} could not be written: {error.strerror}") from error


def read_history(folder: Path) -> list[dict[str, float | None]]:
    """The rows of the folder's history.csv; none if it cannot be read.

    A value that is not a finite number becomes None: a version is usable without its curves.
    """
    try:
        with (folder / HISTORY).open(newline="") as file:
            lines = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return []
    rows = [{name: _number(line.get(name)) for name in EPOCH} for line in lines]
    return [row for row in rows if row["epoch"] is not None]


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
