"""manage.py train_detector: train the two networks that find faces."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import torch
from django.core.management.base import BaseCommand, CommandError
from PIL import Image, UnidentifiedImageError

from ml.data.celeba import DatasetError, read_celeba
from ml.faces import proposals
from ml.faces.training.drawing import SceneDrawer
from ml.faces.training.loops import train_proposer, train_verifier
from ml.faces.training.networks import Verifier, as_network, save_proposer, save_verifier
from ml.faces.training.scenes import Source
from ml.faces.training.windows import Drawer
from ml.faces.verifier import FILE as VERIFIER
from ml.hardware.sessions import load_network
from ml.preprocessing import flattened

RATE, LATER_RATE = 2e-3, 1e-3  # of the verifier
LONGEST = 1200  # pixels: pictures without a face are scaled down to this longest side


class Command(BaseCommand):
    help = "Train the two networks that find faces: one proposes, the other verifies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data-dir", type=Path, required=True, help="a folder in CelebA's layout"
        )
        parser.add_argument(
            "--others",
            type=Path,
            metavar="DIR",
            help="a folder of pictures without a face, to tell faces from other things",
        )
        parser.add_argument("--faces", type=int, help="how many faces to use", metavar="N")
        parser.add_argument("--steps", type=int, default=5000, help="batches for the proposer")
        parser.add_argument(
            "--keep-proposer", action="store_true", help="train only the verifier, for it"
        )
        parser.add_argument("--scenes", type=int, default=10_000, help="scenes for the verifier")
        parser.add_argument("--epochs", type=int, default=8, help="of the verifier")
        parser.add_argument(
            "--later-epochs", type=int, default=4, help="epochs after adding hard windows, twice"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--output", type=Path, default=proposals.FILE.parent, help="folder of the two networks"
        )

    def handle(self, *, data_dir: Path, output: Path, seed: int, **options: Any) -> None:
        if not output.is_dir():
            raise CommandError(f"--output: {output} is not a folder", returncode=2)
        if min(options[name] for name in ("steps", "scenes", "epochs", "later_epochs")) < 1:
            raise CommandError(
                "--steps, --scenes, --epochs and --later-epochs are at least 1", returncode=2
            )
        torch.manual_seed(seed)
        files = _faces(data_dir, np.random.default_rng(seed), options["faces"])
        scenes = SceneDrawer(
            [Source.read(file) for file in files], _others(options["others"]), seed
        )
        file = output / proposals.FILE.name
        if not options["keep_proposer"]:
            proposer, loss = train_proposer(scenes, options["steps"])
            save_proposer(proposer, file)
            self.stdout.write(f"{file}: {options['steps']:,} batches, loss {loss:.4f}")
        drawer = Drawer(seed)
        windows = drawer.windows(files)
        windows += drawer.proposed(scenes, options["scenes"], load_network(file))
        verifier = Verifier()
        loss = train_verifier(verifier, windows, options["epochs"], RATE)
        # Two rounds: the network that searches the second half has learned from the first.
        for half in (files[::2], files[1::2]):
            hard = drawer.hard_windows(half, as_network(verifier))
            self.stdout.write(f"{len(hard.pixels):,} more hard windows")
            windows += hard
            loss = train_verifier(verifier, windows, options["later_epochs"], LATER_RATE)
        save_verifier(verifier, output / VERIFIER.name)
        self.stdout.write(
            f"{output / VERIFIER.name}: {len(windows.pixels):,} windows, loss {loss:.4f}"
        )


def _faces(data_dir: Path, random: np.random.Generator, count: int | None) -> list[Path]:
    """The files of the train partition in random order, at most `count`."""
    try:
        train = read_celeba(data_dir).partition("train")
    except DatasetError as error:
        raise CommandError(str(error), returncode=2) from error
    if not len(train):
        raise CommandError(f"{data_dir}: the train partition has no faces", returncode=2)
    return [train.files[row] for row in random.permutation(len(train))[:count]]


def _others(folder: Path | None) -> list[np.ndarray]:
    """The pictures of a folder, gray and scaled down."""
    if folder is None:
        return []
    if not folder.is_dir():
        raise CommandError(f"--others: {folder} is not a folder", returncode=2)
    pictures = []
    for file in sorted(folder.rglob("*")):
        try:
            with Image.open(file) as image:
                gray = flattened(image).convert("L")
                gray.thumbnail((LONGEST, LONGEST))
                pictures.append(np.asarray(gray))
        except (IsADirectoryError, UnidentifiedImageError):
            continue
    return pictures
