"""A folder in CelebA's layout: its faces with their labels, and how one is decoded."""

import hashlib
from collections.abc import Callable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from ml.attributes import NAMES
from ml.data.image_folder import find_metadata, read_metadata
from ml.data.layout import (
    EVAL_PARTITION,
    IDENTITIES,
    KNOWN,
    find_home,
    find_optional_table,
    find_pictures,
    find_table,
)
from ml.data.tables import (
    PARTITIONS,
    DatasetError,
    Table,
    read_exclusions,
    read_identities,
    read_labels,
    read_partitions,
)
from ml.preprocessing import DECODER_ERRORS, celeba_square, crop_square

__all__ = ["PARTITIONS", "DatasetError", "FaceSet", "load_faces", "read_celeba"]

NO_PICTURE = "without a picture"
EXCLUDED = "on the exclusion list"
NO_LABELS = "with a partition but no labels"

FORMATS = ("JPEG", "PNG", "WEBP")
SMALLEST_SIDE = 32  # pixels, as small as the networks' input gets
MOST_PIXELS = 50_000_000  # as in uploads: decoding more takes too much memory

T = TypeVar("T")


@dataclass(frozen=True)
class FaceSet:
    """Labeled faces on disk.

    `files` are N paths; `targets` is (N, A) uint8 of 0 and 1; `partitions` is (N,) uint8 with the
    numbers of `PARTITIONS`. `skipped` counts, by reason, the faces that the data set names but that
    are not here. `known` is (N, A) uint8, 0 for targets that nobody knows; None if all are known.
    `persons` is (N,) int64, the number of the person in each picture, -1 where it is unknown; None
    without a list of them. `hashes` is (N, 32) uint8, the SHA-256 of each file; None until
    `with_hashes`.
    """

    files: list[Path]
    targets: np.ndarray
    partitions: np.ndarray
    skipped: dict[str, int] = field(default_factory=dict)
    known: np.ndarray | None = None
    persons: np.ndarray | None = None
    hashes: np.ndarray | None = None
    attributes: tuple[str, ...] = NAMES
    root: Path | None = None

    def __len__(self) -> int:
        return len(self.files)

    @property
    def names(self) -> list[str]:
        """What the pictures are called in tables and lists."""
        if self.root is None:
            return [file.name for file in self.files]
        return [file.relative_to(self.root).as_posix() for file in self.files]

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
            known=_at(self.known, rows),
            persons=_at(self.persons, rows),
            hashes=_at(self.hashes, rows),
        )

    def repeated(self, times: int) -> "FaceSet":
        """All faces so many times."""
        return self.take(np.tile(np.arange(len(self)), times))

    def joined(self, other: "FaceSet") -> "FaceSet":
        """These faces, then the other's, which has the same attributes.

        Each data set has its own numbers for persons.
        """
        known = None
        if self.known is not None or other.known is not None:
            known = np.concatenate([_known(self), _known(other)])
        return replace(
            self,
            files=self.files + other.files,
            targets=np.concatenate([self.targets, other.targets]),
            partitions=np.concatenate([self.partitions, other.partitions]),
            known=known,
            persons=None,
            hashes=None,
        )

    def float_targets(self) -> torch.Tensor:
        """(N, A) float32 targets; NaN for unknown ones."""
        targets = torch.from_numpy(self.targets).float()
        if self.known is None:
            return targets
        return targets.masked_fill(torch.from_numpy(self.known == 0), torch.nan)

    def fingerprint(self) -> str:
        """The SHA-256 of file names, known targets and partitions, in hexadecimal."""
        names = "\n".join(file.name for file in self.files)  # not paths: data sets may be moved
        content = hashlib.sha256(f"{len(self)}\n{names}\n".encode())
        if self.attributes != NAMES:
            content.update("\n".join(self.attributes).encode())
        content.update((self.targets * _known(self)).tobytes())
        content.update(self.partitions.tobytes())
        if self.known is not None:
            content.update(self.known.tobytes())
        return content.hexdigest()


def _at(values: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if values is None else values[rows]


def _known(faces: FaceSet) -> np.ndarray:
    return np.ones_like(faces.targets) if faces.known is None else faces.known


def read_celeba(
    root: Path,
    *,
    partitions: Path | None = None,
    exclude: Path | None = None,
    attributes: Sequence[str] | None = None,
) -> FaceSet:
    """Read a folder in one of CelebA's layouts, and join its tables by file name.

    The labels are `list_attr_celeba.csv` (Kaggle; preferred) or `.txt` (original); `ml.data.layout`
    knows where they may lie. The partitions are `list_eval_partition.csv` or `.txt`, or the given
    file; without either, every face is in "test". An optional `list_known_celeba`, in the format of
    the labels, has a 0 for each unknown label of the train partition. An optional `identity_CelebA`
    has the number of the person in each picture. An image folder is read too: see
    `ml.data.image_folder`.

    Args:
        root: the folder.
        partitions: another partition file, csv or txt.
        exclude: a text file with the names of pictures to leave out, one per line.
        attributes: which columns to take, in this order; None for all.

    Raises:
        DatasetError: a file is missing or malformed.
    """
    if tables := find_metadata(root):
        return _read_image_folder(root, tables, partitions, exclude, attributes)
    home, path = find_home(root)
    labels = read_labels(path, attributes)
    folder, pictures = find_pictures(home, path, labels.names)
    rows, skipped = _usable(labels, set(pictures), exclude)
    given = partitions or find_optional_table(home, EVAL_PARTITION)
    numbers, unlabeled = _join_partitions(given, labels, rows)
    uncertain, persons = find_optional_table(home, KNOWN), find_table(home, IDENTITIES)
    skipped[NO_LABELS] = unlabeled
    return FaceSet(
        files=[folder / pictures[labels.names[row]] for row in rows],
        targets=labels.values[rows],
        partitions=numbers,
        skipped={reason: count for reason, count in skipped.items() if count},
        known=_join_known(uncertain, labels, rows, numbers) if uncertain else None,
        persons=_join_persons(persons, labels, rows) if persons else None,
        attributes=labels.columns,
    )


def _read_image_folder(
    root: Path,
    tables: Sequence[Path],
    partitions: Path | None,
    exclude: Path | None,
    attributes: Sequence[str] | None,
) -> FaceSet:
    labels, numbers = read_metadata(root, tables, attributes)
    if numbers is not None and partitions:
        raise DatasetError(f"{root}: its folders are its partitions; leave out --partitions")
    rows, skipped = _usable(labels, {n for n in labels.names if (root / n).is_file()}, exclude)
    if numbers is None:
        numbers, skipped[NO_LABELS] = _join_partitions(partitions, labels, rows)
    else:
        numbers = numbers[rows]
    return FaceSet(
        files=[root / labels.names[row] for row in rows],
        targets=labels.values[rows],
        partitions=numbers,
        skipped={reason: count for reason, count in skipped.items() if count},
        attributes=labels.columns,
        root=root,
    )


def _usable(
    labels: Table, pictures: Set[str], exclude: Path | None
) -> tuple[list[int], dict[str, int]]:
    """The rows of faces to use, and how many are left out for what reason.

    Raises:
        DatasetError: none is left.
    """
    excluded = _read_excluded(exclude, labels) if exclude else set()
    lost = set(labels.names) - pictures - excluded
    left_out = lost | excluded
    rows = [row for row, name in enumerate(labels.names) if name not in left_out]
    if not rows and not excluded:
        raise DatasetError(f"{labels.path}: none of its {len(labels.names)} pictures is there")
    if not rows:
        raise DatasetError(f"{exclude}: every face that has a picture is on this exclusion list")
    return rows, {NO_PICTURE: len(lost), EXCLUDED: len(excluded)}


def _read_excluded(path: Path, labels: Table) -> set[str]:
    known, excluded = set(labels.names), set()
    for name, place in read_exclusions(path):
        if name not in known:
            raise DatasetError(f"{place}: {name!r} is not among the faces of {labels.path}")
        excluded.add(name)
    return excluded


def _join_partitions(path: Path | None, labels: Table, rows: list[int]) -> tuple[np.ndarray, int]:
    """(N,) uint8, the partition of each row of labels; and how many unlabeled faces have one."""
    if path is None:
        return np.full(len(rows), PARTITIONS["test"], dtype=np.uint8), 0
    table = read_partitions(path)
    numbers = dict(zip(table.names, table.values[:, 0].tolist(), strict=True))
    for row in rows:
        if (name := labels.names[row]) not in numbers:
            raise DatasetError(f"{path}: has no partition for {name} ({labels.place(row)})")
    joined = np.array([numbers[labels.names[row]] for row in rows], dtype=np.uint8)
    return joined, len(numbers.keys() - set(labels.names))


def _join_known(path: Path, labels: Table, rows: list[int], partitions: np.ndarray) -> np.ndarray:
    """(N, A) uint8, which labels of each row are known. Outside train, all of them must be."""
    table = read_labels(path, labels.columns)
    places = {name: place for place, name in enumerate(table.names)}
    for row in rows:
        if (name := labels.names[row]) not in places:
            raise DatasetError(f"{path}: does not name {name} ({labels.place(row)})")
    found = [places[labels.names[row]] for row in rows]
    known = table.values[found]
    unusable = np.flatnonzero((partitions != PARTITIONS["train"]) & ~known.all(1))
    if len(unusable):
        place = table.place(found[unusable[0]])
        raise DatasetError(f"{place}: labels may be unknown in the train partition only")
    return known


def _join_persons(path: Path, labels: Table, rows: list[int]) -> np.ndarray:
    persons = read_identities(path)
    return np.array([persons.get(labels.names[row], -1) for row in rows])


def decode_face(file: Path, size: int, channels: int) -> np.ndarray:
    """Decode a whole picture, then cut and scale its square: (size, size, channels) uint8.

    Raises:
        DatasetError: the file is damaged or not a picture; the message names it.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if min(width, height) < SMALLEST_SIDE or width * height > MOST_PIXELS:
                raise ValueError(f"{width}x{height} pixels cannot show a face")
            return crop_square(image, celeba_square(width, height), size, channels)
    except UnidentifiedImageError as error:
        raise DatasetError(f"{file}: not a JPEG, PNG or WebP picture") from error
    except (*DECODER_ERRORS, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DatasetError(f"{file}: {reason}") from error


def load_faces(
    faces: FaceSet, size: int, channels: int = 3, *, quiet: bool = False
) -> torch.Tensor:
    """Decode every face into memory.

    Returns:
        (N, channels, size, size) uint8.

    Raises:
        DatasetError: a picture is damaged; the message names it.
    """
    pixels = np.empty((len(faces), size, size, channels), dtype=np.uint8)

    def load(row: int) -> None:
        pixels[row] = load_face(faces.files[row], size, channels)

    in_threads(load, range(len(faces)), "decoding", quiet=quiet)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def load_face(file: Path, size: int, channels: int) -> np.ndarray:
    """`decode_face` for callers that need every picture: its error says what to do."""
    try:
        return decode_face(file, size, channels)
    except DatasetError as error:
        raise DatasetError(
            f"{error}; `manage.py check_dataset FOLDER --output REPORT` lists all such pictures in "
            "an exclusion list"
        ) from error


def in_threads(
    work: Callable[[int], T], rows: range | np.ndarray, label: str, *, quiet: bool
) -> list[T]:
    """Call `work` for each row in threads, with a progress bar, and return its results in order.

    After the first error, or Ctrl-C, no further row is begun.
    """
    pool = ThreadPoolExecutor()
    try:
        answers = pool.map(work, rows)
        return list(tqdm(answers, label, len(rows), unit="face", disable=quiet or not len(rows)))
    finally:
        pool.shutdown(cancel_futures=True)
