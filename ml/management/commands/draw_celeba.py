"""manage.py draw_celeba: a data set of drawn faces in CelebA's layout, to try training with."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.data.drawing import DRAWN
from ml.data.synthetic import draw_celeba


def dimensions(text: str) -> tuple[int, int]:
    """An argparse type: width and height, written 178x218."""
    match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    if not match or min(sides := (int(match[1]), int(match[2]))) < 32:
        raise ArgumentTypeError(f"width and height are written 178x218 and at least 32, not {text}")
    return sides


def whole_number(lowest: int) -> Callable[[str], int]:
    """An argparse type: a whole number of at least `lowest`."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < lowest:
            raise ArgumentTypeError(f"must be a whole number, at least {lowest}, not {text}")
        return int(text)

    return number


class Command(BaseCommand):
    help = f"Draw faces in CelebA's layout. They show these attributes: {', '.join(DRAWN)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a new or empty folder")
        parser.add_argument("--faces", type=whole_number(10), default=2000)
        parser.add_argument(
            "--seed", type=whole_number(0), default=0, help="the same seed draws the same faces"
        )
        parser.add_argument("--size", type=dimensions, default=(178, 218), metavar="178x218")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(
        self, *, folder: Path, faces: int, seed: int, size: tuple[int, int], **options: Any
    ) -> None:
        try:
            if folder.exists() and any(folder.iterdir()):
                raise CommandError(f"{folder}: is not empty", returncode=2)
            draw_celeba(folder, faces, seed=seed, size=size, quiet=options["quiet"])
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}", returncode=2) from error
        self.stdout.write(f"{folder}: {faces} faces; {len(DRAWN)} attributes are visible")
