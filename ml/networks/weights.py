"""A checkpoint's weights: saved and loaded as safetensors. Nothing here loads a pickle."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from ml.files import replacing_folder
from ml.networks.architectures import build_network
from ml.networks.checkpoint import (
    CHECKPOINT_FORMAT,
    CONFIG,
    WEIGHTS,
    CheckpointError,
    attributes_of,
    check_output,
    file_sha256,
    read_config,
)


@torch.no_grad()
def round_weights(model: nn.Module) -> None:
    """Round the matrices to float16, as they are saved, so that metrics describe what is saved."""
    for parameter in model.parameters():
        if _is_halved(parameter):
            parameter.copy_(parameter.half())


def _is_halved(tensor: torch.Tensor) -> bool:
    return tensor.ndim > 1 and tensor.is_floating_point()


def save_checkpoint(folder: Path, model: nn.Module, config: dict[str, Any]) -> None:
    """Write a checkpoint; at any moment readers find a whole one or none.

    `config` holds `architecture`, `network` (its arguments), `thresholds`, `metrics` and `data`.
    The hash of the weights is added, and CelebA's 40 attributes unless it names others. Matrices
    are saved as float16, which halves the file.

    Raises:
        CheckpointError: other files are there, or a weight is not finite.
        OSError: the disk is full or not writable.
    """
    check_output(folder)
    tensors = {
        name: (tensor.half() if _is_halved(tensor) else tensor).detach().cpu().contiguous()
        for name, tensor in model.state_dict().items()
    }
    odd = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if odd:
        raise CheckpointError(f"{folder}: not written, {odd[0]} is not finite")
    with replacing_folder(folder) as partial:
        try:
            save_file(tensors, partial / WEIGHTS)
        except SafetensorError as error:
            raise OSError(f"{partial / WEIGHTS}: cannot be written: {error}") from error
        written = {
            "format": CHECKPOINT_FORMAT,
            **config,
            "attributes": list(attributes_of(config)),
            "sha256": file_sha256(partial / WEIGHTS),
        }
        (partial / CONFIG).write_text(json.dumps(written, indent=2, allow_nan=False) + "\n")


def load_checkpoint(folder: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network with its weights, in eval mode on the CPU, and its config.

    Raises:
        CheckpointError: hash, names or shapes do not match, or a weight is not finite.
    """
    config = read_config(folder)
    weights = folder / WEIGHTS
    try:
        # Before anything is parsed: a truncated file gives the clearest message here.
        digest = file_sha256(weights)
        if digest != config.get("sha256"):
            raise CheckpointError(
                f"{weights}: its sha256 is not the one in {CONFIG}; copy it again"
            )
        model = build_network(config["architecture"], **config["network"])
        tensors = load_file(weights)
        model.load_state_dict(tensors)
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: {WEIGHTS} is missing") from None
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{weights}: does not fit its config: {error}") from error
    if not all(tensor.isfinite().all() for tensor in tensors.values()):
        raise CheckpointError(f"{weights}: holds weights that are not finite")
    return model.eval(), config
