"""Drawn faces in CelebA's layout: for tests, and to try training without CelebA.

Attributes that can be seen in a drawing are about as frequent as in CelebA. All others are no for
every face. Any network learns that at once, which inflates the accuracy over all 40. Judge a run by
balanced accuracy, macro-F1 and average precision, which leave these out, or by the accuracy of the
`DRAWN` attributes.
"""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from ml.attributes import NAMES
from ml.data.celeba import PARTITIONS, in_threads
from ml.data.drawing import HEIGHT, WIDTH, draw_face, random_answers


def draw_celeba(
    root: Path,
    count: int,
    *,
    seed: int = 0,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    quiet: bool = False,
) -> None:
    """Draw `count` faces into a folder: 80 % train, 10 % valid, 10 % test."""
    generator = np.random.default_rng(seed)
    targets = np.stack([_targets(random_answers(generator)) for _ in range(count)])
    partitions = np.full(count, PARTITIONS["train"], dtype=np.uint8)
    partitions[count * 8 // 10 :] = PARTITIONS["valid"]
    partitions[count * 9 // 10 :] = PARTITIONS["test"]
    write_celeba(root, targets, partitions, seed=seed, size=size, quiet=quiet)


def write_celeba(
    root: Path,
    targets: np.ndarray,
    partitions: np.ndarray,
    *,
    seed: int = 0,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    quiet: bool = False,
) -> None:
    """Draw a face for each row of (N, 40) targets, and write Kaggle's two csv files.

    The labels come last, so that an unfinished folder is not taken for a data set.
    """
    pictures = root / "img_align_celeba"
    pictures.mkdir(parents=True)
    names = [f"{number:06d}.jpg" for number in range(1, len(targets) + 1)]

    def draw(row: int) -> None:
        answers = {name for name, yes in zip(NAMES, targets[row], strict=True) if yes}
        draw_face(answers, size, (seed, row)).save(pictures / names[row], quality=95)

    in_threads(draw, range(len(targets)), "drawing", quiet=quiet)
    index = pd.Index(names, name="image_id")
    frame = pd.DataFrame({"partition": partitions}, index=index)
    frame.to_csv(root / "list_eval_partition.csv")
    labels = pd.DataFrame(2 * targets.astype(int) - 1, index=index, columns=list(NAMES))
    labels.to_csv(root / "list_attr_celeba.csv")


def _targets(answers: Collection[str]) -> np.ndarray:
    """(40,) uint8: 1 for the attributes that are named."""
    return np.array([name in answers for name in NAMES], dtype=np.uint8)
