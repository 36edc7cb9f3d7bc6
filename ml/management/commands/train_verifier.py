"""manage.py train_verifier: train the small network that checks the faces cascades find."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import torch
from django.core.management.base import BaseCommand, CommandError
from torch.nn import functional
from tqdm import tqdm

from ml.data.celeba import DatasetError, read_celeba
from ml.faces.verifier import FILE, Verifier, normalize, save
from ml.faces.windows import Drawer, Windows

BATCH_SIZE = 512
DECAY = 0.02
RATE, LATER_RATE = 2e-3, 1e-3
MOVES_WEIGHT = 4.0  # of the loss for the position, relative to that for "is it a face"
BETA = 0.05  # the loss for the position is linear above this error


class Command(BaseCommand):
    help = "Train the small network that checks the faces cascades find."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data-dir", type=Path, required=True, help="a folder in CelebA's layout"
        )
        parser.add_argument("--faces", type=int, help="how many faces to use", metavar="N")
        parser.add_argument("--epochs", type=int, default=8)
        parser.add_argument(
            "--later-epochs", type=int, default=4, help="epochs after adding hard windows, twice"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--output", type=Path, default=FILE)

    def handle(
        self, *, data_dir: Path, faces: int | None, seed: int, output: Path, **options: Any
    ) -> None:
        if output.suffix != ".npz" or not output.parent.is_dir():
            raise CommandError(
                f"--output: {output} is not a .npz file in an existing folder", returncode=2
            )
        if min(options["epochs"], options["later_epochs"]) < 1:
            raise CommandError("--epochs and --later-epochs are at least 1", returncode=2)
        try:
            train = read_celeba(data_dir).partition("train")
        except DatasetError as error:
            raise CommandError(str(error), returncode=2) from error
        if not len(train):
            raise CommandError(f"{data_dir}: the train partition has no faces", returncode=2)
        torch.manual_seed(seed)
        drawer, verifier = Drawer(seed), Verifier()
        files = [train.files[row] for row in drawer.random.permutation(len(train))[:faces]]
        windows = drawer.windows(files)
        loss = _train(verifier, windows, options["epochs"], RATE)
        # Two rounds: the network that searches the second half has learned from the first.
        for half in (files[::2], files[1::2]):
            hard = drawer.hard_windows(half, verifier)
            self.stdout.write(f"{len(hard.pixels):,} more hard windows")
            windows += hard
            loss = _train(verifier, windows, options["later_epochs"], LATER_RATE)
        save(verifier, output)
        self.stdout.write(f"{output}: {len(windows.pixels):,} windows, loss {loss:.4f}")


def _train(verifier: Verifier, windows: Windows, epochs: int, rate: float) -> float:
    """Train, and return the mean loss of the last epoch."""
    chunks = range(0, len(windows.pixels), BATCH_SIZE)
    pixels = torch.cat(
        [normalize(np.array(windows.pixels[n : n + BATCH_SIZE])).half() for n in chunks]
    )
    is_face = torch.tensor(windows.is_face)
    moves = torch.tensor(windows.moves)
    optimizer = torch.optim.AdamW(verifier.parameters(), lr=rate, weight_decay=DECAY)
    steps = epochs * -(-len(pixels) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, max(steps, 2), pct_start=0.1)
    losses: list[float] = []
    for _ in tqdm(range(epochs), "epochs"):
        losses.clear()
        verifier.train()
        for rows in torch.split(torch.randperm(len(pixels)), BATCH_SIZE):
            loss = _loss(verifier(pixels[rows].float()), is_face[rows], moves[rows])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return float(np.mean(losses))


def _loss(outputs: torch.Tensor, is_face: torch.Tensor, moves: torch.Tensor) -> torch.Tensor:
    """The loss of (N, 5) outputs against the known targets; unknown ones are NaN."""
    clear, near = ~is_face.isnan(), ~moves[:, 0].isnan()
    logits = outputs[clear, 0]
    wrong = functional.binary_cross_entropy_with_logits(logits, is_face[clear])
    beside = functional.smooth_l1_loss(outputs[near, 1:], moves[near], beta=BETA)
    return wrong + MOVES_WEIGHT * beside
