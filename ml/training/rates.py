"""A learning-rate range test (Smith 2017): a few steps at growing rates, before a run.

The loss falls while the rate is sensible, and rises when it is too high.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ml.evaluation.plots import plot_rates
from ml.files import replacing_file
from ml.training.trainer import Trainer

STEPS = 200
LOWEST, HIGHEST = 1e-5, 1.0
SMOOTHING = 0.9  # of the losses, whose batches differ
DIVERGED = 2.0  # times the lowest smoothed loss: here the test ends
# Of the rate with the lowest loss: there the loss is about to rise, and a run stays near its
# highest rate for long. fastai's lr_find has the same rule.
SHARE = 0.1


def find_rate(trainer: Trainer, folder: Path) -> str:
    """Try rates, and write `rates.csv` and `rates.png` into the folder.

    This spoils the trainer's network. All processes of a group call it; only the main one writes.

    Returns:
        What it suggests, in a line for the user.

    Raises:
        FloatingPointError: there is no finite loss at the lowest rates.
        OSError: the folder cannot be written.
    """
    rates = np.geomspace(LOWEST, HIGHEST, STEPS).tolist()
    losses, smoothed = _until_diverged(trainer.try_rates(rates))
    if not losses:
        raise FloatingPointError(f"the loss is not finite at a learning rate of {LOWEST:g}")
    tried = rates[: len(losses)]
    suggested = SHARE * tried[int(np.argmin(smoothed))]
    if trainer.group.is_main:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "rates.csv", zip(tried, losses, smoothed, strict=True))
        plot_rates(tried, losses, smoothed, suggested, folder)
    return (
        f"{folder / 'rates.csv'}: {len(losses)} steps up to {tried[-1]:.2g}; "
        f"try --learning-rate {suggested:.1g}"
    )


def _until_diverged(found: Iterable[float]) -> tuple[list[float], list[float]]:
    """Losses and their smoothed course, as far as they are finite and not far above the lowest."""
    losses: list[float] = []
    smoothed: list[float] = []
    average = 0.0
    for loss in found:
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        unbiased = average / (1 - SMOOTHING ** (len(losses) + 1))  # the average began at 0
        if not np.isfinite(loss) or unbiased > DIVERGED * min(smoothed, default=unbiased):
            break
        losses.append(loss)
        smoothed.append(unbiased)
    return losses, smoothed


def _write(file: Path, rows: Iterable[tuple[float, float, float]]) -> None:
    with replacing_file(file) as partial, partial.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(("learning_rate", "loss", "smoothed_loss"))
        writer.writerows([f"{value:.6g}" for value in row] for row in rows)
