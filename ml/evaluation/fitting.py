"""What a checkpoint's config says of its network's answers, fitted on the valid partition."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ml.attributes import NAMES
from ml.evaluation.calibration import apply_temperatures, fit_temperatures
from ml.evaluation.decisions import fit_decision_points, fit_thresholds, measure_promise
from ml.evaluation.metrics import evaluate
from ml.evaluation.reliability import grade_attributes


@dataclass(frozen=True)
class Fitted:
    """(N, A) calibrated probabilities of the valid faces, and what goes into config.json."""

    probabilities: np.ndarray
    facts: dict[str, Any]


def fit_answers(raw: np.ndarray, targets: np.ndarray, names: Sequence[str] = NAMES) -> Fitted:
    """Temperatures, thresholds, decision points, metrics and grades.

    Takes (N, A) probabilities that are not calibrated, targets of 0 and 1, and the attributes.
    """
    # Temperatures first: all else is about calibrated probabilities.
    temperatures = fit_temperatures(raw, targets).round(4)
    probabilities = apply_temperatures(raw, temperatures)
    fitted = fit_thresholds(probabilities, targets)
    points = fit_decision_points(probabilities, targets)
    promise = measure_promise(probabilities, targets, fitted.by_attribute)
    metrics = {
        "partition": "valid",
        **evaluate(probabilities, targets, points, names),
        "promise": {"confidence": fitted.confidence, **asdict(promise)},
    }
    facts = {
        "temperatures": dict(zip(names, temperatures.tolist(), strict=True)),
        "thresholds": dict(zip(names, map(asdict, fitted.by_attribute), strict=True)),
        "decision_points": dict(zip(names, points.tolist(), strict=True)),
        "reliability": grade_attributes(metrics),
        "metrics": metrics,
    }
    return Fitted(probabilities, facts)


def decision_points(config: dict[str, Any]) -> np.ndarray | None:
    """A checkpoint's (A,) decision points; None for an old one, which decides at 0.5."""
    points, names = config.get("decision_points"), config.get("attributes", NAMES)
    return None if points is None else np.array([points[name] for name in names])
