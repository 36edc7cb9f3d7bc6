"""The faces of a run: two partitions of a data set, and the training faces of more folders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml.data.cache import open_cache
from ml.data.celeba import DatasetError, FaceSet, read_celeba
from ml.training.batches import Faces


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where a run's faces come from.

    Args:
        folder: a data set in CelebA's layout.
        partitions: another partition file.
        exclude: a list of pictures to leave out.
        rows: how many training faces to use, from the first on; None for all.
        also: more folders in that layout, whose train partitions are added.
    """

    folder: Path
    partitions: Path | None = None
    exclude: Path | None = None
    rows: int | None = None
    also: tuple[Path, ...] = ()

    def read(self) -> "TrainingData":
        """Read all labels.

        Raises:
            DatasetError: a folder cannot be used, or a partition holds no face.
            ValueError: `rows` is below 1.
        """
        also = _read_further(self.also)
        found = read_celeba(self.folder, partitions=self.partitions, exclude=self.exclude)
        train, valid = found.partition("train"), found.partition("valid")
        if self.rows is not None:
            if self.rows < 1:
                raise ValueError(f"--rows is at least 1, not {self.rows}")
            train = train.take(np.arange(min(self.rows, len(train))))
        for name, part in (("train", train), ("valid", valid)):
            if not len(part):
                raise DatasetError(f"the {name} partition holds no face whose picture is on disk")
        # After the cut to `rows`: that number is about the data set itself.
        for part in also.values():
            train = train.joined(part)
        return TrainingData(self.folder.resolve().name, train, valid, also)


@dataclass(frozen=True)
class TrainingData:
    """Labeled faces on disk; `train` includes those of the folders in `also`."""

    name: str
    train: FaceSet
    valid: FaceSet
    also: dict[str, FaceSet]

    def lines(self) -> Iterator[str]:
        """What was found, as lines for the user."""
        added = sum(len(part) for part in self.also.values())
        yield f"{len(self.train) - added} training and {len(self.valid)} valid faces"
        for reason, count in self.train.skipped.items():
            yield f"{count} labeled faces skipped: {reason}"
        for name, part in self.also.items():
            yield f"{len(part)} more training faces from {name}"

    def fingerprints(self) -> dict[str, str]:
        """The partitions' hashes, which must not change before a run is resumed."""
        return {"train": self.train.fingerprint(), "valid": self.valid.fingerprint()}

    def facts(self) -> dict[str, Any]:
        """What config.json says about the data."""
        facts: dict[str, Any] = {
            "folder": self.name,
            "train": len(self.train),
            "valid": len(self.valid),
            "skipped": self.train.skipped,
            "fingerprint": self.train.fingerprint(),
        }
        if self.also:
            facts["also"] = {
                name: {"train": len(part), "fingerprint": part.fingerprint()}
                for name, part in self.also.items()
            }
        return facts

    def decode(self, size: int, channels: int, cache: Path, *, quiet: bool) -> tuple[Faces, Faces]:
        """The faces of train and valid, decoded into the cache.

        Raises:
            DatasetError: a picture is damaged, or the cache cannot be written.
        """
        train, valid = (
            Faces(open_cache(part, size, channels, cache, quiet=quiet), part.float_targets())
            for part in (self.train, self.valid)
        )
        return train, valid


def _read_further(folders: Iterable[Path]) -> dict[str, FaceSet]:
    """The train partitions of these folders, by folder name: config.json lists them so."""
    also: dict[str, FaceSet] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in also:
            raise DatasetError(f"{folder}: another folder has the same name; rename one")
        also[name] = read_celeba(folder).partition("train")
        if not len(also[name]):
            raise DatasetError(f"{folder}: its train partition holds no face")
    return also
