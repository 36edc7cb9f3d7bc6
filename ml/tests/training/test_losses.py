import numpy as np
import pytest
import torch

from ml.training.losses import LOSSES, binary_accuracy, make_loss

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [-3.0, 0.0, 4.0]])
TARGETS = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])


def by_hand(name: str) -> np.ndarray:
    """The formulas of the papers, spelled out with probabilities."""
    p, y = LOGITS.double().sigmoid().numpy(), TARGETS.numpy()
    yes, no = np.log(p), np.log(1 - p)
    if name == "focal":
        yes, no = (1 - p) ** 2 * yes, p**2 * no
    if name == "asymmetric":
        shifted = np.maximum(p - 0.05, 0)
        no = shifted**4 * np.log(1 - shifted)
    return -(y * yes + (1 - y) * no).mean(1)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_the_papers_formula(name):
    assert make_loss(name)(LOGITS, TARGETS).numpy() == pytest.approx(by_hand(name), rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_extreme_logits_give_finite_losses_and_gradients(name):
    logits = torch.tensor([[100.0, -100.0, 100.0, -100.0]], requires_grad=True)

    loss = make_loss(name)(logits, torch.tensor([[1.0, 0.0, 0.0, 1.0]]))
    loss.sum().backward()

    assert loss.isfinite().all()
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("name", LOSSES)
def test_an_unknown_target_costs_nothing_and_teaches_nothing(name):
    logits = LOGITS.clone().requires_grad_()
    targets = torch.tensor([[1.0, torch.nan, 1.0], [torch.nan, 1.0, torch.nan]])
    unknown = targets.isnan()

    make_loss(name, label_smoothing=0.1)(logits, targets).sum().backward()

    known = LOGITS.clone().requires_grad_()
    make_loss(name, label_smoothing=0.1)(known, TARGETS).sum().backward()
    assert (logits.grad[unknown] == 0).all()
    assert torch.equal(logits.grad[~unknown], known.grad[~unknown])  # no more weight than ever


def test_what_is_right_is_a_share_of_what_is_known():
    targets = torch.tensor([[1.0, torch.nan, 0.0], [torch.nan, torch.nan, torch.nan]])

    assert binary_accuracy(LOGITS, targets).tolist() == [0.5, 0]


def test_label_smoothing_makes_certainty_cost():
    sure = torch.tensor([[9.0]])

    plain, smooth = (
        make_loss("bce", label_smoothing=share)(sure, torch.ones(1, 1)) for share in (0, 0.1)
    )

    assert smooth > plain + 0.4


def test_a_weight_multiplies_the_yes_alone():
    weights = torch.tensor([3.0, 3.0, 3.0])
    yes, no = torch.ones(1, 3), torch.zeros(1, 3)
    plain, weighted = make_loss("bce"), make_loss("bce", positive_weights=weights)

    assert weighted(LOGITS[:1], yes) == pytest.approx(3 * plain(LOGITS[:1], yes))
    assert weighted(LOGITS[:1], no) == pytest.approx(plain(LOGITS[:1], no))


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="one of bce, focal, asymmetric"):
        make_loss("hinge")
