"""Fit what lies between a checkpoint's network and its decisions again, with today's rules."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ml.evaluation.fitting import Fitted, fit_answers
from ml.evaluation.plots import plot_attributes, plot_calibration
from ml.files import replacing_folder
from ml.hardware.devices import on_device
from ml.hardware.distributed import default_device
from ml.networks.checkpoint import CONFIG, ENGINE, CheckpointError, attributes_of
from ml.networks.export import Sample, export_engine
from ml.networks.exported import load_exported
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint
from ml.training.card import write_card


def refit(folder: Path, valid: Sample) -> dict[str, Any]:
    """Fit temperatures, thresholds, decision points, grades and metrics; return the new config.

    The weights stay. The engine is exported again if the temperatures changed. A reader finds the
    checkpoint as it was or as it is to be.

    Args:
        folder: the checkpoint.
        valid: faces of the valid partition, with their labels.

    Raises:
        CheckpointError: it cannot be loaded.
        OSError: the disk is full or cannot be written.
    """
    model, config = load_checkpoint(folder)
    uncalibrated = {name: value for name, value in config.items() if name != "temperatures"}
    device = default_device()
    raw = answer(on_device(model, device), uncalibrated, valid.pixels, device)
    targets = np.asarray(valid.targets)
    fitted = fit_answers(raw, targets, attributes_of(config))
    config |= fitted.facts
    with replacing_folder(folder) as new:
        shutil.copytree(folder, new, dirs_exist_ok=True)
        (new / CONFIG).write_text(json.dumps(config, indent=2, allow_nan=False) + "\n")
        _plot(fitted, targets, new)
        if not _has_engine(new, config):
            export_engine(new, valid)
    write_card(folder, config)  # last: it begins with the folder's name
    return config


def _plot(fitted: Fitted, targets: np.ndarray, folder: Path) -> None:
    plot_attributes(fitted.facts["metrics"], folder)
    plot_calibration(fitted.probabilities, targets, folder)


def _has_engine(folder: Path, config: dict[str, Any]) -> bool:
    """Whether the folder's engine is that of this config."""
    try:
        return (folder / ENGINE).exists() and bool(load_exported(folder, config))
    except CheckpointError:
        return False
