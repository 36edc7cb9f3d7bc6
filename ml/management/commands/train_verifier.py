"""manage.py train_verifier: fit the linear classifier that takes a second look at found faces."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from django.core.management.base import BaseCommand, CommandError
from PIL import Image
from torch.nn import functional

from ml.boxes import Candidate
from ml.dataset import DatasetError, read_celeba
from ml.preprocessing import BOX_SIDE, celeba_square
from ml.verifier import FILE, Pyramid, features

DECAY = 3e-5
OTHERS = 5  # windows that lie wrong, for each that lies right
NEARLY = -3.0  # log odds from which a window that lies wrong is a hard one


class Command(BaseCommand):
    help = "Fit the linear classifier that takes a second look at the faces that cascades find."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data-dir", type=Path, required=True, help="in CelebA's layout")
        parser.add_argument("--faces", type=int, default=4000, help="how many are learnt from")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--output", type=Path, default=FILE)

    def handle(
        self, *, data_dir: Path, faces: int, seed: int, output: Path, **options: Any
    ) -> None:
        try:
            train = read_celeba(data_dir).partition("train")
        except DatasetError as error:
            raise CommandError(str(error), returncode=2) from error
        random = np.random.default_rng(seed)
        files = [train.files[row] for row in random.permutation(len(train))[:faces]]
        rows, is_face = _examples(files, random)
        weights, bias, _ = _fit(rows, is_face)
        hard = _hard_windows(files[: faces // 2], random, weights, bias)
        rows, is_face = np.concatenate([rows, hard]), np.append(is_face, np.zeros(len(hard)))
        weights, bias, right = _fit(rows, is_face)
        np.savez(output, weights=weights.astype(np.float16), bias=bias)
        self.stdout.write(
            f"{right:.2%} of {len(rows):,} windows, {len(hard):,} of them hard ones, are told right"
        )


def _examples(files: list[Path], random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, 1764) of windows that lie right on their face and of others; which is which."""
    rows, is_face = [], []
    for file in files:
        pyramid, face = _picture(file, random)
        for window in [_near(face, random), *(_far(face, random) for _ in range(OTHERS))]:
            rows.append(_features(pyramid, window, random))
        is_face += [1] + [0] * OTHERS
    return np.array(rows), np.array(is_face)


def _hard_windows(
    files: list[Path], random: np.random.Generator, weights: np.ndarray, bias: float
) -> np.ndarray:
    """Features (N, 1764) of windows that lie wrong, and are nearly taken for faces all the same."""
    hard = []
    for file in files:
        pyramid, face = _picture(file, random)
        for _ in range(4 * OTHERS):
            row = _features(pyramid, _far(face, random), random)
            if row @ weights + bias > NEARLY:
                hard.append(row)
    return np.array(hard).reshape(-1, len(weights))


def _picture(file: Path, random: np.random.Generator) -> tuple[Pyramid, Candidate]:
    """One of CelebA's pictures, more or less soft, and where its face lies."""
    with Image.open(file) as image:
        gray = np.asarray(image.convert("L"))
    left, top, side = celeba_square(gray.shape[1], gray.shape[0])
    face = Candidate(left + side / 2, top + side / 2, side * BOX_SIDE, 0.0, 1.0)
    return Pyramid(_blurred(gray, random)), face


def _features(pyramid: Pyramid, face: Candidate, random: np.random.Generator) -> np.ndarray:
    """Of the window or its mirror image."""
    pixels = pyramid.window(face)
    return features(np.ascontiguousarray(pixels[:, ::-1]) if random.random() < 0.5 else pixels)


def _blurred(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As soft as a face is that was small."""
    return cv2.GaussianBlur(gray, (0, 0), 0.3 + random.exponential(0.6))


def _near(face: Candidate, random: np.random.Generator) -> Candidate:
    across, down = random.normal(0, 0.03, 2) * face.side
    side = face.side * np.exp(random.normal(0, 0.05))
    return Candidate(face.x + across, face.y + down, side, random.normal(0, 4), 1.0)


def _far(face: Candidate, random: np.random.Generator) -> Candidate:
    """A window that is too large, too small, beside the face, turned, or all of it."""
    while True:
        across, down = random.normal(0, 0.5, 2)
        size, angle = random.normal(-0.5, 0.7), random.choice([0, 0, 0, 90, 180, -90])
        angle += random.normal(0, 15)
        if abs(across) + abs(down) > 0.3 or abs(size) > 0.35 or abs(angle) > 30:
            return Candidate(
                face.x + across * face.side,
                face.y + down * face.side,
                face.side * float(np.exp(size)),
                float(angle),
                0.0,
            )


def _fit(rows: np.ndarray, is_face: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Logistic regression: the weights, the bias, and the share that they tell right."""
    x, y = torch.from_numpy(rows), torch.from_numpy(is_face).float()
    weights = torch.zeros(x.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(x @ weights + bias, y)
        value = value + DECAY * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    right = ((x @ weights + bias > 0) == (y > 0)).float().mean().item()
    return weights.detach().numpy(), bias.item(), right
