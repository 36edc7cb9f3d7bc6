"""Settings that suit the hardware: precision, memory layout, denormal numbers."""

import os
import shutil
from importlib.util import find_spec

import torch
from torch import nn

COMPILERS = ("gcc", "clang")  # of C: what Triton calls, which writes the kernels for GPUs


def best_dtype(device: torch.device) -> torch.dtype:
    """bf16 where the hardware multiplies it natively, else float32."""
    is_native = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if is_native else torch.float32


def autocast(device: torch.device) -> torch.autocast:
    """Compute convolutions and matrix products in the best type, everything else in float32."""
    is_reduced = best_dtype(device) is torch.bfloat16
    return torch.autocast(device.type, torch.bfloat16, enabled=is_reduced)


def can_compile(device: torch.device) -> bool:
    """Whether torch can compile for this GPU; a CPU gains too little to wait for it."""
    compiler = "CC" in os.environ or any(map(shutil.which, COMPILERS))
    return device.type == "cuda" and compiler and find_spec("triton") is not None


def on_device(model: nn.Module, device: torch.device) -> nn.Module:
    """The model on that device, in the channels-last layout, which is fastest."""
    # torch's annotations of `to` do not know memory_format alone.
    moved: nn.Module = model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def prepare() -> None:
    """Set what every run needs: TF32, and no denormals.

    The optimizer's averages for dead units decay into denormals, which are slow.
    """
    torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
