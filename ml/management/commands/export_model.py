"""manage.py export_model: write the engine that serves a checkpoint without torch."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.files import why_not_writable
from ml.management.faces import valid_faces
from ml.networks.checkpoint import ENGINE, read_config
from ml.networks.export import PRECISIONS, export_engine
from ml.training.card import write_card


class Command(BaseCommand):
    help = "Write the engine that serves a checkpoint without torch, into the checkpoint's folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="CHECKPOINT")
        parser.add_argument(
            "--data-dir",
            type=Path,
            help="a folder in CelebA's layout; int8 needs its valid faces",
            metavar="FOLDER",
        )
        parser.add_argument("--precision", choices=PRECISIONS, help="default: int8 with --data-dir")
        parser.add_argument(
            "--onnx",
            type=Path,
            help="write this file instead, for other programs; the checkpoint stays as it is",
            metavar="FILE",
        )
        parser.add_argument("--quiet", action="store_true", help="show no progress bar")

    def handle(self, *, folder: Path, **options: Any) -> None:
        if options["precision"] == "int8" and options["data_dir"] is None:
            raise CommandError("--precision int8 needs --data-dir", returncode=2)
        try:
            config, file = read_config(folder), options["onnx"] or folder / ENGINE
            _check_file(file)
            valid = None
            if options["data_dir"]:
                valid = valid_faces(options["data_dir"], config, quiet=options["quiet"])
            precision = options["precision"] or "int8"
            export = export_engine(folder, valid, precision, into=options["onnx"])
            if options["onnx"] is None:
                write_card(folder, config)
        except OSError as error:
            raise CommandError(str(error)) from error
        except ValueError as error:  # of the checkpoint or the data set
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB, {export}")


def _check_file(file: Path) -> None:
    """Refuse what cannot be written, before the work."""
    if file.is_dir():
        raise ValueError(f"{file}: is a folder; name a file, such as {file / 'model.onnx'}")
    if reason := why_not_writable(file.parent):
        raise ValueError(f"{file.parent}: {reason}")
