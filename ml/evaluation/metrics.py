"""How good predictions are: the one list of metrics, per attribute and over all of them.

Whoever shows metrics (evaluate_model, the model card, history.csv, the site's model page) goes
through `METRICS`. A new metric is a function here and one entry there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from ml.attributes import NAMES

CALIBRATION_BINS = 15  # as in Guo et al. 2017, so that figures can be compared
HALF = 0.5  # the decision point of a checkpoint that has none


@dataclass(frozen=True)
class Predictions:
    """(N, A) probabilities, and (N, A) bool targets. All that is derived from them is (A,).

    A probability from the decision point up is a yes; `points` is one for all attributes, or (A,).
    """

    probabilities: np.ndarray
    targets: np.ndarray
    points: float | np.ndarray = HALF

    def take(self, rows: np.ndarray) -> Self:
        """The same for the faces in these rows, each as often as it is named."""
        return replace(self, probabilities=self.probabilities[rows], targets=self.targets[rows])

    @cached_property
    def decided(self) -> np.ndarray:
        """(N, A) bool: where the answer is yes."""
        decided: np.ndarray = self.probabilities >= self.points
        return decided

    @cached_property
    def hits(self) -> np.ndarray:
        """How many faces are rightly called yes."""
        hits: np.ndarray = (self.decided & self.targets).sum(0)
        return hits

    @cached_property
    def prevalence(self) -> np.ndarray:
        """The share of faces with a yes."""
        prevalence: np.ndarray = self.targets.mean(0)
        return prevalence

    @cached_property
    def recall(self) -> np.ndarray:
        """The share of yes that is found; NaN where there is no yes."""
        with np.errstate(invalid="ignore", divide="ignore"):
            recall: np.ndarray = self.hits / self.targets.sum(0)
        return recall

    @cached_property
    def specificity(self) -> np.ndarray:
        """The share of no that is found; NaN where there is no no."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found = (~self.decided & ~self.targets).sum(0)
            specificity: np.ndarray = found / (~self.targets).sum(0)
        return specificity


@dataclass(frozen=True)
class Metric:
    """A figure for each attribute, and its mean over those for which it is defined.

    Args:
        key: its name among the metrics of one attribute.
        overall: its name among the metrics of all attributes.
        label: what people read.
        short: the same for a narrow column.
        explanation: what it says, as a phrase.
        measure: (A,) values from the predictions; NaN where it is not defined.
        lower_is_better: whether 0 is best, not 1.
        is_of_decisions: whether the decision points change it.
    """

    key: str
    overall: str
    label: str
    short: str
    explanation: str
    measure: Callable[[Predictions], np.ndarray]
    lower_is_better: bool = False
    is_of_decisions: bool = False


def accuracy(predictions: Predictions) -> np.ndarray:
    """The share of right decisions."""
    shares: np.ndarray = (predictions.decided == predictions.targets).mean(0)
    return shares


def majority(predictions: Predictions) -> np.ndarray:
    """The accuracy of always giving the more common answer."""
    shares: np.ndarray = np.maximum(predictions.prevalence, 1 - predictions.prevalence)
    return shares


def balanced_accuracy(predictions: Predictions) -> np.ndarray:
    """The mean of recall and specificity."""
    means: np.ndarray = (predictions.recall + predictions.specificity) / 2
    return means


def f1(predictions: Predictions) -> np.ndarray:
    """The harmonic mean of precision and recall; NaN unless both answers occur."""
    has_both = predictions.targets.any(0) & ~predictions.targets.all(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = 2 * predictions.hits / (predictions.decided.sum(0) + predictions.targets.sum(0))
    values: np.ndarray = np.where(has_both, means, np.nan)
    return values


def average_precision(predictions: Predictions) -> np.ndarray:
    """The mean, over the positives, of the precision at their rank; NaN unless both answers occur.

    Ties are ranked as one, as in scikit-learn's `average_precision_score`.
    """
    columns = zip(predictions.probabilities.T, predictions.targets.T, strict=True)
    return np.array([_average_precision(*column) for column in columns])


def _average_precision(probabilities: np.ndarray, targets: np.ndarray) -> float:
    positives = int(targets.sum())
    if positives in (0, len(targets)):
        return float("nan")
    order = np.argsort(-probabilities, kind="stable")
    ranked, hits = probabilities[order], np.cumsum(targets[order])
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # last of each run of ties
    precision = hits[ends] / (ends + 1)
    gained = np.diff(hits[ends], prepend=0)
    return float((precision * gained).sum() / positives)


def brier(predictions: Predictions) -> np.ndarray:
    """The mean squared distance of the probability from the target (Brier 1950)."""
    scores: np.ndarray = ((predictions.probabilities - predictions.targets) ** 2).mean(0)
    return scores


def calibration_error(predictions: Predictions) -> np.ndarray:
    """The expected calibration error, over bins of equal width.

    It is the mean distance between the stated probability of a yes and the share of yes, each bin
    weighted by its number of answers (Naeini et al. 2015; Guo et al. 2017, equation 3, there for
    the confidence in the answer given).
    """
    bins = CALIBRATION_BINS
    # A probability of exactly 1 belongs to the last bin.
    bin_of = np.minimum((predictions.probabilities * bins).astype(int), bins - 1)
    gaps = predictions.probabilities - predictions.targets
    return np.array(
        [
            np.abs(np.bincount(bin_of[:, a], gaps[:, a], minlength=bins)).sum() / len(gaps)
            for a in range(gaps.shape[1])
        ]
    )


RIGHT = "decided correctly, each attribute at its decision point"
MAJORITY = Metric(
    key="majority",
    overall="majority_accuracy",
    label="Accuracy of always saying the majority",
    short="Majority",
    explanation="What always giving the more common answer would reach",
    measure=majority,
)
METRICS = (
    Metric(
        key="accuracy",
        overall="accuracy",
        label="Accuracy",
        short="Accuracy",
        explanation=f"Share of faces {RIGHT}",
        measure=accuracy,
        is_of_decisions=True,
    ),
    MAJORITY,
    Metric(
        key="balanced_accuracy",
        overall="balanced_accuracy",
        label="Balanced accuracy",
        short="Balanced",
        explanation=f"Mean of the shares of yes and of no {RIGHT}",
        measure=balanced_accuracy,
        is_of_decisions=True,
    ),
    Metric(
        key="f1",
        overall="macro_f1",
        label="F1",
        short="F1",
        explanation="Harmonic mean of precision and recall at the decision point",
        measure=f1,
        is_of_decisions=True,
    ),
    Metric(
        key="average_precision",
        overall="mean_average_precision",
        label="Average precision",
        short="AP",
        explanation="Mean precision over all thresholds",
        measure=average_precision,
    ),
    Metric(
        key="brier",
        overall="brier",
        label="Brier score",
        short="Brier",
        explanation="Mean squared distance of the probability from the truth (lower is better)",
        measure=brier,
        lower_is_better=True,
    ),
    Metric(
        key="calibration_error",
        overall="calibration_error",
        label="Calibration error",
        short="Calibration",
        explanation="Gap between the probability and the share that is true (lower is better)",
        measure=calibration_error,
        lower_is_better=True,
    ),
)

JUDGED = tuple(metric for metric in METRICS if metric is not MAJORITY)  # those of the model itself


def evaluate(
    probabilities: np.ndarray,
    targets: np.ndarray,
    points: np.ndarray | None = None,
    names: Sequence[str] = NAMES,
) -> dict[str, Any]:
    """All metrics of (N, A) probabilities against (N, A) targets of 0 and 1.

    Over all attributes each metric is the mean of those that have one. A metric that is not defined
    is None. Recall, specificity and prevalence are given for each attribute only. Decisions are
    made at the (A,) decision points if there are any; `at_half` then has what they would be worth
    at 0.5. `names` are those of the attributes.
    """
    at_half = Predictions(probabilities, targets.astype(bool))
    predictions = at_half if points is None else replace(at_half, points=points)
    columns = {metric.key: metric.measure(predictions) for metric in METRICS} | {
        "recall": predictions.recall,
        "specificity": predictions.specificity,
        "prevalence": predictions.prevalence,
    }
    metrics: dict[str, Any] = {
        "images": len(targets),
        **{metric.overall: _mean(columns[metric.key]) for metric in METRICS},
        "per_attribute": {
            name: {key: _number(values[a]) for key, values in columns.items()}
            for a, name in enumerate(names)
        },
    }
    if points is not None:
        metrics["at_half"] = {
            metric.overall: _mean(metric.measure(at_half))
            for metric in METRICS
            if metric.is_of_decisions
        }
    return metrics


def _mean(values: np.ndarray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _number(value: float) -> float | None:
    """A JSON number, or null where the metric is not defined."""
    return None if np.isnan(value) else round(float(value), 6)
