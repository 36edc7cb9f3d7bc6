"""Inference: from faces to probabilities, the same for training, evaluation and serving."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ml.attributes import NAMES
from ml.evaluation.calibration import apply_temperatures
from ml.preprocessing import to_input

BATCH = 256  # keeps a GPU busy, and the memory of a large network small
# In training, augmentation interpolates each face at a random offset, which blurs it a little. The
# bilinear weights (1 - u, u) have the variance u (1 - u), which for u in 0..1 is 1/6 of a squared
# pixel on average. This kernel has the same variance.
SOFTENING = (1 / 12, 10 / 12, 1 / 12)


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

    With `flip`, logits are averaged over each face and its mirror image. With `size`, faces are
    scaled to that side first.
    """
    model.eval()
    batches = []
    for batch in torch.split(pixels, BATCH):
        faces = to_input(batch.to(device))
        if size not in (None, faces.shape[-1]):
            faces = functional.interpolate(faces, size, mode="bilinear", antialias=True)
        faces = _softened(faces).contiguous(memory_format=torch.channels_last)
        logits = model(faces).float()
        if flip:
            logits = (logits + model(faces.flip(-1)).float()) / 2
        batches.append(logits.sigmoid().cpu())
    return torch.cat(batches).numpy()


def _softened(faces: torch.Tensor) -> torch.Tensor:
    """(B, C, S, S) faces, blurred as much as augmentation blurred those of the training."""
    row = torch.tensor(SOFTENING, device=faces.device)
    kernel = torch.outer(row, row).expand(faces.shape[1], 1, 3, 3)
    edged = functional.pad(faces, (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(edged, kernel, groups=faces.shape[1])


def answer(
    model: nn.Module, config: dict[str, Any], pixels: torch.Tensor, device: torch.device
) -> np.ndarray:
    """(N, 40) float32 probabilities, averaged and calibrated as the checkpoint's config says.

    Old checkpoints have no `flip_average` and no `temperatures`.
    """
    probabilities = predict(model, pixels, device, flip=config.get("flip_average", False))
    if "temperatures" in config:
        temperatures = np.array([config["temperatures"][name] for name in NAMES])
        probabilities = apply_temperatures(probabilities, temperatures)
    return probabilities.astype(np.float32)
