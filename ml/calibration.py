"""Thresholds: where a probability becomes yes, no or unsure. Fitted on the valid partition only."""

from dataclasses import dataclass

import numpy as np

from ml.attributes import NAMES

WANTED_PRECISION = 0.85  # of the faces called yes, so many are
WANTED_NEGATIVE_PREDICTIVE_VALUE = 0.95  # of the faces called no, so many are not
LOWEST, HIGHEST = 0.1, 0.9  # no threshold leaves this range, however few examples there were
SMALLEST_GROUP = 20  # a precision measured on fewer faces is not believed


@dataclass(frozen=True)
class Thresholds:
    """At or above `yes` it is yes, below `no` it is no, between them unsure."""

    yes: float
    no: float


def fit_thresholds(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, Thresholds]:
    """The narrowest unsure band, per attribute, that keeps the wanted share of right answers.

    Takes (N, 40) probabilities and targets. `yes` is the lowest threshold at or above 0.5 whose
    yes answers reach WANTED_PRECISION, `no` the highest at or below 0.5 whose no answers reach
    WANTED_NEGATIVE_PREDICTIVE_VALUE; where none does, the end of the range.
    """
    return {
        name: _fit(probabilities[:, a], targets[:, a].astype(bool)) for a, name in enumerate(NAMES)
    }


def _fit(probabilities: np.ndarray, targets: np.ndarray) -> Thresholds:
    def right_above(threshold: float) -> bool:
        group = targets[probabilities >= threshold]
        return len(group) >= SMALLEST_GROUP and group.mean() >= WANTED_PRECISION

    def right_below(threshold: float) -> bool:
        group = ~targets[probabilities < threshold]
        return len(group) >= SMALLEST_GROUP and (group.mean() >= WANTED_NEGATIVE_PREDICTIVE_VALUE)

    above = np.round(np.arange(0.5, HIGHEST + 0.005, 0.01), 2)
    below = np.round(np.arange(0.5, LOWEST - 0.005, -0.01), 2)
    return Thresholds(
        yes=next((float(t) for t in above if right_above(t)), HIGHEST),
        no=next((float(t) for t in below if right_below(t)), LOWEST),
    )
