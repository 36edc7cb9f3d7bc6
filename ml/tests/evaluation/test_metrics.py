import numpy as np
import pytest

from ml.attributes import NAMES
from ml.evaluation.metrics import (
    METRICS,
    Predictions,
    average_precision,
    calibration_error,
    evaluate,
)


def columns(*values: float) -> np.ndarray:
    """The same column of values for each of the 40 attributes."""
    return np.tile(np.array(values)[:, None], (1, len(NAMES)))


def test_the_metrics_of_a_worked_example():
    metrics = evaluate(columns(0.9, 0.8, 0.3, 0.1), columns(1, 0, 1, 0))

    assert metrics["images"] == 4
    assert metrics["accuracy"] == 0.5
    assert metrics["majority_accuracy"] == 0.5
    assert metrics["balanced_accuracy"] == 0.5
    assert metrics["macro_f1"] == 0.5
    assert metrics["mean_average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert metrics["per_attribute"]["Smiling"]["recall"] == 0.5


def test_always_saying_no_is_accurate_but_not_balanced():
    metrics = evaluate(columns(*[0.1] * 10), columns(1, *[0] * 9))

    assert metrics["accuracy"] == metrics["majority_accuracy"] == pytest.approx(0.9)
    assert metrics["balanced_accuracy"] == 0.5
    assert metrics["macro_f1"] == 0


def test_tied_probabilities_are_ranked_as_one():
    tied = average_precision(Predictions(columns(0.5, 0.5), columns(1, 0)))

    assert tied[0] == 0.5


@pytest.mark.parametrize("answer", [0, 1])
def test_an_attribute_of_one_answer_alone_is_left_out_of_the_means(answer):
    targets = columns(1, 0)
    targets[:, 0] = answer

    metrics = evaluate(columns(0.9, 0.1), targets)

    assert metrics["macro_f1"] == 1
    assert metrics["per_attribute"][NAMES[0]]["average_precision"] is None


def test_the_calibration_error_is_the_gap_between_what_is_said_and_what_is_so():
    probabilities = np.repeat([[0.9], [0.2]], 10, axis=0).repeat(40, 1)
    targets = np.zeros((20, 40), dtype=np.uint8)
    targets[:6] = 1  # of ten faces at 0.9 six are so, of ten at 0.2 none

    error = calibration_error(Predictions(probabilities, targets))

    assert error == pytest.approx(np.full(40, (0.3 * 10 + 0.2 * 10) / 20))


def test_perfect_answers_have_no_calibration_error():
    targets = np.random.default_rng(0).integers(0, 2, (50, 40))

    assert calibration_error(Predictions(targets.astype(float), targets)).max() == 0


def test_every_metric_is_measured_of_each_attribute_and_of_all():
    metrics = evaluate(columns(0.9, 0.8, 0.3, 0.1), columns(1, 0, 1, 0))

    for metric in METRICS:
        of_each = [values[metric.key] for values in metrics["per_attribute"].values()]
        assert of_each == pytest.approx([metrics[metric.overall]] * 40, abs=1e-6)


def test_each_attribute_is_decided_at_its_own_point():
    points = np.full(len(NAMES), 0.5)
    points[0] = 0.25

    metrics = evaluate(columns(0.9, 0.8, 0.3, 0.1), columns(1, 0, 1, 0), points)

    assert metrics["per_attribute"][NAMES[0]]["recall"] == 1
    assert metrics["per_attribute"][NAMES[1]]["recall"] == 0.5
    assert metrics["accuracy"] == pytest.approx((0.75 + 39 * 0.5) / 40)
    assert metrics["at_half"] == {"accuracy": 0.5, "balanced_accuracy": 0.5, "macro_f1": 0.5}
