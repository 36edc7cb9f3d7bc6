"""How long reading and joining the full attribute file takes: 202,599 rows, most without a picture.

    python -m benchmarks.read_labels [LABELS PICTURES]

LABELS is list_attr_celeba.txt or .csv, or a zip that holds it, PICTURES the folder of the pictures.
Without them it makes a file of that size and 22,574 empty pictures itself.
"""

import argparse
import os
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ml.attributes import NAMES
from ml.data.celeba import read_celeba

ROWS = 202_599
PICTURES = 22_574


def generate(root: Path) -> None:
    """Write labels as the original does, and as many pictures as a part of CelebA has."""
    answers = np.where(np.random.default_rng(0).random((ROWS, 40)) < 0.2, " 1", "-1")
    rows = [f"{row:06d}.jpg {' '.join(cells)}" for row, cells in enumerate(answers.tolist(), 1)]
    text = "\r\n".join([str(ROWS), " ".join(NAMES), *rows, ""])
    (root / "list_attr_celeba.txt").write_text(text, newline="")
    (root / "img_align_celeba").mkdir()
    for row in range(1, PICTURES + 1):
        (root / "img_align_celeba" / f"{row:06d}.jpg").touch()


def lay_out(root: Path, labels: Path, pictures: Path) -> None:
    """Put a labels file beside the pictures, as CelebA has them."""
    if labels.suffix == ".zip":
        with zipfile.ZipFile(labels) as archive:
            archive.extractall(root)
    else:
        (root / labels.name).symlink_to(labels.resolve())
    (root / "img_align_celeba").symlink_to(pictures.resolve())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("labels", type=Path, nargs="?")
    parser.add_argument("pictures", type=Path, nargs="?")
    given = parser.parse_args()
    if given.labels and not given.pictures:
        parser.error("LABELS needs PICTURES")
    with TemporaryDirectory() as folder:
        if given.labels:
            lay_out(Path(folder), given.labels, given.pictures)
        else:
            generate(Path(folder))
        start = time.perf_counter()
        faces = read_celeba(Path(folder))
        seconds = time.perf_counter() - start
    missing = faces.skipped.get("without a picture", 0)
    print(f"{len(faces) + missing} rows, {len(faces)} faces, {missing} without a picture")
    print(f"{seconds:.2f} s on {os.cpu_count()} CPUs")


if __name__ == "__main__":
    main()
