import numpy as np
import pytest
import torch

from ml.training.imbalance import class_weights, positive_weights, sampling_weights
from ml.training.settings import Settings

TARGETS = np.array([[1, 1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]], dtype=np.uint8)


@pytest.mark.parametrize(("strength", "expected"), [(0, [1, 1, 1]), (1, [4, 2 / 3, 1])])
def test_a_yes_counts_as_much_as_the_answers_are_uneven(strength, expected):
    assert positive_weights(TARGETS, strength) == pytest.approx(expected)


def test_with_full_strength_both_answers_weigh_the_same():
    weights = positive_weights(TARGETS, 1)[:2]
    positives, negatives = TARGETS[:, :2].sum(0), (1 - TARGETS[:, :2]).sum(0)

    assert positives * weights == pytest.approx(negatives)


def test_faces_with_rare_answers_are_drawn_more_often():
    weights = sampling_weights(TARGETS, 0.5)

    assert weights.sum() == pytest.approx(1)
    assert weights.argmax() == 0
    assert weights[3] == pytest.approx(weights[4])


def test_without_strength_all_faces_are_drawn_alike():
    assert sampling_weights(TARGETS, 0) == pytest.approx([0.2] * 5)


def test_an_unknown_target_makes_no_face_rare():
    targets = torch.tensor([[1.0], [1.0], [1.0], [0.0], [torch.nan]])

    _, weights = class_weights(targets, Settings(sampling=1.0))

    assert weights[4] == pytest.approx(weights[0])
    assert weights[3] > weights[4]
