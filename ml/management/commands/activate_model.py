"""manage.py activate_model: register a checkpoint as the model that the site uses."""

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
from ml.evaluation.decisions import Thresholds
from ml.models import ModelVersion
from ml.networks.checkpoint import attributes_of, read_config


class Command(BaseCommand):
    help = "Make the site use a checkpoint, after a test prediction."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", type=Path, nargs="?", help=f"the checkpoint; default {settings.CHECKPOINT}"
        )
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--if-none", action="store_true", help="do nothing if a model is active")
        ways.add_argument("--previous", action="store_true", help="go back to the version before")
        ways.add_argument(
            "--list", action="store_true", help="list all versions; * marks the active one"
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
                f"the database is not ready ({error}); run `make run` or `manage.py migrate`"
            ) from error

    def _register(self, folder: Path, *, if_none: bool) -> None:
        if if_none and not ModelVersion.objects.is_needed(folder):
            self.stdout.write(f"{ModelVersion.objects.active()} is already active")
        else:
            self._activate(folder)

    def _activate(self, folder: Path) -> None:
        try:
            engine = try_checkpoint(folder)
        except (ValueError, RuntimeError, OSError) as error:  # ours, or torch's
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
            version.folder if version.is_intact() else f"{version.folder} (no longer there)",
        )
    )


def _previous_folder() -> Path:
    """The folder of the version that was active before; CommandError if it is no longer there."""
    version = ModelVersion.objects.previous()
    if version is None:
        raise CommandError("there is no version to go back to", returncode=2)
    if not version.is_intact():
        raise CommandError(
            f"{version.folder} no longer holds {version}; restore its files, or name another "
            "checkpoint (--list shows them); nothing was changed",
            returncode=2,
        )
    return Path(version.folder)


def try_checkpoint(folder: Path) -> Engine:
    """Load the checkpoint and let it predict a drawn face.

    Raises:
        ValueError, RuntimeError, OSError: it cannot be loaded, or its prediction is unusable.
    """
    _check_attributes(folder)
    forget_engine()  # it may have loaded what the folder held before
    engine = get_engine(folder)
    _check_config(folder, engine.config)
    answer = engine.predict([draw_face({"Smiling"}, (178, 218), seed=0)])
    if answer.shape != (1, len(NAMES)):
        raise ValueError(
            f"{folder}: predicts an array of shape {answer.shape}, not (1, {len(NAMES)})"
        )
    if not ((answer >= 0) & (answer <= 1)).all():  # false for NaN too
        raise ValueError(f"{folder}: predicts values that are not probabilities")
    if np.ptp(answer) == 0:
        raise ValueError(f"{folder}: predicts the same probability for all {len(NAMES)} attributes")
    return engine


def _check_attributes(folder: Path) -> None:
    """Refuse a checkpoint whose answers the site has no columns for."""
    names = attributes_of(read_config(folder))
    if names != NAMES:
        raise ValueError(
            f"{folder}: answers about {len(names)} attributes of its own ({', '.join(names[:3])}"
            f"{', ...' if len(names) > 3 else ''}), and the site has pages for CelebA's 40 only; "
            "use it with `manage.py predict --checkpoint`"
        )


def _check_config(folder: Path, config: dict[str, Any]) -> None:
    """Refuse a config that the database would refuse, or whose thresholds would break pages."""
    try:
        json.dumps(config, allow_nan=False)
        for name in NAMES:
            thresholds = Thresholds(**config["thresholds"][name])
            if not 0 <= thresholds.no <= thresholds.yes <= 1:
                raise ValueError(f"the thresholds of {name} are not 0 <= no <= yes <= 1")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{folder / 'config.json'}: {error}") from error
