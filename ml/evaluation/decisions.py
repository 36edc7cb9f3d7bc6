"""From probabilities to decisions: yes, no or unsure by two thresholds, or one bit by one point.

All are fitted for each attribute on the valid partition. What they promise holds for its faces, and
for those of other people as far as these resemble them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ml.evaluation.metrics import HALF

MINIMUM_PRECISION_OF_YES = 0.85
# Most attributes are rare, so most faces are a no: a no is held to a higher precision than a yes.
MINIMUM_PRECISION_OF_NO = 0.95
LOWEST, HIGHEST = 0.1, 0.9  # limits of both thresholds, for attributes that reach neither precision
SMALLEST_GROUP = 20  # a precision measured on fewer faces says too little
# How sure a precision must be. The next one is taken if more than LARGEST_UNSURE would be unsure.
CONFIDENCES = (0.95, 0.9, 0.8, 0.5)
LARGEST_UNSURE = 0.2  # share of all answers
# The mean precision of all attributes counts as this many faces of each one. It outweighs the few
# faces of a rare attribute, and hardly moves a common one.
SHARED_FACES = 40
LARGEST_FALL = 0.005  # of accuracy, from the point 0.5 to the one that is best for F1
# Hundredths: finer ones would fit the noise of the valid partition.
POINTS = np.arange(5, 96) / 100


@dataclass(frozen=True)
class Thresholds:
    """At or above `yes` the answer is yes, below `no` it is no, in between it is unsure."""

    yes: float
    no: float


@dataclass(frozen=True)
class FittedThresholds:
    """The thresholds of A attributes, how sure their precisions are, and what share is unsure."""

    by_attribute: list[Thresholds]
    confidence: float
    unsure: float


@dataclass(frozen=True)
class Promise:
    """How many attributes give an answer, for how many it is right often enough; what is unsure."""

    yes_given: int
    yes_kept: int
    no_given: int
    no_kept: int
    unsure: float

    def __str__(self) -> str:
        parts = (
            f"yes is right in {100 * MINIMUM_PRECISION_OF_YES:.0f} % or more for "
            f"{self.yes_kept} of {self.yes_given} attributes that give it",
            f"no in {100 * MINIMUM_PRECISION_OF_NO:.0f} % or more for "
            f"{self.no_kept} of {self.no_given}",
            f"{100 * self.unsure:.1f} % of the answers are unsure",
        )
        return "; ".join(parts)


def fit_thresholds(probabilities: np.ndarray, targets: np.ndarray) -> FittedThresholds:
    """The narrowest band of unsure, per attribute, whose yes and no surely reach their precision.

    Takes (N, A) probabilities and targets. `yes` is the lowest threshold from 0.5 up at which the
    precision of yes is at least MINIMUM_PRECISION_OF_YES, `no` the highest from 0.5 down at which
    that of no is at least MINIMUM_PRECISION_OF_NO, both by their lower confidence bounds. If no
    threshold is sure enough, it is the end of the range.
    """
    targets = targets.astype(bool)
    for confidence in CONFIDENCES:
        thresholds = _fit(probabilities, targets, NormalDist().inv_cdf(confidence))
        unsure = measure_promise(probabilities, targets, thresholds).unsure
        if unsure <= LARGEST_UNSURE:
            break
    return FittedThresholds(thresholds, confidence, unsure)


def _fit(probabilities: np.ndarray, targets: np.ndarray, deviations: float) -> list[Thresholds]:
    above = np.arange(50, round(100 * HIGHEST) + 1) / 100
    below = np.arange(50, round(100 * LOWEST) - 1, -1) / 100
    said_yes = (probabilities >= cut for cut in above)
    said_no = (probabilities < cut for cut in below)
    yes = _precise(said_yes, targets, MINIMUM_PRECISION_OF_YES, deviations)
    no = _precise(said_no, ~targets, MINIMUM_PRECISION_OF_NO, deviations)
    return [
        Thresholds(yes=float(high), no=float(low))
        for high, low in zip(_first(above, yes), _first(below, no), strict=True)
    ]


def _first(cuts: np.ndarray, is_enough: np.ndarray) -> np.ndarray:
    """(A,) the first of (T,) cuts for which (T, A) says so, else the last one."""
    found: np.ndarray = np.where(is_enough.any(0), cuts[is_enough.argmax(0)], cuts[-1])
    return found


def _precise(
    said: Iterable[np.ndarray], is_right: np.ndarray, minimum: float, deviations: float
) -> np.ndarray:
    """(T, A) whether an answer is surely precise enough where it is `said`: T masks of (N, A).

    Each attribute's precision is drawn towards the mean of all, as if SHARED_FACES of its faces had
    that one.
    """
    tallies = np.array([(each.sum(0), (each & is_right).sum(0)) for each in said])  # (T, 2, A)
    counts, hits = tallies[:, 0], tallies[:, 1]
    shares = np.ma.masked_invalid(hits / np.where(counts, counts, np.nan))
    shared = shares.mean(axis=1, keepdims=True).filled(0.0)  # (T, 1)
    bounds = lower_bound(hits + SHARED_FACES * shared, counts + SHARED_FACES, deviations)
    enough: np.ndarray = (counts >= SMALLEST_GROUP) & (bounds >= minimum)
    return enough


def lower_bound(hits: np.ndarray, counts: np.ndarray, deviations: float) -> np.ndarray:
    """The lower end of the interval of a share (Wilson 1927), so many standard deviations wide."""
    share, spread = hits / counts, deviations**2 / counts
    bound: np.ndarray = (
        share + spread / 2 - np.sqrt(spread * (share * (1 - share) + spread / 4))
    ) / (1 + spread)
    return bound


def measure_promise(
    probabilities: np.ndarray, targets: np.ndarray, thresholds: Sequence[Thresholds]
) -> Promise:
    """What the thresholds promise, counted on (N, A) probabilities and targets."""
    said_yes = probabilities >= np.array([each.yes for each in thresholds])
    said_no = probabilities < np.array([each.no for each in thresholds])
    of_yes = _precisions(said_yes, targets.astype(bool))
    of_no = _precisions(said_no, ~targets.astype(bool))
    return Promise(
        yes_given=len(of_yes),
        yes_kept=int((of_yes >= MINIMUM_PRECISION_OF_YES).sum()),
        no_given=len(of_no),
        no_kept=int((of_no >= MINIMUM_PRECISION_OF_NO).sum()),
        unsure=float(1 - (said_yes | said_no).mean()),
    )


def _precisions(given: np.ndarray, is_right: np.ndarray) -> np.ndarray:
    """The shares of right answers of those attributes that give one."""
    counts = given.sum(0)
    precisions: np.ndarray = (given & is_right).sum(0)[counts > 0] / counts[counts > 0]
    return precisions


def fit_decision_points(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(A,) the points from which on a yes gives the highest F1, at nearly the accuracy of 0.5.

    Takes (N, A) calibrated probabilities and targets. Half of what counts as true is the label,
    half the probability: for a rare attribute the labels alone are few. Accuracy, by the labels and
    by this mean, may fall by LARGEST_FALL.
    """
    labels = targets.astype(float)
    truth = (labels + probabilities) / 2

    def measure(point: float) -> tuple[np.ndarray, ...]:
        said = probabilities >= point
        return _f1(said, truth), _accuracy(said, labels), _accuracy(said, truth)

    values = np.array([measure(point) for point in POINTS])  # (T, 3, A)
    least = np.array(measure(HALF)[1:]) - LARGEST_FALL
    is_allowed = (values[:, 1:] >= least).all(1)
    points: np.ndarray = POINTS[np.where(is_allowed, values[:, 0], -1.0).argmax(0)]
    return points


def _f1(said: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(A,) F1 of (N, A) answers; 0 where there is no yes at all."""
    f1: np.ndarray = 2 * (said * truth).sum(0) / np.maximum(said.sum(0) + truth.sum(0), 1e-9)
    return f1


def _accuracy(said: np.ndarray, truth: np.ndarray) -> np.ndarray:
    accuracy: np.ndarray = np.where(said, truth, 1 - truth).mean(0)
    return accuracy
