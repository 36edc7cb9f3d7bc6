"""manage.py activate_model: register a checkpoint and let it answer from now on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from PIL import Image

from ml.checkpoint import CheckpointError
from ml.engine import EngineError, get_engine
from ml.models import ModelVersion


class Command(BaseCommand):
    help = "Register a checkpoint, after a test prediction, as the model that answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", default=settings.CHECKPOINT)
        parser.add_argument(
            "--if-none", action="store_true", help="do nothing where a model is active already"
        )

    def handle(self, *, folder: Path, if_none: bool, **options: Any) -> None:
        if if_none and not ModelVersion.objects.is_needed(folder):
            self.stdout.write(f"{ModelVersion.objects.active()} is active already")
            return
        try:
            engine = get_engine(folder)
            engine.predict([Image.new("RGB", (178, 218), "gray")])
        except (CheckpointError, EngineError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        version = ModelVersion.objects.activate(folder, engine.config)
        self.stdout.write(f"{version} is active")
