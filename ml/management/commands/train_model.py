"""manage.py train_model: train the VGG16 on a data set in CelebA's layout."""

import logging
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from django.core.management.base import BaseCommand, CommandError

from ml.calibration import fit_thresholds
from ml.checkpoint import CheckpointError, check_output, save_checkpoint
from ml.dataset import DatasetError, FaceSet, load_faces, read_celeba
from ml.evaluation import evaluate
from ml.plots import plot_history
from ml.training import Faces, Settings, default_device, predict, train

DEFAULTS = Settings()


def at_least(lowest: float) -> Callable[[str], float]:
    """An argparse type: a number of the kind of `lowest`, not below it."""

    def number(text: str) -> float:
        value = type(lowest)(text)
        if not value >= lowest:
            raise ArgumentTypeError(f"must be at least {lowest}, not {text}")
        return value

    return number


class Command(BaseCommand):
    help = "Train the VGG16 on the train partition of a folder in CelebA's layout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data-dir", type=Path, required=True)
        parser.add_argument("--output", type=Path, required=True, help="folder of the checkpoint")
        parser.add_argument(
            "--size", type=at_least(32), default=DEFAULTS.size, help="side of the input"
        )
        parser.add_argument("--channels", type=int, choices=(1, 3), default=DEFAULTS.channels)
        parser.add_argument("--width", type=at_least(0.01), default=DEFAULTS.width)
        parser.add_argument("--head", type=at_least(1), nargs="+", default=DEFAULTS.head)
        parser.add_argument("--epochs", type=at_least(1), default=DEFAULTS.epochs)
        parser.add_argument("--batch-size", type=at_least(1), default=DEFAULTS.batch_size)
        parser.add_argument("--learning-rate", type=at_least(0.0), default=DEFAULTS.learning_rate)
        parser.add_argument("--seed", type=int, default=DEFAULTS.seed)
        parser.add_argument("--rows", type=at_least(1), help="use only so many training faces")
        parser.add_argument("--quiet", action="store_true", help="no progress bars")

    def handle(self, *, data_dir: Path, output: Path, rows: int | None, **options: Any) -> None:
        logging.getLogger("ml").setLevel(logging.INFO)
        settings, output = _settings(options), output.resolve()
        device = default_device()
        try:
            check_output(output)
            faces = read_celeba(data_dir)
            train_set, valid_set = _subset(faces.partition("train"), rows), faces.partition("valid")
            self._describe(faces, train_set, valid_set, device)
            train_faces = _load(train_set, settings, options["quiet"])
            valid_faces = _load(valid_set, settings, options["quiet"])
        except (CheckpointError, DatasetError) as error:
            raise CommandError(str(error), returncode=2) from error
        output.parent.mkdir(parents=True, exist_ok=True)
        log_file = output.with_name(f".{output.name}.history.csv")
        log_file.unlink(missing_ok=True)
        try:
            model, history = train(
                *(settings, train_faces, valid_faces),
                device=device,
                log_file=log_file,
                quiet=options["quiet"],
            )
        except FloatingPointError as error:
            raise CommandError(f"{error}; try a smaller --learning-rate") from error
        probabilities = predict(model, valid_faces.pixels, device)
        config = _config(settings, probabilities, valid_faces.targets.numpy())
        data = {"folder": data_dir.name, "train": len(train_set), "valid": len(valid_set)}
        save_checkpoint(output, model, {**config, "data": data})
        plot_history(history, output)
        log_file.rename(output / "history.csv")
        metrics = config["metrics"]
        self.stdout.write(
            f"{output}: accuracy {metrics['accuracy']:.4f} on {metrics['images']} valid faces "
            f"(majority {metrics['majority_accuracy']:.4f})"
        )

    def _describe(
        self, faces: FaceSet, train_set: FaceSet, valid_set: FaceSet, device: torch.device
    ) -> None:
        for name, part in (("train", train_set), ("valid", valid_set)):
            if not len(part):
                raise DatasetError(f"the {name} partition holds no face whose picture is on disk")
        self.stdout.write(
            f"{len(train_set)} training and {len(valid_set)} valid faces, {faces.missing} labelled "
            f"ones without a picture skipped; weights start at random; on {device}"
        )


def _settings(options: dict[str, Any]) -> Settings:
    names = ("size", "channels", "width", "epochs", "batch_size", "learning_rate", "seed")
    given = {name: options[name] for name in names}
    return replace(DEFAULTS, head=tuple(options["head"]), **given)


def _config(settings: Settings, probabilities: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """What the checkpoint says of itself, from its answers on the valid partition."""
    thresholds = fit_thresholds(probabilities, targets)
    return {
        "network": settings.network,
        "training": asdict(settings),
        "initialised": "at random (He)",
        "thresholds": {name: asdict(cuts) for name, cuts in thresholds.items()},
        "metrics": {"partition": "valid", **evaluate(probabilities, targets)},
    }


def _subset(faces: FaceSet, rows: int | None) -> FaceSet:
    return faces if rows is None else faces.take(np.arange(min(rows, len(faces))))


def _load(faces: FaceSet, settings: Settings, quiet: bool) -> Faces:
    pixels = load_faces(faces, settings.size, settings.channels, quiet=quiet)
    return Faces(pixels, torch.from_numpy(faces.targets))
