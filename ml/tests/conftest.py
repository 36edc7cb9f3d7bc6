"""A folder in CelebA's layout that the tests draw themselves, and a tiny checkpoint."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image, ImageDraw

from ml.architectures import VGG16
from ml.attributes import NAMES
from ml.checkpoint import save_checkpoint

TINY = {"size": 32, "channels": 3, "width": 1 / 32, "head": [16]}


def draw_face(smiling: bool, eyeglasses: bool, size: tuple[int, int], seed: int) -> Image.Image:
    """A cartoon face: the two attributes are all that tells one from another."""
    colours = np.random.default_rng(seed).integers(90, 220, (2, 3)).tolist()
    image = Image.new("RGB", size, tuple(colours[0]))
    draw = ImageDraw.Draw(image)
    cx, cy, r = size[0] / 2, size[1] / 2, size[0] * 0.4
    draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=tuple(colours[1]))
    for side in (-1, 1):
        eye = cx + side * r * 0.4, cy - r * 0.25
        radius = r * (0.3 if eyeglasses else 0.1)
        draw.ellipse((eye[0] - radius, eye[1] - radius, eye[0] + radius, eye[1] + radius), fill=0)
    mouth = (cx - r * 0.5, cy, cx + r * 0.5, cy + r * 0.7)
    if smiling:
        draw.chord(mouth, 0, 180, fill="white")
    else:
        draw.line((cx - r * 0.4, cy + r * 0.5, cx + r * 0.4, cy + r * 0.5), fill="black", width=2)
    return image


@pytest.fixture
def celeba(tmp_path: Path) -> Path:
    """48 drawn faces: 32 train, 8 valid, 8 test; Smiling and Eyeglasses are drawn, the rest not."""
    return make_celeba(tmp_path / "celeba", 48)


def make_celeba(root: Path, count: int) -> Path:
    (root / "img_align_celeba").mkdir(parents=True)
    names = [f"{number:06d}.jpg" for number in range(1, count + 1)]
    labels = pd.DataFrame(-1, index=pd.Index(names, name="image_id"), columns=list(NAMES))
    for row, name in enumerate(names):
        smiling, eyeglasses = bool(row & 1), bool(row & 2)
        face = draw_face(smiling, eyeglasses, (89, 109), row)
        face.save(root / "img_align_celeba" / name, quality=95)
        labels.loc[name, ["Smiling", "Eyeglasses"]] = 2 * np.array([smiling, eyeglasses]) - 1
    labels.to_csv(root / "list_attr_celeba.csv")
    partitions = [0 if row < count * 2 // 3 else 1 + row % 2 for row in range(count)]
    frame = pd.DataFrame({"partition": partitions}, index=labels.index)
    frame.to_csv(root / "list_eval_partition.csv")
    return root


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A tiny VGG16 with random weights, saved."""
    return make_checkpoint(tmp_path / "tiny")


def make_checkpoint(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    config = {
        "network": TINY,
        "thresholds": {name: {"yes": 0.6, "no": 0.4} for name in NAMES},
        "metrics": {},
        "data": {},
    }
    save_checkpoint(folder, VGG16(**TINY), config)
    return folder
