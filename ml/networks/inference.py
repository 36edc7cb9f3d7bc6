"""Inference: from faces to probabilities, the same for training, evaluation and serving."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ml.networks.checkpoint import attributes_of
from ml.preprocessing import rescaled, to_input

BATCH = 256  # keeps a GPU busy, and the memory of a large network small
# In training, augmentation may interpolate each face at a random offset, which blurs it a little.
# The bilinear weights (1 - u, u) have the variance u (1 - u), which for u in 0..1 is 1/6 of a
# squared pixel on average. This kernel has the same variance.
SOFTENING = (1 / 12, 10 / 12, 1 / 12)


class Answering(nn.Module):
    """A network with all that lies between stored faces and probabilities.

    This is what the engine without torch is exported from, so everything that an answer depends on
    stands here.

    Args:
        network: maps faces to logits, one for each of A attributes.
        flip: average the logits over each face and its mirror image.
        temperatures: (A,), to divide the logits by.
        size: scale faces to that side first.
        soften: blur faces as much as augmentation blurred those of the training.
        scale: of the pixels that the network sees; one of `ml.preprocessing.PIXELS`.
        dtype: of what the network is given; its matrices have the same.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        flip: bool = False,
        temperatures: torch.Tensor | None = None,
        size: int | None = None,
        soften: bool = True,
        scale: str = "centered",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.network, self.flip, self.size, self.dtype = network, flip, size, dtype
        self.scale = scale
        self.softening: torch.Tensor | None
        # Buffers, because a CUDA graph cannot hold a copy from the host.
        kernel = torch.outer(*torch.tensor([SOFTENING, SOFTENING]))
        self.register_buffer("softening", kernel if soften else None)
        self.temperatures: torch.Tensor | None
        self.register_buffer("temperatures", temperatures)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Map (B, C, S, S) uint8 faces to (B, A) float32 probabilities."""
        faces = to_input(pixels)
        if self.size not in (None, faces.shape[-1]):
            faces = functional.interpolate(faces, self.size, mode="bilinear", antialias=True)
        if self.softening is not None:
            faces = _softened(faces, self.softening)
        faces = rescaled(faces, self.scale)
        if self.flip:
            faces = torch.cat([faces, faces.flip(-1)])
        faces = faces.to(self.dtype).contiguous(memory_format=torch.channels_last)
        logits: torch.Tensor = self.network(faces).float()
        if self.flip:
            straight, mirrored = logits.chunk(2)
            logits = (straight + mirrored) / 2
        if self.temperatures is not None:
            logits = logits / self.temperatures
        return logits.sigmoid()


def answering(
    model: nn.Module, config: dict[str, Any], dtype: torch.dtype = torch.float32
) -> Answering:
    """The network, softened, averaged and calibrated as its checkpoint's config says.

    Old checkpoints have no `flip_average`, `temperatures`, `softened` and `pixels`; then faces were
    always softened and centered.
    """
    temperatures = None
    if "temperatures" in config:
        fitted = config["temperatures"]
        temperatures = torch.tensor([fitted[name] for name in attributes_of(config)])
    return Answering(
        model,
        flip=config.get("flip_average", False),
        temperatures=temperatures,
        soften=config.get("softened", True),
        scale=config.get("pixels", "centered"),
        dtype=dtype,
    )


@torch.inference_mode()
def predict(
    model: nn.Module,
    pixels: torch.Tensor,
    device: torch.device,
    *,
    flip: bool = False,
    size: int | None = None,
    soften: bool = True,
    scale: str = "centered",
) -> np.ndarray:
    """Probabilities (N, A) float32 of (N, C, S, S) uint8 faces, not calibrated.

    The options are those of `Answering`.
    """
    whole = Answering(model, flip=flip, size=size, soften=soften, scale=scale)
    return _in_batches(whole.to(device), pixels, device).cpu().numpy()


@torch.inference_mode()
def predict_quickly(
    model: nn.Module,
    pixels: torch.Tensor,
    device: torch.device,
    *,
    size: int,
    soften: bool,
    scale: str = "centered",
) -> torch.Tensor:
    """What `predict` gives without `flip`, left on the device; on a GPU the network is in bf16."""
    with torch.autocast("cuda", torch.bfloat16, enabled=device.type == "cuda"):
        whole = Answering(model, size=size, soften=soften, scale=scale).to(device)
        return _in_batches(whole, pixels, device).float()


@torch.inference_mode()
def answer(
    model: nn.Module, config: dict[str, Any], pixels: torch.Tensor, device: torch.device
) -> np.ndarray:
    """(N, A) float32 probabilities, made as the checkpoint's config says."""
    return _in_batches(answering(model, config).to(device), pixels, device).cpu().numpy()


def _in_batches(answering: Answering, pixels: torch.Tensor, device: torch.device) -> torch.Tensor:
    """(N, A) on the device. The host waits for none of the batches."""
    answering.eval()
    count = BATCH // 2 if answering.flip else BATCH  # mirror images take as much memory again
    return torch.cat([answering(_sent(batch, device)) for batch in torch.split(pixels, count)])


def _sent(batch: torch.Tensor, device: torch.device) -> torch.Tensor:
    if device.type != "cuda" or batch.is_cuda:
        return batch.to(device)
    return batch.pin_memory().to(device, non_blocking=True)


def _softened(faces: torch.Tensor, softening: torch.Tensor) -> torch.Tensor:
    """(B, C, S, S) faces, blurred as much as augmentation blurred those of the training."""
    channels = int(faces.shape[1])  # int: a graph that is exported needs a fixed kernel
    kernel = softening.repeat(channels, 1, 1, 1)
    edged = functional.pad(faces, (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(edged, kernel, groups=channels)
