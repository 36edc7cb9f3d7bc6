"""A folder in CelebA's layout that the tests draw themselves, and a tiny checkpoint."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from ml.attributes import NAMES
from ml.data import drawing, synthetic
from ml.engine import forget_engine
from ml.networks.architectures import VGG16
from ml.networks.weights import save_checkpoint

TINY = {"size": 32, "channels": 3, "width": 1 / 32, "head": [16]}


def draw_face(smiling: bool, eyeglasses: bool, size: tuple[int, int], seed: int) -> Image.Image:
    """A drawn face: the two attributes are what tells one from another."""
    answers = {"Smiling": smiling, "Eyeglasses": eyeglasses}
    return drawing.draw_face({name for name, yes in answers.items() if yes}, size, seed)


@pytest.fixture(scope="session")
def drawn_celeba(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `celeba` is a copy of; not to be changed."""
    return make_celeba(tmp_path_factory.mktemp("drawn") / "celeba", 48)


@pytest.fixture
def celeba(drawn_celeba: Path, tmp_path: Path) -> Path:
    """48 drawn faces: 32 train, 8 valid, 8 test; Smiling and Eyeglasses are drawn, the rest not."""
    return shutil.copytree(drawn_celeba, tmp_path / "celeba")


def make_celeba(root: Path, count: int, seed: int = 0) -> Path:
    rows = np.arange(count)
    targets = np.zeros((count, len(NAMES)), dtype=np.uint8)
    targets[:, NAMES.index("Smiling")] = rows & 1
    targets[:, NAMES.index("Eyeglasses")] = rows >> 1 & 1
    partitions = np.where(
        rows < count * 2 // 3, 0, 1 + (rows + rows // 4) % 2
    )  # each with all four
    synthetic.write_celeba(root, targets, partitions, seed=seed, size=(89, 109), quiet=True)
    return root


def own_celeba(root: Path) -> Path:
    """Give a data set three attributes of its own instead of CelebA's."""
    path = root / "list_attr_celeba.csv"
    labels = pd.read_csv(path, index_col=0)
    own = {
        "Grinning": labels["Smiling"],
        "Has glasses": labels["Eyeglasses"],
        "Grumpy": -labels["Smiling"],
    }
    pd.DataFrame(own).to_csv(path)
    return root


@pytest.fixture
def no_engine() -> Iterator[None]:
    """The engine that others loaded is forgotten, and so is the one that the test loads."""
    forget_engine()
    yield
    forget_engine()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A tiny VGG16 with random weights, saved."""
    return make_checkpoint(tmp_path / "tiny")


def make_checkpoint(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    config = {
        "architecture": "VGG16",
        "network": TINY,
        "thresholds": {name: {"yes": 0.6, "no": 0.4} for name in NAMES},
        "metrics": {},
        "data": {},
    }
    save_checkpoint(folder, VGG16(**TINY), config)
    return folder
