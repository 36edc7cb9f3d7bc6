"""The average of the weights over the last steps, which does better than the weights themselves."""

import torch
from torch import nn


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, *, step: int, decay: float) -> None:
    """Move an exponential moving average one step toward the model.

    The decay rises to its final value. With a fixed one of 0.998 the average still held 55 % of the
    random initial weights after 300 steps.
    """
    rate = 1 - min(decay, (1 + step) / (10 + step))
    averages: list[torch.Tensor] = list(average.parameters())
    torch._foreach_lerp_(averages, list[torch.Tensor](model.parameters()), rate)
    for kept, value in zip(average.buffers(), model.buffers(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(value, rate)
        else:
            kept.copy_(value)
