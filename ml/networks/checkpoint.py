"""Checkpoints: folders with `model.safetensors` and `config.json`. Nothing here loads a pickle."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from ml.attributes import NAMES
from ml.files import replacing_folder
from ml.networks.architectures import build_network

CHECKPOINT_FORMAT = 1  # goes up when older checkpoints can no longer be read
WEIGHTS = "model.safetensors"
CONFIG = "config.json"
PLOTS = ("accuracy", "loss", "attributes", "calibration", "mistakes")
PARTS = {WEIGHTS, CONFIG, "history.csv", "card.md", *(f"{plot}.png" for plot in PLOTS)}
NEEDED = ("architecture", "network", "thresholds", "metrics", "sha256")
FOR_EACH = ("thresholds", "temperatures")  # if present, these have a value for each attribute


class CheckpointError(ValueError):
    """The checkpoint cannot be used; the message says why and what to do."""


def check_output(folder: Path) -> None:
    """Raise CheckpointError if writing a checkpoint there would fail or destroy other files."""
    if folder.is_dir():
        _check_replaceable(folder)
    elif folder.exists():
        raise CheckpointError(f"{folder}: is a file; choose a folder")
    elif not os.access(_nearest_folder(folder), os.W_OK):
        raise CheckpointError(f"{folder}: this user may not write here")


def _check_replaceable(folder: Path) -> None:
    # Only what a run wrote may be replaced. PARTS has every file that it writes.
    names = sorted(path.name for path in folder.iterdir())
    others = [name for name in names if name not in PARTS or CONFIG not in names]
    if others:
        raise CheckpointError(
            f"{folder}: is not only a checkpoint (it has {others[0]}); choose a new folder"
        )
    if names and not _is_readable(folder):
        raise CheckpointError(f"{folder}: is a checkpoint of another format; choose a new folder")


def _is_readable(folder: Path) -> bool:
    try:
        return bool(read_config(folder))
    except CheckpointError:
        return False


def _nearest_folder(path: Path) -> Path:
    return next((parent for parent in path.absolute().parents if parent.is_dir()), Path("/"))


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
    The names of the attributes and the hash of the weights are added. Matrices are saved as
    float16, which halves the file.

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
            "attributes": list(NAMES),
            "sha256": file_sha256(partial / WEIGHTS),
        }
        (partial / CONFIG).write_text(json.dumps(written, indent=2, allow_nan=False) + "\n")


def read_config(folder: Path) -> dict[str, Any]:
    """The checkpoint's config.json.

    Raises:
        CheckpointError: it is missing, has another format, or has other attributes.
    """
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        raise CheckpointError(f"{folder}: no checkpoint here ({CONFIG} is missing)") from None
    except ValueError as error:
        raise CheckpointError(f"{path}: not readable as JSON: {error}") from error
    if not isinstance(config, dict) or config.get("format") != CHECKPOINT_FORMAT:
        raise CheckpointError(f"{path}: not a checkpoint of format {CHECKPOINT_FORMAT}")
    if config.get("attributes") != list(NAMES):
        raise CheckpointError(f"{path}: its attributes are not CelebA's 40 in CelebA's order")
    missing = [key for key in NEEDED if key not in config]
    missing += [key for key in FOR_EACH if set(config.get(key, NAMES)) != set(NAMES)]
    if missing:
        raise CheckpointError(f"{path}: lacks {', '.join(missing)}; train it again")
    return config


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


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
