"""How much work a network takes, and how much the hardware can do."""

import copy
import time

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ml.hardware.devices import best_dtype, prepare

PEAK_SECONDS = 0.1  # per try: long beside the clock's resolution, short beside a run
PEAK_TRIES = 5  # the fastest counts, because other work on the machine can only slow one down
PEAK_SIDE = {"cuda": 8192, "cpu": 1024}  # of the matrices: large enough to keep all units busy


def training_flops(model: nn.Module, size: int, channels: int) -> float:
    """Floating-point operations to train on one face once: three times the forward pass.

    The backward pass computes two products, for the inputs and for the weights, where the forward
    pass computes one (Kaplan et al. 2020, section 2.1).
    """
    shadow = copy.deepcopy(model).to("meta").eval()
    with FlopCounterMode(display=False) as counter:
        shadow(torch.empty(1, channels, size, size, device="meta"))
    return 3.0 * float(counter.get_total_flops())


def measured_peak(device: torch.device) -> float:
    """Floating-point operations per second in a large matrix product: a practical upper limit."""
    prepare()  # allows TF32, as in training
    side = PEAK_SIDE[device.type]
    left, right = torch.randn(2, side, side, device=device, dtype=best_dtype(device))
    _seconds(left, right, 1)  # the first product loads libraries
    times = max(1, round(PEAK_SECONDS / _seconds(left, right, 1)))
    return 2 * side**3 * times / min(_seconds(left, right, times) for _ in range(PEAK_TRIES))


def _seconds(left: torch.Tensor, right: torch.Tensor, times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        product = left @ right
    float(product[0, 0])  # waits for the device
    return time.perf_counter() - started
