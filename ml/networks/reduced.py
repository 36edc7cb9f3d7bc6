"""The network of a checkpoint as a GPU serves it: in bf16, for batches of few fixed sizes."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from ml.hardware.devices import best_dtype, on_device, prepare
from ml.hardware.graphs import FixedBatches
from ml.networks.checkpoint import attributes_of
from ml.networks.inference import answering
from ml.networks.weights import load_checkpoint


def load_reduced(folder: Path, device: torch.device) -> tuple[FixedBatches, dict[str, Any]]:
    """What maps (N, C, S, S) uint8 faces to (N, 40) probabilities, and the checkpoint's config.

    Raises:
        CheckpointError: the checkpoint cannot be used.
        RuntimeError: the device is out of memory, or fails.
    """
    model, config = load_checkpoint(folder)
    network, dtype = config["network"], best_dtype(device)
    prepare()
    reduce_precision(model, dtype)
    whole = on_device(answering(model, config, dtype), device).eval()
    shape = (network["channels"], network["size"], network["size"])
    return FixedBatches(whole, shape, len(attributes_of(config)), device), config


def reduce_precision(model: nn.Module, dtype: torch.dtype) -> None:
    """Let the convolutions and matrix products of a network in eval mode compute in that type.

    Batch norms keep their float32, as under autocast, which would convert the weights each time.
    """
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.to(dtype)
