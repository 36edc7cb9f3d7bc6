import numpy as np

from ml.attributes import NAMES
from ml.calibration import HIGHEST, LOWEST, fit_thresholds


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
