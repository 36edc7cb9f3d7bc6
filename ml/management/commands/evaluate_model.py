"""manage.py evaluate_model: how good a checkpoint is on a partition, beside the majority."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ml.checkpoint import CheckpointError, load_checkpoint
from ml.dataset import PARTITIONS, DatasetError, load_faces, read_celeba
from ml.evaluation import evaluate
from ml.training import default_device, predict

OVERALL = (
    "accuracy",
    "majority_accuracy",
    "balanced_accuracy",
    "macro_f1",
    "mean_average_precision",
)
PER_ATTRIBUTE = ("accuracy", "majority", "balanced_accuracy", "f1", "average_precision")


class Command(BaseCommand):
    help = "Measure a checkpoint on a partition of a folder in CelebA's layout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data-dir", type=Path, required=True)
        parser.add_argument("--partition", choices=PARTITIONS, default="test")
        parser.add_argument("--checkpoint", type=Path, default=settings.CHECKPOINT)
        parser.add_argument(
            "--json", dest="json_file", type=Path, help="write the metrics to this file"
        )
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(
        self,
        *,
        data_dir: Path,
        partition: str,
        checkpoint: Path,
        json_file: Path | None,
        **options: Any,
    ) -> None:
        if json_file and (json_file.is_dir() or not json_file.parent.is_dir()):
            raise CommandError(f"--json: {json_file} is no place for a file", returncode=2)
        try:
            model, config = load_checkpoint(checkpoint)
            labelled = read_celeba(data_dir)
            faces = labelled.partition(partition)
            if not len(faces):
                raise DatasetError(f"{data_dir}: no picture of the {partition} partition is there")
            network = config["network"]
            pixels = load_faces(faces, network["size"], network["channels"], quiet=options["quiet"])
        except (CheckpointError, DatasetError) as error:
            raise CommandError(str(error), returncode=2) from error
        device = default_device()
        metrics = evaluate(predict(model.to(device), pixels, device), faces.targets)
        if json_file:
            _write_json(
                json_file, {"checkpoint": checkpoint.name, "partition": partition, **metrics}
            )
        self._print_table(metrics)
        if labelled.missing:
            self.stdout.write(f"{labelled.missing} labelled faces have no picture: not counted")

    def _print_table(self, metrics: dict[str, Any]) -> None:
        self.stdout.write("".join(["attribute".ljust(22), *(f"{m:>19}" for m in PER_ATTRIBUTE)]))
        for name, values in metrics["per_attribute"].items():
            cells = (_cell(values[metric]).rjust(19) for metric in PER_ATTRIBUTE)
            self.stdout.write(name.ljust(22) + "".join(cells))
        self.stdout.write(f"{metrics['images']} images")
        for metric in OVERALL:
            self.stdout.write(f"{metric.replace('_', ' ')}: {_cell(metrics[metric])}")


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _write_json(path: Path, metrics: dict[str, Any]) -> None:
    path.write_text(json.dumps(metrics, indent=2) + "\n")
