"""What the faces of galleries have in common: how often each attribute, and which go together."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from gallery.filters.blocks import read_blocks
from gallery.models.gallery import GalleryQuerySet
from ml.attributes import NAMES
from ml.models import ModelVersion

FEWEST = 5  # faces that must have both attributes: fewer say nothing


@dataclass(frozen=True)
class Pair:
    """Two attributes that go together: `share` of the faces with `first` have `second` too."""

    first: str
    second: str
    both: int
    share: float
    phi: float  # the correlation of two yes/no variables, from -1 to 1


@dataclass(frozen=True)
class Insight:
    """Counts of faces, in the order of NAMES."""

    faces: int
    yes: np.ndarray  # (40,) int64
    unsure: np.ndarray  # (40,) int64
    both: np.ndarray  # (40, 40) int64: with yes for both attributes

    @property
    def sure(self) -> float:
        """The share of the model's decisions that are yes or no; 0 without faces."""
        asked = self.faces * len(NAMES)
        return 1 - int(self.unsure.sum()) / asked if asked else 0.0

    def pairs(self, most: int) -> list[Pair]:
        """The pairs that go together most, those with the highest phi first."""
        known = sorted(self._pairs(), key=lambda pair: pair.phi, reverse=True)
        return [pair for pair in known[:most] if pair.phi > 0]

    def _pairs(self) -> Iterator[Pair]:
        for a, b in combinations(range(len(NAMES)), 2):
            both, (rare, often) = int(self.both[a, b]), sorted((a, b), key=lambda n: self.yes[n])
            if both >= FEWEST and self.yes[often] < self.faces:
                share = both / int(self.yes[rare])
                yield Pair(NAMES[rare], NAMES[often], both, share, self._phi(a, b))

    def _phi(self, a: int, b: int) -> float:
        """Phi of a 2 x 2 table: (n n11 - n1 n2) / sqrt(n1 (n - n1) n2 (n - n2))."""
        n, n1, n2 = self.faces, int(self.yes[a]), int(self.yes[b])
        return float((n * int(self.both[a, b]) - n1 * n2) / (n1 * (n - n1) * n2 * (n - n2)) ** 0.5)


def read_insight(galleries: GalleryQuerySet, version: ModelVersion | None) -> Insight:
    """Count the decisions of a version about all faces of these galleries."""
    faces, yes, unsure = 0, _zeros(len(NAMES)), _zeros(len(NAMES))
    both = _zeros(len(NAMES), len(NAMES))
    for block in read_blocks(galleries.primary_keys(), version) if version else ():
        said = _unpack(block.yes)
        faces += len(said)
        both += (said.T @ said).astype(np.int64)
        yes += said.sum(axis=0).astype(np.int64)
        unsure += _unpack(block.unsure).sum(axis=0).astype(np.int64)
    return Insight(faces, yes, unsure, both)


def _zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, dtype=np.int64)


def _unpack(bits: np.ndarray) -> np.ndarray:
    """One column per attribute from (N,) uint64: (N, 40) of 0 and 1, as float32.

    A product of float32 is quick, and exact up to 16 million: a block has far fewer faces.
    """
    places = np.arange(len(NAMES), dtype=np.uint64)
    return (bits[:, None] >> places & np.uint64(1)).astype(np.float32)
