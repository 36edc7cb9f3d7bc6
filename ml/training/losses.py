"""Losses for multi-label predictions: one number per face, from 40 logits and 40 targets.

A target of NaN is unknown: it adds no loss and no gradient.
"""

from collections.abc import Callable

import torch
from torch.nn import functional

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
GAMMA = 2.0  # focal loss: the value that its authors found best
# Asymmetric loss, as its authors advise: a no that is this improbable costs nothing.
GAMMA_NEGATIVE, CLIP = 4.0, 0.05
LOSSES = ("bce", "focal", "asymmetric")


def make_loss(
    name: str,
    *,
    positive_weights: torch.Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Loss:
    """The loss of that name: from (B, 40) logits and targets in [0, 1] to (B,).

    Args:
        name: "bce", "focal" or "asymmetric".
        positive_weights: (40,), the weight of a yes relative to a no; None for 1.
        label_smoothing: the share of each target that is replaced with 0.5.

    Raises:
        ValueError: there is no loss of that name.
    """
    if name not in LOSSES:
        raise ValueError(f"the loss is one of {', '.join(LOSSES)}, not {name!r}")

    def loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits = logits.float()
        targets = targets.float() * (1 - label_smoothing) + label_smoothing / 2
        known = ~targets.isnan()
        targets = targets.nan_to_num(0.0)
        yes, no = functional.logsigmoid(logits), functional.logsigmoid(-logits)
        if name == "focal":
            yes, no = _focal(yes, no)
        elif name == "asymmetric":
            no = _clipped(no)
        if positive_weights is not None:
            yes = yes * positive_weights
        # Over all 40, not the known ones: every known target then weighs the same.
        return -torch.where(known, targets * yes + (1 - targets) * no, 0.0).mean(1)

    return loss


def _focal(yes: torch.Tensor, no: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities with less weight for easy ones: (1 - p)^gamma log p (Lin et al. 2017)."""
    return (GAMMA * no).exp() * yes, (GAMMA * yes).exp() * no


def _clipped(no: torch.Tensor) -> torch.Tensor:
    """p_m^gamma log(1 - p_m) with p_m = max(p - clip, 0) (Ridnik et al. 2021)."""
    probability = ((1 - no.exp()) - CLIP).clamp(0, 1 - 1e-6)  # log(0) has no gradient
    return probability**GAMMA_NEGATIVE * torch.log1p(-probability)


def binary_accuracy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """(B,): the share of each face's known targets that the sign of its (B, 40) logits matches."""
    known = ~targets.isnan()
    right = ((logits > 0) == (targets > 0.5)) & known
    return right.sum(1) / known.sum(1).clamp(min=1)
