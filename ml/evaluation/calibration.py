"""Calibration, and thresholds: where a probability becomes yes, no or unsure.

Both are fitted on the valid partition only.
"""

from dataclasses import dataclass

import numpy as np

from ml.attributes import NAMES

WANTED_PRECISION = 0.85  # of the faces called yes, so many are
WANTED_NEGATIVE_PREDICTIVE_VALUE = 0.95  # of the faces called no, so many are not
LOWEST, HIGHEST = 0.1, 0.9  # no threshold leaves this range, however few examples there were
SMALLEST_GROUP = 20  # a precision measured on fewer faces is not believed
COLDEST, HOTTEST = 1 / 3, 3.0  # temperatures; a set without a mistake would ask for 0
FEWEST_EXAMPLES = 20  # of each answer, for a temperature to be fitted
HALVINGS = 30  # of the range of inverse temperatures: 1e-9 of it is left


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


def fit_temperatures(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The temperature of each attribute that makes the log loss least (Guo et al. 2017): (40,).

    Takes (N, 40) probabilities and targets. Dividing a logit by it leaves decisions at 0.5 as they
    are. 1 where either answer has fewer than FEWEST_EXAMPLES faces.
    """
    targets = targets.astype(bool)
    logits = _logits(probabilities)
    signed = np.where(targets, logits, -logits)  # (N, 40): how far on the right side
    # The loss is convex in the inverse temperature: its slope is 0 once, which halving finds.
    low, high = np.full(signed.shape[1], 1 / HOTTEST), np.full(signed.shape[1], 1 / COLDEST)
    for _ in range(HALVINGS):
        inverse = (low + high) / 2
        falls = (signed * _sigmoid(-inverse * signed)).mean(0) > 0
        low, high = np.where(falls, inverse, low), np.where(falls, high, inverse)
    positives = targets.sum(0)
    is_known = np.minimum(positives, len(targets) - positives) >= FEWEST_EXAMPLES
    temperatures: np.ndarray = np.where(is_known, 2 / (low + high), 1.0)
    return temperatures


def apply_temperatures(probabilities: np.ndarray, temperatures: np.ndarray) -> np.ndarray:
    """The probabilities of (N, 40) logits divided by their attributes' temperatures (40,)."""
    return _sigmoid(_logits(probabilities) / temperatures)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    probabilities: np.ndarray = 1 / (1 + np.exp(-logits))  # |logits| < 50: see the clip below
    return probabilities


def _logits(probabilities: np.ndarray) -> np.ndarray:
    inside = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    logits: np.ndarray = np.log(inside) - np.log1p(-inside)
    return logits
