"""Drawn faces in CelebA's layout: for tests, and to try training without CelebA.

Attributes that can be seen in a drawing are about as frequent as in CelebA. All others are no for
every face. Any network learns that at once, which inflates the accuracy over all 40. Judge a run by
balanced accuracy, macro-F1 and average precision, which leave these out, or by the accuracy of the
`DRAWN` attributes.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ml.attributes import NAMES
from ml.data.celeba import PARTITIONS, in_threads
from ml.data.drawing import HAIRS, HEIGHT, WIDTH, draw_face


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
    targets = np.stack([_random_answers(generator) for _ in range(count)])
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


def _random_answers(generator: np.random.Generator) -> np.ndarray:
    """(40,) uint8 targets of one face: as frequent as in CelebA, without contradictions."""

    def chance(share: float) -> bool:
        return bool(generator.random() < share)

    # Frequencies of CelebA, given what was drawn before.
    male = chance(0.42)
    hat, bald = chance(0.05), male and chance(0.06)
    beard = male and chance(0.35)
    smiling = chance(0.48)
    answers = {
        "Male": male,
        "Bald": bald and not hat,
        "Wearing_Hat": hat,
        "Bangs": not hat and not bald and chance(0.17),
        "Eyeglasses": chance(0.1 if male else 0.04),
        "Smiling": smiling,
        "Mouth_Slightly_Open": chance(0.75 if smiling else 0.24),
        "Wearing_Lipstick": not male and chance(0.8),
        "Mustache": beard and chance(0.4),
        "Goatee": beard and chance(0.5),
    }
    answers["No_Beard"] = not (answers["Mustache"] or answers["Goatee"])
    if not answers["Bald"]:
        shares = (0.27, 0.05 if male else 0.25, 0.25, 0.07 if male else 0.02)
        colors = [*HAIRS, "none"]
        answers[generator.choice(colors, p=[*shares, 1 - sum(shares)])] = True
    return np.array([answers.get(name, False) for name in NAMES], dtype=np.uint8)
