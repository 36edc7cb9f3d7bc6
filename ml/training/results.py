"""What a run leaves behind: its history, then a checkpoint with metrics, plots and a card."""

import importlib
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
from ml.training.trainer import Trainer


class Reporter:
    """Writes one row per epoch to `history.csv` and, if there is a `board`, to TensorBoard.

    Raises:
        ValueError: a board is wanted, but TensorBoard is not installed.
    """

    def __init__(self, folder: Path, board: Path | None = None) -> None:
        self.folder = folder
        self._board = _open_board(board) if board else None

    def __call__(self, history: list[Row]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_history(history, self.folder)
        if self._board:
            known = {name: value for name, value in history[-1].items() if value is not None}
            for name, value in known.items():
                self._board.add_scalar(name, value, history[-1]["epoch"])
            self._board.flush()


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
    )
    fitted = fit_answers(raw, targets)
    config = {
        "architecture": settings.architecture,
        "network": settings.network,
        "training": settings.as_dict(),
        **about,
        "made_with": {"torch": torch.__version__, "python": platform.python_version()},
        "softened": softened,
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
    plot_mistakes(valid_faces.pixels, fitted.probabilities, targets, output)
    exported = export_engine(output, Sample(valid_faces.pixels, targets))
    write_card(output, read_config(output))
    return (
        f"{output}: accuracy {metrics['accuracy']:.4f} on {metrics['images']} valid faces "
        f"(majority {metrics['majority_accuracy']:.4f})\n"
        f"{output / ENGINE}: {exported}"
    )


def _open_board(folder: Path) -> Any:
    try:
        module = importlib.import_module("torch.utils.tensorboard")
    except ImportError as error:
        raise ValueError(
            "--tensorboard: install it first, with `pip install tensorboard`"
        ) from error
    return module.SummaryWriter(str(folder))
