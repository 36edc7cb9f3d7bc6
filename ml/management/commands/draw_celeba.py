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
        raise ArgumentTypeError(f"write width and height as 178x218, from 32 on, not {text}")
    return sides


def whole_number(lowest: int) -> Callable[[str], int]:
    """An argparse type: a whole number, not below `lowest`."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < lowest:
            raise ArgumentTypeError(f"must be a whole number from {lowest} on, not {text}")
        return int(text)

    return number


class Command(BaseCommand):
    help = f"Draw faces in CelebA's layout. What can be seen of them: {', '.join(DRAWN)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is not there yet, or empty")
        parser.add_argument("--faces", type=whole_number(10), default=2000)
        parser.add_argument("--seed", type=whole_number(0), default=0, help="same seed, same faces")
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
        self.stdout.write(f"{folder}: {faces} faces; {len(DRAWN)} attributes can be seen")
