import numpy as np
import pytest

from ml.attributes import NAMES
from ml.evaluation import average_precision, evaluate


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
    tied = average_precision(columns(0.5, 0.5), columns(1, 0))

    assert tied[0] == 0.5


def test_an_attribute_that_nobody_has_is_left_out_of_the_means():
    targets = columns(1, 0)
    targets[:, 0] = 0

    metrics = evaluate(columns(0.9, 0.1), targets)

    assert metrics["macro_f1"] == 1
    assert metrics["per_attribute"][NAMES[0]]["average_precision"] is None
