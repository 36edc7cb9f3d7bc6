"""Optimizers and their learning rates.

AdamW, SGD, and Muon for the matrices with AdamW for everything else. Each skips its step when
`found_inf` is 1, as torch's fused optimizers do under gradient scaling. `found_inf` is a tensor, so
that the host need not wait for the device.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from ml.hardware.devices import best_dtype
from ml.training.settings import Settings

NESTEROV_MOMENTUM = {"sgd": 0.9, "muon": 0.95}  # the values that each is published with
# Coefficients of Jordan et al. 2024: five iterations bring all singular values close to 1.
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5
# The iterations cost about 30 x (shorter side)^2 x (longer side) operations a step, however small
# the batch. For the 4096 x 8192 matrix of VGG16's published head that is 1.4 times as much as all
# the rest of a step of 64 faces.
MUON_SHORT_SIDE = 1024


class Muon(torch.optim.Optimizer):
    """Momentum with orthogonal updates of matrices (Jordan et al. 2024).

    A convolution counts as the matrix (out, in x height x width). Updates are scaled by
    0.2 sqrt(max(rows, columns)), so that learning rate and decay of AdamW fit (Liu et al. 2025).
    """

    found_inf: torch.Tensor | None = None

    def __init__(self, parameters: Iterable[Any], lr: float, momentum: float) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": 0.0})

    # The closure of torch's signature is never used here, so nothing is returned.
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._step(parameter, parameter.grad, group)

    def _step(self, parameter: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        kept = 1.0 if self.found_inf is None else 1.0 - self.found_inf
        gradient = gradient.nan_to_num(0.0, 0.0, 0.0)  # 0 x NaN would still be NaN
        state["momentum"].lerp_(gradient, torch.as_tensor((1 - group["momentum"]) * kept))
        ahead = gradient.lerp(state["momentum"], group["momentum"]).flatten(1)
        update = orthogonalised(ahead) * (0.2 * max(ahead.shape) ** 0.5)
        parameter.mul_(1 - kept * group["lr"] * group["weight_decay"])
        parameter.sub_(update.view_as(parameter) * (kept * group["lr"]))


def orthogonalised(matrix: torch.Tensor) -> torch.Tensor:
    """About the nearest (semi-)orthogonal matrix, by Newton-Schulz iterations.

    In bf16 only where the hardware has it: elsewhere a product takes up to 17 times as long.
    """
    a, b, c = NEWTON_SCHULZ
    is_tall = matrix.shape[0] > matrix.shape[1]
    wide = (matrix.T if is_tall else matrix).to(best_dtype(matrix.device))
    wide = wide / (wide.norm() + 1e-7)  # the iterations converge for singular values up to 1
    for _ in range(ITERATIONS):
        gram = wide @ wide.T
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    result: torch.Tensor = (wide.T if is_tall else wide).to(matrix.dtype)
    return result


def make_optimizers(model: nn.Module, settings: Settings) -> list[torch.optim.Optimizer]:
    """The optimizers that together train all parameters of a network.

    Weight decay applies to matrices, not to vectors (biases, batch norm). With Muon, AdamW still
    trains the first convolution and the last layer, whose rows are not features, and matrices that
    are larger than MUON_SHORT_SIDE both ways. The learning rate of a group is multiplied by its
    `factor`.
    """
    trunk, head = model.get_submodule("features"), model.get_submodule("classifier")
    for_muon = _for_muon(model) if settings.optimizer == "muon" else []

    def groups(is_muon: bool) -> list[dict[str, Any]]:
        found = []
        for part, factor in ((trunk, settings.trunk_rate), (head, 1.0)):
            for is_matrix in (True, False):
                chosen = [
                    p
                    for p in part.parameters()
                    if (p.ndim > 1) == is_matrix and any(p is m for m in for_muon) == is_muon
                ]
                decay = settings.weight_decay if is_matrix else 0.0
                if chosen:
                    found.append({"params": chosen, "weight_decay": decay, "factor": factor})
        return found

    rate = settings.learning_rate
    if settings.optimizer == "sgd":
        momentum = NESTEROV_MOMENTUM["sgd"]
        sgd = torch.optim.SGD(groups(False), rate, momentum, nesterov=True, fused=True)
        # Fused SGD would allocate these in its first step, and leave noise if it skips that one.
        for parameter in model.parameters():
            sgd.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
        return [sgd]
    optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups(False), rate, fused=True)]
    if for_muon:
        optimizers.append(Muon(groups(True), rate, NESTEROV_MOMENTUM["muon"]))
    return optimizers


def _for_muon(model: nn.Module) -> list[nn.Parameter]:
    matrices = [p for p in model.parameters() if p.ndim > 1]
    return [p for p in matrices[1:-1] if min(p.flatten(1).shape) <= MUON_SHORT_SIDE]


def scheduled_rate(settings: Settings, done: float) -> float:
    """The learning rate, given the share of all steps that is done.

    It rises linearly during warmup, then follows half a cosine down to 0.
    """
    if done < settings.warmup:
        return settings.learning_rate * done / settings.warmup
    share = (done - settings.warmup) / (1 - settings.warmup)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def set_rates(optimizers: list[torch.optim.Optimizer], rate: float) -> None:
    """Set each group's learning rate: this one, times the group's factor."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
