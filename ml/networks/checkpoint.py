"""Checkpoints: folders with `model.safetensors`, `config.json` and what belongs to them.

Web and worker read them without torch, so nothing here imports it.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from ml.attributes import NAMES
from ml.files import why_not_writable

CHECKPOINT_FORMAT = 1  # goes up when older checkpoints can no longer be read
SHIPPED = Path(__file__).resolve().parents[1] / "checkpoints"  # what comes with the project
WEIGHTS = "model.safetensors"
CONFIG = "config.json"
ENGINE = "engine.onnx"
PLOTS = ("accuracy", "loss", "attributes", "calibration", "mistakes")
PARTS = {WEIGHTS, CONFIG, ENGINE, "history.csv", "card.md", *(f"{plot}.png" for plot in PLOTS)}
PARTS.add(f".{ENGINE}.partial")  # what is left of an export that was killed
NEEDED = ("architecture", "network", "thresholds", "metrics", "sha256")
# If present, these have a value for each attribute.
FOR_EACH = ("thresholds", "temperatures", "decision_points")


class CheckpointError(ValueError):
    """The checkpoint cannot be used; the message says why and what to do."""


def check_output(folder: Path) -> None:
    """Raise CheckpointError if writing a checkpoint there would fail or destroy other files."""
    check_not_shipped(folder)
    if folder.is_dir():
        _check_replaceable(folder)
    elif folder.exists():
        raise CheckpointError(f"{folder}: is a file; choose a folder")
    if reason := why_not_writable(folder.absolute().parent):  # that is where it is replaced
        raise CheckpointError(f"{folder}: {reason}")


def check_not_shipped(folder: Path) -> None:
    """Raise CheckpointError for a folder of the project itself: it has no place for results."""
    if folder.resolve().is_relative_to(SHIPPED):
        raise CheckpointError(f"{folder}: belongs to the project; write outside of {SHIPPED}")


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


def read_config(folder: Path) -> dict[str, Any]:
    """The checkpoint's config.json.

    Raises:
        CheckpointError: it is missing, or has another format.
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
    if not _is_list_of_names(config.get("attributes")):
        raise CheckpointError(f"{path}: its attributes are not a list of different names")
    names = set(config["attributes"])
    missing = [key for key in NEEDED if key not in config]
    missing += [key for key in FOR_EACH if set(config.get(key, names)) != names]
    if missing:
        raise CheckpointError(f"{path}: lacks {', '.join(missing)}; train it again")
    outputs = config["network"].get("outputs", len(NAMES))
    if outputs != len(names):
        raise CheckpointError(f"{path}: has {outputs} outputs for {len(names)} attributes")
    return config


def _is_list_of_names(value: Any) -> bool:
    is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return is_list and 0 < len(value) == len(set(value))


def attributes_of(config: dict[str, Any]) -> tuple[str, ...]:
    """The attributes that a checkpoint answers about, in the order of its outputs."""
    return tuple(config.get("attributes", NAMES))


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
