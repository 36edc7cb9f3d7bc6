"""manage.py refit_model: fit a checkpoint's thresholds and all that goes with them again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.evaluation.decisions import Promise
from ml.management.arguments import add_data_arguments
from ml.management.faces import valid_faces
from ml.models import ModelVersion
from ml.networks.checkpoint import CheckpointError, read_config
from ml.training.refit import refit


class Command(BaseCommand):
    help = (
        "Fit the temperatures, thresholds and decision points of a checkpoint again, on the valid "
        "partition of a folder in CelebA's layout. The weights stay as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="CHECKPOINT")
        add_data_arguments(parser)

    def handle(self, *, folder: Path, **options: Any) -> None:
        folder = folder.resolve()
        try:
            _check_not_serving(folder)
            valid = valid_faces(
                options["data_dir"],
                read_config(folder),
                partitions=options["partitions"],
                exclude=options["exclude"],
                quiet=options["quiet"],
            )
            config = refit(folder, valid)
        except OSError as error:
            raise CommandError(str(error)) from error
        except ValueError as error:  # of the checkpoint or the data set
            raise CommandError(str(error), returncode=2) from error
        metrics = config["metrics"]
        promise = dict(metrics["promise"])
        confidence = promise.pop("confidence")
        self.stdout.write(
            f"{folder}: accuracy {metrics['accuracy']:.4f} at the decision points "
            f"({metrics['at_half']['accuracy']:.4f} at 0.5) on {metrics['images']} valid faces"
        )
        self.stdout.write(f"{Promise(**promise)} (fitted with {100 * confidence:.0f} % confidence)")


def _check_not_serving(folder: Path) -> None:
    active = ModelVersion.objects.active_if_any()
    if active and active.folder == str(folder):
        raise CheckpointError(
            f"{folder}: the site uses this model; copy the folder, fit the copy, and activate that"
        )
