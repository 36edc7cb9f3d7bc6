"""The faces of a run: two partitions of a data set, and the training faces of more folders."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from ml.attributes import NAMES
from ml.data.cache import open_cache, picture_hashes
from ml.data.celeba import DatasetError, FaceSet, read_celeba
from ml.data.leaks import check_persons, check_pictures
from ml.hardware.distributed import Group
from ml.training.batches import Faces


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where a run's faces come from.

    Args:
        folder: a data set in CelebA's layout.
        partitions: another partition file.
        exclude: a list of pictures to leave out.
        rows: how many training faces to use, drawn by `seed`; None for all.
        attributes: which columns of the labels to learn, in this order; None for all.
        also: more folders in that layout, whose train partitions are added.
        corrected: the same, of faces that people have answered about.
        corrections_weight: how often an epoch shows each of those.
        origins: pictures that faces in `corrected` were cut from: words for each SHA-256.
    """

    folder: Path
    partitions: Path | None = None
    exclude: Path | None = None
    rows: int | None = None
    seed: int = 0
    attributes: tuple[str, ...] | None = None
    also: tuple[Path, ...] = ()
    corrected: tuple[Path, ...] = ()
    corrections_weight: int = 1
    origins: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> "TrainingData":
        """Read all labels.

        Raises:
            DatasetError: a folder cannot be used, a partition holds no face, or a person is in two
                of them.
            ValueError: `rows` is below 1.
        """
        found = read_celeba(
            self.folder,
            partitions=self.partitions,
            exclude=self.exclude,
            attributes=self.attributes,
        )
        check_persons(found)
        also = _read_further((*self.also, *self.corrected), found)
        weights = {folder.resolve().name: self.corrections_weight for folder in self.corrected}
        train, valid = found.partition("train"), found.partition("valid")
        if self.rows is not None:
            if self.rows < 1:
                raise ValueError(f"--rows is at least 1, not {self.rows}")
            train = train.take(_drawn(len(train), self.rows, self.seed))
        for name, part in (("train", train), ("valid", valid)):
            if not len(part):
                raise DatasetError(f"the {name} partition holds no face whose picture is on disk")
        # After the cut to `rows`: that number is about the data set itself.
        for name, part in also.items():
            train = train.joined(part.repeated(weights.get(name, 1)))
        return TrainingData(
            name=self.folder.resolve().name,
            train=train,
            valid=valid,
            test=found.partition("test"),
            also=also,
            weights=weights,
            origins=self.origins,
        )


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Labeled faces on disk; `train` includes those of the folders in `also`, at its end.

    Those with a weight are there so many times. `test` is only there to be kept out.
    """

    name: str
    train: FaceSet
    valid: FaceSet
    test: FaceSet
    also: dict[str, FaceSet]
    weights: Mapping[str, int] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def attributes(self) -> tuple[str, ...]:
        """What is labeled, in the order of the targets."""
        return self.train.attributes

    def weight(self, name: str) -> int:
        """How often an epoch shows each face of that further folder."""
        return self.weights.get(name, 1)

    @property
    def added(self) -> int:
        """How many training faces are from further folders, with their weights."""
        return sum(self.weight(name) * len(part) for name, part in self.also.items())

    def lines(self) -> Iterator[str]:
        """What was found, as lines for the user."""
        if self.attributes != NAMES:
            yield f"{len(self.attributes)} attributes: {', '.join(self.attributes)}"
        yield f"{len(self.train) - self.added} training and {len(self.valid)} valid faces"
        for reason, count in self.train.skipped.items():
            yield f"{count} labeled faces skipped: {reason}"
        for name, part in self.also.items():
            times = f", each {self.weight(name)} times" if self.weight(name) > 1 else ""
            yield f"{len(part)} more training faces from {name}{times}"

    def hashed(self, group: Group, *, quiet: bool) -> Self:
        """The same faces with the SHA-256 of each file.

        Raises:
            DatasetError: a picture is in two partitions, or a further folder only holds training
                faces that are there already.
        """
        faces = self.train.joined(self.valid).joined(self.test)
        hashes = _hashes(faces, group, quiet)
        check_pictures(replace(faces, hashes=hashes), self.origins)
        self._check_further(hashes)
        split = np.split(hashes, np.cumsum([len(self.train), len(self.valid)]))
        return replace(
            self,
            train=replace(self.train, hashes=split[0]),
            valid=replace(self.valid, hashes=split[1]),
        )

    def _check_further(self, hashes: np.ndarray) -> None:
        digests = [row.tobytes() for row in hashes[: len(self.train)]]
        end = len(self.train) - self.added
        own = set(digests[:end])
        for name, part in self.also.items():
            start, end = end, end + self.weight(name) * len(part)
            if own.issuperset(digests[start:end]):
                raise DatasetError(
                    f"{name}: all of its {len(part)} pictures, from {part.files[0]} on, are among "
                    "the training faces already; leave it out of --also"
                )

    def fingerprints(self) -> dict[str, str]:
        """Hashes of labels and pictures, which must not change before a run is resumed."""
        return {
            "train": self.train.fingerprint(),
            "valid": self.valid.fingerprint(),
            "train pictures": _sha256(self.train.hashes),
            "valid pictures": _sha256(self.valid.hashes),
        }

    def facts(self) -> dict[str, Any]:
        """What config.json says about the data."""
        facts: dict[str, Any] = {
            "folder": self.name,
            "train": len(self.train),
            "valid": len(self.valid),
            "skipped": self.train.skipped,
            "fingerprint": self.train.fingerprint(),
            "content": hashlib.sha256("".join(self.fingerprints().values()).encode()).hexdigest(),
        }
        if self.also:
            facts["also"] = {
                name: {
                    "train": len(part),
                    "fingerprint": part.fingerprint(),
                    **({"weight": self.weights[name]} if name in self.weights else {}),
                }
                for name, part in self.also.items()
            }
        return facts

    def decode(
        self, size: int, channels: int, cache: Path, group: Group, *, quiet: bool
    ) -> tuple[Faces, Faces]:
        """The faces of train and valid, decoded into the cache by one process of each host.

        Raises:
            DatasetError: a picture is damaged, or the cache cannot be written.
        """
        if group.is_first_here:
            found = self._open(size, channels, cache, filled=False, quiet=quiet)
            group.wait()  # with the others, for which it is decoded now
            return found
        group.wait()
        return self._open(size, channels, cache, filled=True, quiet=True)

    def _open(
        self, size: int, channels: int, cache: Path, *, filled: bool, quiet: bool
    ) -> tuple[Faces, Faces]:
        train, valid = (
            Faces(
                open_cache(part, size, channels, cache, filled=filled, quiet=quiet),
                part.float_targets(),
                part.attributes,
            )
            for part in (self.train, self.valid)
        )
        return train, valid


def _drawn(count: int, most: int, seed: int) -> np.ndarray:
    """At most so many rows, in their order. The first ones may be of one kind: CelebA is sorted."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def _hashes(faces: FaceSet, group: Group, quiet: bool) -> np.ndarray:
    """(N, 32) uint8. One process of each host reads the pictures, for the others too.

    Raises:
        DatasetError: a picture cannot be read, or the hosts have different ones.
    """
    own = picture_hashes(faces, quiet=quiet) if group.is_first_here else None
    shared: np.ndarray = group.shared(own)
    if own is not None and not np.array_equal(own, shared):
        raise DatasetError("the pictures of this host are not those of the first one")
    return shared


def _sha256(hashes: np.ndarray | None) -> str:
    """Of all pictures, in order."""
    if hashes is None:
        raise TypeError("these faces have no hashes yet")
    return hashlib.sha256(hashes.tobytes()).hexdigest()


def _read_further(folders: Iterable[Path], found: FaceSet) -> dict[str, FaceSet]:
    """The train partitions of these folders, by folder name: config.json lists them so."""
    also: dict[str, FaceSet] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in also:
            raise DatasetError(f"{folder}: another folder has the same name; rename one")
        also[name] = read_celeba(folder, attributes=found.attributes).partition("train")
        if not len(also[name]):
            raise DatasetError(f"{folder}: its train partition holds no face")
        if also[name].files[0].parent.samefile(found.files[0].parent):
            raise DatasetError(f"{folder}: is the data set itself; leave it out of --also")
    return also
