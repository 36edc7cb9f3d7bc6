import json

import numpy as np

from ml.attributes import NAMES
from ml.evaluation.fitting import decision_points, fit_answers


def answers(faces: int = 300) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    probabilities = random.beta(0.3, 0.6, (faces, len(NAMES)))
    return probabilities, (random.random(probabilities.shape) < probabilities).astype(np.uint8)


def test_the_config_says_what_was_promised_on_which_faces():
    facts = fit_answers(*answers()).facts

    promise = facts["metrics"]["promise"]
    assert (facts["metrics"]["partition"], facts["metrics"]["images"]) == ("valid", 300)
    assert promise["confidence"] <= 0.95
    assert promise["yes_kept"] <= promise["yes_given"] <= 40
    json.dumps(facts, allow_nan=False)


def test_the_main_figures_are_those_at_the_checkpoints_own_points():
    facts = fit_answers(*answers()).facts

    points = decision_points(facts)
    assert points.shape == (40,)
    assert len(set(points)) > 1
    assert facts["metrics"]["macro_f1"] > facts["metrics"]["at_half"]["macro_f1"]


def test_an_old_checkpoint_has_no_points():
    assert decision_points({}) is None
