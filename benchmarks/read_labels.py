"""How long reading and joining the full attribute file takes: 202,599 rows, most without a picture.

    python -m benchmarks.read_labels [LABELS PICTURES] [--rows 202599] [--rounds 3]

LABELS is list_attr_celeba.txt or .csv, or a zip that holds it, PICTURES the folder of the pictures.
Without them it makes a file of that size, with a picture for one row in nine. The rival is what one
writes first: pandas reads the table, and each picture is looked for. It checks nothing that is
read.
"""

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.figures import compared, parser, report
from benchmarks.timing import by_turns
from ml.attributes import NAMES
from ml.data.celeba import read_celeba

ROWS = 202_599
SHARE = 9  # one row in so many has a picture


def generate(root: Path, count: int) -> None:
    """Write labels as the original does, and as many pictures as a part of CelebA has."""
    answers = np.where(np.random.default_rng(0).random((count, 40)) < 0.2, " 1", "-1")
    rows = [f"{row:06d}.jpg {' '.join(cells)}" for row, cells in enumerate(answers.tolist(), 1)]
    text = "\r\n".join([str(count), " ".join(NAMES), *rows, ""])
    (root / "list_attr_celeba.txt").write_text(text, newline="")
    (root / "img_align_celeba").mkdir()
    for row in range(1, count // SHARE + 1):
        (root / "img_align_celeba" / f"{row:06d}.jpg").touch()


def lay_out(root: Path, labels: Path, pictures: Path) -> None:
    """Put a labels file beside the pictures, as CelebA has them."""
    if labels.suffix == ".zip":
        with zipfile.ZipFile(labels) as archive:
            archive.extractall(root)
    else:
        (root / labels.name).symlink_to(labels.resolve())
    (root / "img_align_celeba").symlink_to(pictures.resolve())


def by_pandas(root: Path) -> int:
    """How many rows have a picture."""
    csv = root / "list_attr_celeba.csv"
    if csv.exists():
        table = pd.read_csv(csv, index_col=0)
    else:
        table = pd.read_csv(csv.with_suffix(".txt"), sep=r"\s+", skiprows=1)
    return sum((root / "img_align_celeba" / name).exists() for name in table.index)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("labels", type=Path, nargs="?")
    arguments.add_argument("pictures", type=Path, nargs="?")
    arguments.add_argument("--rows", type=int, default=ROWS, help="of the file that it makes")
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    if given.labels and not given.pictures:
        arguments.error("LABELS needs PICTURES")
    with TemporaryDirectory() as folder:
        root = Path(folder)
        if given.labels:
            lay_out(root, given.labels, given.pictures)
        else:
            generate(root, given.rows)
        faces, found = read_celeba(root), by_pandas(root)
        if len(faces) != found:
            raise RuntimeError(f"{len(faces)} faces with a picture here, {found} by pandas")
        times = by_turns((lambda: read_celeba(root), lambda: by_pandas(root)), given.rounds)
    rows = len(faces) + faces.skipped.get("without a picture", 0)
    report([compared(f"reading {rows:,} labels", "ms", times[0], "pandas", times[1])], given.json)


if __name__ == "__main__":
    main()
