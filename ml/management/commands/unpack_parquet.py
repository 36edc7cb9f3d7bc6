"""manage.py unpack_parquet: an image folder from Parquet files with pictures and labels."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.data.parquet import unpack
from ml.data.tables import DatasetError
from ml.files import why_not_writable


class Command(BaseCommand):
    help = "Take pictures and labels out of Parquet files, into a folder to train with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="a Parquet file, or a folder of them")
        parser.add_argument(
            "--output", type=Path, required=True, metavar="FOLDER", help="a new folder"
        )

    def handle(self, *, source: Path, output: Path, **options: Any) -> None:
        output = output.absolute()
        if not source.exists():
            raise CommandError(f"{source}: no such file or folder", returncode=2)
        if output.exists():
            raise CommandError(f"{output}: is there already; choose a new folder", returncode=2)
        if reason := why_not_writable(output.parent):
            raise CommandError(f"{output}: {reason}", returncode=2)
        try:
            counts = unpack(source, output)
        except DatasetError as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            raise CommandError(str(error)) from error
        for folder, count in counts.items():
            self.stdout.write(f"{output / folder}: {count} pictures")
