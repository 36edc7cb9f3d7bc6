"""How good predictions are, per attribute and over all, beside always saying the majority."""

from typing import Any

import numpy as np

from ml.attributes import NAMES

CALIBRATION_BINS = 15


def average_precision(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Average precision of each column: the mean, over the positives, of the precision at its rank.

    Takes (N, A) probabilities and (N, A) targets of 0 and 1, returns (A,); ties are ranked as one,
    as in scikit-learn's `average_precision_score`. A column of one answer alone gives nan.
    """
    return np.array(
        [_average_precision(probabilities[:, a], targets[:, a]) for a in range(targets.shape[1])]
    )


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


def calibration_error(
    probabilities: np.ndarray, targets: np.ndarray, bins: int = CALIBRATION_BINS
) -> np.ndarray:
    """Expected calibration error of each column: (N, A) probabilities, (N, A) targets -> (A,).

    Over bins of equal width, the mean distance between the probability of a yes that was said and
    the share of yes that was so, each bin weighted by the answers in it (Naeini et al. 2015; Guo
    et al. 2017, equation 3, there for the confidence in the answer given).
    """
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = probabilities - targets
    return np.array(
        [
            np.abs(np.bincount(bin_of[:, a], gaps[:, a], minlength=bins)).sum() / len(gaps)
            for a in range(gaps.shape[1])
        ]
    )


def evaluate(
    probabilities: np.ndarray, targets: np.ndarray, threshold: float = 0.5
) -> dict[str, Any]:
    """Metrics of (N, 40) probabilities against (N, 40) targets of 0 and 1.

    Balanced accuracy is the mean of recall and specificity; F1 the harmonic mean of precision and
    recall; each is taken per attribute and then averaged over the attributes that have both
    answers among the targets (over all 40 for accuracy). Brier score and calibration error are of
    the probabilities themselves: of each attribute, and over all the mean of the 40. What is not
    defined is None.
    """
    targets = targets.astype(bool)
    decided = probabilities >= threshold
    with np.errstate(invalid="ignore", divide="ignore"):
        hit = (decided & targets).sum(0)
        recall = hit / targets.sum(0)
        specificity = (~decided & ~targets).sum(0) / (~targets).sum(0)
        f1 = 2 * hit / (decided.sum(0) + targets.sum(0))
    prevalence = targets.mean(0)
    columns = {
        "accuracy": (decided == targets).mean(0),
        "majority": np.maximum(prevalence, 1 - prevalence),
        "balanced_accuracy": (recall + specificity) / 2,
        "f1": np.where(targets.any(0) & ~targets.all(0), f1, np.nan),
        "average_precision": average_precision(probabilities, targets),
        "recall": recall,
        "specificity": specificity,
        "prevalence": prevalence,
        "brier": ((probabilities - targets) ** 2).mean(0),
        "calibration_error": calibration_error(probabilities, targets),
    }
    return {
        "images": len(targets),
        "accuracy": float(columns["accuracy"].mean()),
        "majority_accuracy": float(columns["majority"].mean()),
        "balanced_accuracy": _mean(columns["balanced_accuracy"]),
        "macro_f1": _mean(columns["f1"]),
        "mean_average_precision": _mean(columns["average_precision"]),
        "brier": float(columns["brier"].mean()),
        "calibration_error": float(columns["calibration_error"].mean()),
        "per_attribute": {
            name: {metric: _number(values[a]) for metric, values in columns.items()}
            for a, name in enumerate(NAMES)
        },
    }


def _mean(values: np.ndarray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _number(value: float) -> float | None:
    """A JSON number, or null where the metric is not defined."""
    return None if np.isnan(value) else round(float(value), 6)
