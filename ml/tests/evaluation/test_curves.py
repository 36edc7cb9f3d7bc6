import numpy as np
import pytest

from ml.evaluation.curves import make_curve, plot_curves
from ml.evaluation.metrics import Predictions, average_precision


def test_a_curve_of_a_worked_example():
    curve = make_curve(np.array([0.9, 0.8, 0.3, 0.1]), np.array([1, 0, 1, 0]))

    assert curve.found.tolist() == [0.5, 0.5, 1, 1]
    assert curve.false_alarms.tolist() == [0, 0.5, 0.5, 1]
    assert curve.precision == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])
    assert curve.area == 0.75  # of the four pairs of a yes and a no, three are in order
    assert curve.at(0.5) == 1
    assert curve.at(0.95) is None


def test_the_area_of_precision_and_recall_is_the_metric():
    random = np.random.default_rng(0)
    probabilities = random.random(200).round(1)  # with ties
    targets = random.random(200) < probabilities

    curve = make_curve(probabilities, targets)

    metric = average_precision(Predictions(probabilities[:, None], targets[:, None]))
    assert curve.average_precision == pytest.approx(metric[0])


def test_tied_probabilities_make_a_straight_line():
    assert make_curve(np.full(4, 0.5), np.array([1, 0, 1, 0])).area == 0.5


def test_an_attribute_of_one_answer_has_no_curve_and_the_rest_are_plotted(tmp_path):
    random = np.random.default_rng(0)
    targets = random.integers(0, 2, (50, 10))
    targets[:, 3] = 1
    names = [f"attribute {number}" for number in range(10)]

    plot_curves(random.random((50, 10)), targets, names, np.full(10, 0.5), tmp_path)

    assert make_curve(np.array([0.1, 0.2]), np.array([1, 1])) is None
    assert {path.name for path in tmp_path.iterdir()} == {"roc.png", "precision-recall.png"}
