"""manage.py keep_answers: what trained networks say about the training faces, for later runs."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from torch import nn

from ml.data.celeba import DatasetError, FaceSet, load_faces, read_celeba
from ml.hardware.devices import on_device
from ml.hardware.distributed import default_device
from ml.management.arguments import add_data_arguments
from ml.networks.checkpoint import CheckpointError, attributes_of
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint
from ml.training.distillation import save_answers


class Command(BaseCommand):
    help = "Keep the averaged probabilities of trained networks, for train_model --teacher-answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_data_arguments(parser)
        parser.add_argument(
            "--teacher",
            type=Path,
            nargs="+",
            required=True,
            metavar="CHECKPOINT",
            help="the checkpoints that answer",
        )
        parser.add_argument("--output", type=Path, required=True, metavar="FILE")

    def handle(self, *, output: Path, teacher: list[Path], **options: Any) -> None:
        try:
            _check_output(output)
            networks = [load_checkpoint(folder) for folder in teacher]
            faces = _read(options, _attributes([config for _, config in networks]))
            answers = [_answers(*network, faces, quiet=options["quiet"]) for network in networks]
        except (OSError, ValueError) as error:  # of the checkpoints or the data set
            raise CommandError(str(error), returncode=2) from error
        try:
            save_answers(output, np.mean(answers, axis=0), faces)
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{output}: the answers of {len(teacher)} about {len(faces)} faces")


def _check_output(output: Path) -> None:
    """Raise OSError if no file can be written there: before the work, not after it."""
    place = output if output.exists() else output.parent
    if output.is_dir() or not os.access(place, os.W_OK):
        raise OSError(f"--output: {output} cannot be written; name a file in an existing folder")


def _attributes(configs: list[dict[str, Any]]) -> tuple[str, ...]:
    """What all of these checkpoints answer about; CheckpointError if they differ."""
    found = {attributes_of(config) for config in configs}
    if len(found) > 1:
        raise CheckpointError("--teacher: these checkpoints answer about different attributes")
    return found.pop()


def _read(options: dict[str, Any], attributes: tuple[str, ...]) -> FaceSet:
    found = read_celeba(
        options["data_dir"],
        partitions=options["partitions"],
        exclude=options["exclude"],
        attributes=attributes,
    )
    faces = found.partition("train")
    if not len(faces):
        raise DatasetError(f"{options['data_dir']}: the train partition holds no face")
    return faces


def _answers(
    model: nn.Module, config: dict[str, Any], faces: FaceSet, *, quiet: bool
) -> np.ndarray:
    """(N, 40) probabilities, averaged over mirror images and calibrated as the checkpoint says."""
    network, device = config["network"], default_device()
    pixels = load_faces(faces, network["size"], network["channels"], quiet=quiet)
    return answer(on_device(model, device), config, pixels, device)
