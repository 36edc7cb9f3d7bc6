"""Calibration, and thresholds for yes, no and unsure. Both are fitted on the valid partition."""

from dataclasses import dataclass

import numpy as np

from ml.attributes import NAMES

MINIMUM_PRECISION_OF_YES = 0.85
# Most attributes are rare, so most faces are a no: a no is held to a higher precision than a yes.
MINIMUM_PRECISION_OF_NO = 0.95
LOWEST, HIGHEST = 0.1, 0.9  # limits of both thresholds, for attributes that reach neither precision
SMALLEST_GROUP = 20  # a precision measured on fewer faces says too little
COLDEST, HOTTEST = 1 / 3, 3.0  # limits of temperatures: for answers without a mistake the best is 0
FEWEST_TO_FIT = 20  # of the rarer answer, to fit a temperature on
HALVINGS = 30  # leave 1e-9 of the range of inverse temperatures


@dataclass(frozen=True)
class Thresholds:
    """At or above `yes` the answer is yes, below `no` it is no, in between it is unsure."""

    yes: float
    no: float


def fit_thresholds(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, Thresholds]:
    """The narrowest band of unsure, per attribute, whose yes and no reach their precision.

    Takes (N, 40) probabilities and targets. `yes` is the lowest threshold from 0.5 up at which yes
    reaches MINIMUM_PRECISION_OF_YES; `no` is the highest from 0.5 down at which no reaches
    MINIMUM_PRECISION_OF_NO. If no threshold does, it is the end of the range.
    """
    return {
        name: _fit(probabilities[:, a], targets[:, a].astype(bool)) for a, name in enumerate(NAMES)
    }


def _fit(probabilities: np.ndarray, targets: np.ndarray) -> Thresholds:
    def right_above(threshold: float) -> bool:
        group = targets[probabilities >= threshold]
        return len(group) >= SMALLEST_GROUP and group.mean() >= MINIMUM_PRECISION_OF_YES

    def right_below(threshold: float) -> bool:
        group = ~targets[probabilities < threshold]
        return len(group) >= SMALLEST_GROUP and (group.mean() >= MINIMUM_PRECISION_OF_NO)

    # Hundredths: finer ones would fit the noise of the valid partition.
    above = np.round(np.arange(0.5, HIGHEST + 0.005, 0.01), 2)
    below = np.round(np.arange(0.5, LOWEST - 0.005, -0.01), 2)
    return Thresholds(
        yes=next((float(t) for t in above if right_above(t)), HIGHEST),
        no=next((float(t) for t in below if right_below(t)), LOWEST),
    )


def fit_temperatures(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(40,) temperatures that minimize the log loss of each attribute (Guo et al. 2017).

    Takes (N, 40) probabilities and targets. Logits are divided by the temperature, which leaves the
    decisions at 0.5 as they are. It is 1 if either answer has fewer than FEWEST_TO_FIT faces.
    """
    targets = targets.astype(bool)
    logits = _logits(probabilities)
    signed = np.where(targets, logits, -logits)  # (N, 40): positive if the decision is right
    # The loss is convex in the inverse temperature, so bisection of its slope finds the minimum.
    low, high = np.full(signed.shape[1], 1 / HOTTEST), np.full(signed.shape[1], 1 / COLDEST)
    for _ in range(HALVINGS):
        inverse = (low + high) / 2
        falls = (signed * _sigmoid(-inverse * signed)).mean(0) > 0
        low, high = np.where(falls, inverse, low), np.where(falls, high, inverse)
    positives = targets.sum(0)
    is_known = np.minimum(positives, len(targets) - positives) >= FEWEST_TO_FIT
    temperatures: np.ndarray = np.where(is_known, 2 / (low + high), 1.0)
    return temperatures


def apply_temperatures(probabilities: np.ndarray, temperatures: np.ndarray) -> np.ndarray:
    """(N, 40) probabilities after dividing their logits by (40,) temperatures."""
    return _sigmoid(_logits(probabilities) / temperatures)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    # Cannot overflow: the clip below keeps |logits| under 17, and temperatures under 50.
    probabilities: np.ndarray = 1 / (1 + np.exp(-logits))
    return probabilities


def _logits(probabilities: np.ndarray) -> np.ndarray:
    inside = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    logits: np.ndarray = np.log(inside) - np.log1p(-inside)
    return logits
