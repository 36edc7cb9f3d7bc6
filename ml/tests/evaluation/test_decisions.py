import numpy as np
import pytest

from ml.evaluation.decisions import (
    HIGHEST,
    LARGEST_FALL,
    LARGEST_UNSURE,
    LOWEST,
    MINIMUM_PRECISION_OF_YES,
    Thresholds,
    fit_decision_points,
    fit_thresholds,
    lower_bound,
    measure_promise,
)


def fit(probabilities: np.ndarray, targets: np.ndarray) -> Thresholds:
    """The thresholds of one attribute."""
    return fit_thresholds(probabilities[:, None], targets[:, None]).by_attribute[0]


def test_a_model_that_knows_leaves_nothing_unsure():
    probabilities = np.linspace(0, 1, 1000)

    thresholds = fit(probabilities, probabilities > 0.5)

    assert thresholds.yes == thresholds.no == 0.5


def test_a_model_that_guesses_is_unsure_of_nearly_everything():
    rng = np.random.default_rng(0)

    thresholds = fit(rng.random(1000), rng.random(1000) > 0.5)

    assert (thresholds.yes, thresholds.no) == (HIGHEST, LOWEST)


def test_a_calibrated_model_says_yes_where_it_is_mostly_right():
    rng = np.random.default_rng(0)
    probabilities = rng.random(20_000)

    thresholds = fit(probabilities, rng.random(20_000) < probabilities)

    assert 0.6 < thresholds.yes < 0.8
    assert thresholds.no <= 0.2


def calibrated(faces: int, attributes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that say how often the targets are so; most are near 0 or 1."""
    random = np.random.default_rng(seed)
    probabilities = random.beta(0.15, 0.3, (faces, attributes))
    return probabilities, random.random((faces, attributes)) < probabilities


def test_what_a_few_faces_promise_holds_on_others():
    fitted = fit_thresholds(*calibrated(faces=400, attributes=200))

    promise = measure_promise(*calibrated(20_000, 200, seed=1), fitted.by_attribute)

    assert promise.yes_given == promise.no_given == 200
    assert promise.yes_kept > 180
    assert promise.no_kept > 180


def test_as_many_right_answers_say_less_of_a_rare_attribute():
    # Nine of ten are right among 20 of one, and among 2,000 of the other.
    counts = np.array([20, 2000])

    rare, common = lower_bound(0.9 * counts, counts, 1.645)

    assert rare < MINIMUM_PRECISION_OF_YES < common
    assert (rare, common) == pytest.approx((0.7383, 0.8884), abs=1e-4)


def test_where_too_much_would_be_unsure_the_confidence_gives_way():
    random = np.random.default_rng(0)
    probabilities = random.random((300, 20))  # a third is between 0.35 and 0.65
    targets = random.random((300, 20)) < probabilities

    unsure = fit_thresholds(probabilities, targets)

    assert fit_thresholds(*calibrated(2000, 20)).confidence == 0.95
    assert unsure.confidence == 0.5
    assert unsure.unsure > LARGEST_UNSURE


def test_a_promise_is_counted_for_the_attributes_that_give_the_answer():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.5, 0.1], [0.1, 0.1]])
    targets = np.array([[1, 0], [0, 0], [1, 0], [0, 0]])

    promise = measure_promise(probabilities, targets, [Thresholds(yes=0.8, no=0.2)] * 2)

    assert (promise.yes_kept, promise.yes_given) == (0, 1)
    assert (promise.no_kept, promise.no_given) == (2, 2)
    assert promise.unsure == 1 / 8
    assert "right in 85 % or more for 0 of 1 attributes" in str(promise)


def test_a_decision_point_finds_more_of_what_is_rare_at_hardly_any_cost():
    random = np.random.default_rng(0)
    probabilities = random.beta(0.3, 3, (4000, 1))
    targets = random.random((4000, 1)) < probabilities

    (point,) = fit_decision_points(probabilities, targets)

    def f1(at: float) -> float:
        said = probabilities >= at
        return 2 * (said & targets).sum() / (said.sum() + targets.sum())

    def accuracy(at: float) -> float:
        return float(((probabilities >= at) == targets).mean())

    assert point < 0.5
    assert f1(point) > f1(0.5) + 0.03
    assert accuracy(point) >= accuracy(0.5) - LARGEST_FALL
    assert f1(point - 0.1) > f1(point)  # accuracy, too, decides


def test_an_attribute_that_nobody_has_has_a_decision_point_too():
    probabilities = np.full((50, 1), 0.01)

    assert 0 < fit_decision_points(probabilities, np.zeros((50, 1)))[0] < 1
