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

Row = dict[str, float]


def is_best(history: list[Row]) -> bool:
    """Whether the last epoch has the lowest valid loss so far."""
    return history[-1]["valid_loss"] == min(row["valid_loss"] for row in history)


def is_stalled(history: list[Row], patience: int) -> bool:
    """Whether the valid loss has not improved for `patience` epochs; never for 0."""
    if not patience or not history:
        return False
    losses = [row["valid_loss"] for row in history]
    return len(losses) - 1 - losses.index(min(losses)) >= patience


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
