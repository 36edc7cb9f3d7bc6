"""Calibration: temperatures that are fitted on the valid partition."""

import numpy as np

COLDEST, HOTTEST = 1 / 3, 3.0  # limits of temperatures: for answers without a mistake the best is 0
FEWEST_TO_FIT = 20  # of the rarer answer, to fit a temperature on
HALVINGS = 30  # leave 1e-9 of the range of inverse temperatures


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
