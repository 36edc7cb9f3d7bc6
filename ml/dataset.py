"""Reading CelebA: labels and partitions from the public files, faces into memory."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from tqdm import tqdm

from ml.attributes import NAMES
from ml.preprocessing import celeba_square, crop_square

PARTITIONS = {"train": 0, "valid": 1, "test": 2}
IMAGE_FOLDERS = ("img_align_celeba/img_align_celeba", "img_align_celeba", "images", "")


class DatasetError(ValueError):
    """The data set cannot be used; the message names the file, and the line where there is one."""


@dataclass(frozen=True)
class FaceSet:
    """Labelled faces on disk.

    `files` are N paths, `targets` is (N, 40) uint8 of 0 and 1, `partitions` is (N,) uint8 as in
    `PARTITIONS`, `missing` counts the labelled faces whose picture is not on disk.
    """

    files: list[Path]
    targets: np.ndarray
    partitions: np.ndarray
    missing: int = 0

    def __len__(self) -> int:
        return len(self.files)

    def partition(self, name: str) -> "FaceSet":
        """The faces of "train", "valid" or "test"."""
        return self.take(np.flatnonzero(self.partitions == PARTITIONS[name]))

    def take(self, rows: np.ndarray) -> "FaceSet":
        """The faces at these positions, in this order."""
        return replace(
            self,
            files=[self.files[row] for row in rows],
            targets=self.targets[rows],
            partitions=self.partitions[rows],
        )


def read_celeba(root: Path) -> FaceSet:
    """Read a folder in the layout of CelebA, joined by file name.

    The labels are `list_attr_celeba.csv` (Kaggle) or `.txt` (original), the partitions
    `list_eval_partition.csv` or `.txt`. Without a partition file every face is in "test".

    Raises:
        DatasetError: a file is missing, or does not hold what it should.
    """
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder")
    labels = _read_table(root, "list_attr_celeba")
    if labels is None:
        raise DatasetError(f"{root}: holds neither list_attr_celeba.csv nor list_attr_celeba.txt")
    path, table = labels
    _check_labels(path, table)
    names = table.index.to_numpy(dtype=str)
    folder = _image_folder(root, names[0])
    on_disk = set(os.listdir(folder))
    present = np.array([name in on_disk for name in names])
    if not present.any():
        raise DatasetError(f"{folder}: holds none of the {len(names)} pictures named in {path}")
    return FaceSet(
        files=[folder / name for name in names[present]],
        targets=(table.to_numpy() > 0).astype(np.uint8)[present],
        partitions=_read_partitions(root, names)[present],
        missing=int((~present).sum()),
    )


def _read_table(root: Path, stem: str) -> tuple[Path, pd.DataFrame] | None:
    """The csv or the original txt of that name, indexed by file name; None if there is neither."""
    for suffix in (".csv", ".txt"):
        path = root / (stem + suffix)
        if path.is_file():
            try:
                return path, _parse_table(path)
            except (ValueError, pd.errors.ParserError) as error:
                raise DatasetError(f"{path}: {str(error).strip()}") from error
    return None


def _parse_table(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, index_col=0, encoding="utf-8-sig")
    with path.open(encoding="utf-8-sig") as lines:
        headed = lines.readline().strip().isdigit()
    if headed:  # the original attribute file: a count, a line of 40 names, then the rows
        return pd.read_csv(path, sep=r"\s+", skiprows=1, index_col=0)
    return pd.read_csv(path, sep=r"\s+", index_col=0, header=None, names=["image_id", "partition"])


def _check_labels(path: Path, table: pd.DataFrame) -> None:
    if tuple(table.columns) != NAMES:
        odd = [name for name in table.columns if name not in NAMES] or ["their order"]
        raise DatasetError(f"{path}: line 1: the columns are not the 40 attributes: {odd[0]}")
    if table.empty:
        raise DatasetError(f"{path}: holds no rows")
    if table.index.has_duplicates:
        row = int(np.flatnonzero(table.index.duplicated())[0])
        raise DatasetError(f"{path}: row {row + 1}: {table.index[row]} is there twice")
    bad = ~table.isin([-1, 0, 1]).to_numpy()
    if bad.any():
        row, column = np.argwhere(bad)[0]
        value = table.iat[row, column]
        raise DatasetError(f"{path}: row {row + 1}: {NAMES[column]} is {value}, not 1, 0 or -1")


def _image_folder(root: Path, name: str) -> Path:
    folders = [root / folder for folder in IMAGE_FOLDERS if (root / folder).is_dir()]
    return next((folder for folder in folders if (folder / name).is_file()), folders[0])


def _read_partitions(root: Path, names: np.ndarray) -> np.ndarray:
    """The partition of each name: (N,) uint8."""
    found = _read_table(root, "list_eval_partition")
    if found is None:
        return np.full(len(names), PARTITIONS["test"], dtype=np.uint8)
    path, table = found
    numbers = table.iloc[:, 0].reindex(names)
    bad = ~numbers.isin(PARTITIONS.values())
    if bad.any():
        raise DatasetError(f"{path}: no partition of 0, 1 or 2 for {numbers.index[bad][0]}")
    partitions: np.ndarray = numbers.to_numpy(dtype=np.uint8)
    return partitions


def load_faces(
    faces: FaceSet, size: int, channels: int = 3, *, quiet: bool = False
) -> torch.Tensor:
    """Decode every face once, cut to its CelebA square.

    Returns:
        (N, channels, size, size) uint8, in memory.

    Raises:
        DatasetError: a picture is damaged; the message names it.
    """
    pixels = np.empty((len(faces), size, size, channels), dtype=np.uint8)

    def load(row: int) -> None:
        try:
            with Image.open(faces.files[row]) as image:
                square = celeba_square(*image.size)
                pixels[row] = crop_square(image, square, size, channels)
        except (OSError, SyntaxError, ValueError) as error:
            raise DatasetError(f"{faces.files[row]}: {error}") from error

    with ThreadPoolExecutor() as pool:
        decoded = pool.map(load, range(len(faces)))
        for _ in tqdm(decoded, "decoding", len(faces), unit="face", disable=quiet):
            pass
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)
