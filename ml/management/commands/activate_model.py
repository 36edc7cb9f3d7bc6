"""manage.py activate_model: register a checkpoint and let it answer from now on."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from ml.attributes import NAMES
from ml.data.drawing import draw_face
from ml.engine import Engine, forget_engine, get_engine
from ml.evaluation.calibration import Thresholds
from ml.models import ModelVersion


class Command(BaseCommand):
    help = "Register a checkpoint, after a test prediction, as the model that answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", type=Path, nargs="?", help=f"the checkpoint; else {settings.CHECKPOINT}"
        )
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument(
            "--if-none", action="store_true", help="do nothing where a model is active already"
        )
        ways.add_argument(
            "--previous", action="store_true", help="go back to the version that was active before"
        )
        ways.add_argument(
            "--list", action="store_true", help="show all versions; * marks the active one"
        )

    def handle(self, *, folder: Path | None, **options: Any) -> None:
        if folder and (options["previous"] or options["list"]):
            raise CommandError("--previous and --list take no checkpoint", returncode=2)
        try:
            if options["list"]:
                self._list()
            elif options["previous"]:
                self._activate(_previous_folder())
            else:
                self._register(folder or settings.CHECKPOINT, if_none=options["if_none"])
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                f"the database is not ready ({error}); `make run` makes one, or `manage.py migrate`"
            ) from error

    def _register(self, folder: Path, *, if_none: bool) -> None:
        if if_none and not ModelVersion.objects.is_needed(folder):
            self.stdout.write(f"{ModelVersion.objects.active()} is active already")
        else:
            self._activate(folder)

    def _activate(self, folder: Path) -> None:
        try:
            engine = try_checkpoint(folder)
        except (ValueError, RuntimeError, OSError) as error:  # of ours, or torch's own
            raise CommandError(f"{error}; nothing was changed", returncode=2) from error
        self.stdout.write(f"{ModelVersion.objects.activate(folder, engine.config)} is active")

    def _list(self) -> None:
        versions = ModelVersion.objects.listed()
        for version in versions:
            self.stdout.write(_line(version))
        if not versions:
            self.stdout.write("No version yet: run `manage.py activate_model FOLDER`")


def _line(version: ModelVersion) -> str:
    when = f"{version.activated_at:%Y-%m-%d %H:%M}" if version.activated_at else "-"
    accuracy = version.metrics.get("accuracy")
    return "  ".join(
        (
            f"{'*' if version.is_active else ' '} {version}",
            version.architecture,
            f"activated {when}",
            f"accuracy {accuracy:.3f}" if accuracy is not None else "accuracy unknown",
            version.folder if version.is_intact() else f"{version.folder} (holds it no more)",
        )
    )


def _previous_folder() -> Path:
    """Where the version lies that was active before; CommandError if it lies there no more."""
    version = ModelVersion.objects.previous()
    if version is None:
        raise CommandError("no version was active before this one", returncode=2)
    if not version.is_intact():
        raise CommandError(
            f"{version.folder} no longer holds {version}; put its files back, or name another "
            "checkpoint (--list shows them); nothing was changed",
            returncode=2,
        )
    return Path(version.folder)


def try_checkpoint(folder: Path) -> Engine:
    """Load the checkpoint and let it answer for a drawn face.

    Raises:
        ValueError, RuntimeError, OSError: it cannot be loaded, or its answer is none.
    """
    forget_engine()  # what the folder held before is not what is tried
    engine = get_engine(folder)
    _check_config(folder, engine.config)
    answer = engine.predict([draw_face({"Smiling"}, (178, 218), seed=0)])
    if answer.shape != (1, len(NAMES)):
        raise ValueError(f"{folder}: answers with the shape {answer.shape}, not (1, {len(NAMES)})")
    if not ((answer >= 0) & (answer <= 1)).all():  # false for NaN too
        raise ValueError(f"{folder}: answers with what is no probability")
    if np.ptp(answer) == 0:
        raise ValueError(f"{folder}: gives all {len(NAMES)} attributes the same probability")
    return engine


def _check_config(folder: Path, config: dict[str, Any]) -> None:
    """Refuse what the database would, or what would break each page that decides by it."""
    try:
        json.dumps(config, allow_nan=False)
        for name in NAMES:
            thresholds = Thresholds(**config["thresholds"][name])
            if not 0 <= thresholds.no <= thresholds.yes <= 1:
                raise ValueError(f"the thresholds of {name} are not 0 <= no <= yes <= 1")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{folder / 'config.json'}: {error}") from error
