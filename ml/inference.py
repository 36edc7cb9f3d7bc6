"""Inference: faces through a network to probabilities, the same for training, tests and serving."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ml.attributes import NAMES
from ml.calibration import apply_temperatures
from ml.preprocessing import to_input

BATCH = 256


@torch.inference_mode()
def predict(
    model: nn.Module,
    pixels: torch.Tensor,
    device: torch.device,
    *,
    flip: bool = False,
    size: int | None = None,
) -> np.ndarray:
    """Probabilities (N, 40) float32 of (N, C, S, S) uint8 faces.

    With `flip` the logits are the mean over each face and its mirror image; with `size` the faces
    are scaled to that side first.
    """
    model.eval()
    batches = []
    for batch in torch.split(pixels, BATCH):
        faces = to_input(batch.to(device))
        if size not in (None, faces.shape[-1]):
            faces = functional.interpolate(faces, size, mode="bilinear", antialias=True)
        faces = faces.contiguous(memory_format=torch.channels_last)
        logits = model(faces).float()
        if flip:
            logits = (logits + model(faces.flip(-1)).float()) / 2
        batches.append(logits.sigmoid().cpu())
    return torch.cat(batches).numpy()


def answer(
    model: nn.Module, config: dict[str, Any], pixels: torch.Tensor, device: torch.device
) -> np.ndarray:
    """Probabilities (N, 40) float32 as a checkpoint gives them: averaged and calibrated by config.

    `config` is the checkpoint's; `flip_average` and `temperatures` may be missing in an old one.
    """
    probabilities = predict(model, pixels, device, flip=config.get("flip_average", False))
    if "temperatures" in config:
        temperatures = np.array([config["temperatures"][name] for name in NAMES])
        probabilities = apply_temperatures(probabilities, temperatures)
    return probabilities.astype(np.float32)
