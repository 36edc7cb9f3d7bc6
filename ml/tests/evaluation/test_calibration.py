import numpy as np
import pytest

from ml.attributes import NAMES
from ml.evaluation.calibration import (
    HIGHEST,
    LOWEST,
    apply_temperatures,
    fit_temperatures,
    fit_thresholds,
)


def fit(probabilities: np.ndarray, targets: np.ndarray):
    width = (1, len(NAMES))
    return fit_thresholds(np.tile(probabilities[:, None], width), np.tile(targets[:, None], width))[
        "Smiling"
    ]


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


def overconfident(factor: float, faces: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose logits are `factor` times what they should be, and targets."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (faces, 40))
    targets = random.random((faces, 40)) < 1 / (1 + np.exp(-logits))
    return 1 / (1 + np.exp(-factor * logits)), targets


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.5])
def test_the_temperature_undoes_wrong_confidence(factor):
    probabilities, targets = overconfident(factor)

    temperatures = fit_temperatures(probabilities, targets)

    assert temperatures.mean() == pytest.approx(factor, rel=0.03)


def test_a_temperature_moves_no_decision():
    probabilities, targets = overconfident(1.5)

    calibrated = apply_temperatures(probabilities, fit_temperatures(probabilities, targets))

    assert ((calibrated >= 0.5) == (probabilities >= 0.5)).all()


def test_an_attribute_with_few_examples_keeps_its_probabilities():
    probabilities, targets = overconfident(1.5, faces=100)
    targets[:] = False
    targets[:3] = True

    assert (fit_temperatures(probabilities, targets) == 1).all()
