"""What a run leaves behind: its history, then a checkpoint with metrics, plots and a card."""

import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ml.evaluation.fitting import fit_answers
from ml.evaluation.history import Row, write_history
from ml.evaluation.plots import plot_attributes, plot_calibration, plot_history, plot_mistakes
from ml.networks.checkpoint import ENGINE, read_config
from ml.networks.export import Sample, export_engine
from ml.networks.inference import predict
from ml.networks.weights import round_weights, save_checkpoint
from ml.training.card import write_card
from ml.training.trackers import Tracker
from ml.training.trainer import Trainer


class Reporter:
    """Writes one row per epoch to `history.csv`, and tells a tracker the newest."""

    def __init__(self, folder: Path, tell: Tracker) -> None:
        self.folder, self.tell = folder, tell

    def __call__(self, history: list[Row]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_history(history, self.folder)
        self.tell(history[-1])


def write_results(output: Path, model: nn.Module, trainer: Trainer, about: dict[str, Any]) -> str:
    """Write the checkpoint with its metrics on the valid partition, plots and card.

    `about` goes into config.json unchanged: where initial weights and data came from.

    Returns:
        Two lines for the user.
    """
    settings, valid_faces, history = trainer.settings, trainer.valid_faces, trainer.history
    round_weights(model)  # first, so that all metrics are those of the saved weights
    targets = valid_faces.targets.numpy().astype(np.uint8)
    softened = settings.augmentation.softens
    raw = predict(
        model,
        valid_faces.pixels,
        trainer.group.device,
        flip=settings.flip_average,
        soften=softened,
        scale=settings.pixels,
    )
    names = valid_faces.attributes
    fitted = fit_answers(raw, targets, names)
    config = {
        "architecture": settings.architecture,
        "attributes": list(names),
        "network": settings.network_for(len(names)),
        "training": settings.as_dict(),
        **about,
        "made_with": {"torch": torch.__version__, "python": platform.python_version()},
        "softened": softened,
        "pixels": settings.pixels,
        "flip_average": settings.flip_average,
        **fitted.facts,
    }
    metrics = fitted.facts["metrics"]
    # First the checkpoint, which replaces the whole folder. Plots and card go into the new one.
    save_checkpoint(output, model, config)
    write_history(history, output)
    plot_history(history, output)
    plot_attributes(metrics, output)
    plot_calibration(fitted.probabilities, targets, output)
    plot_mistakes(valid_faces.pixels, fitted.probabilities, targets, output, names)
    exported = export_engine(output, Sample(valid_faces.pixels, targets))
    write_card(output, read_config(output))
    return (
        f"{output}: accuracy {metrics['accuracy']:.4f} on {metrics['images']} valid faces "
        f"(majority {metrics['majority_accuracy']:.4f})\n"
        f"{output / ENGINE}: {exported}"
    )
