import numpy as np
import pytest

from ml.evaluation.calibration import apply_temperatures, fit_temperatures


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
