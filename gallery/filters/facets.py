"""How many photos each attribute would leave: counted exactly, over packed decisions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q

from gallery.filters.blocks import ALL, BYTES, Block, read_blocks
from gallery.filters.expression import Expression, Term
from gallery.filters.terms import Decision
from gallery.models.face import Face, FaceQuerySet
from gallery.models.gallery import GalleryQuerySet
from gallery.models.photo import Photo, PhotoQuerySet
from ml.attributes import NAMES
from ml.models import ModelVersion

FACETS: tuple[Decision, ...] = ("yes", "no", "unsure")
MASKS = {name: np.uint64(2**place) for place, name in enumerate(NAMES)}
NONE = np.uint64(0)
# (256, 8): the bits of a byte of each value, the lowest first.
BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")


@dataclass(frozen=True)
class FacetCount:
    """How many photos an attribute's yes, no or unsure would leave."""

    yes: int = 0
    no: int = 0
    unsure: int = 0


@dataclass(frozen=True)
class Facets:
    """How many photos match (`found`), and how many would with each attribute set."""

    found: int
    counts: dict[str, FacetCount]


def count_facets(
    galleries: GalleryQuerySet, expression: Expression, version: ModelVersion | None, match: str
) -> Facets:
    """How many of the galleries' photos match, and how many would with each attribute set."""
    keys = galleries.keys()
    found, counts = 0, np.zeros((len(NAMES), len(FACETS)), dtype=np.int64)
    if version:
        told = _ask_store(keys, expression.terms, version)
        for block in read_blocks(keys, version, with_faces=_need_faces(told)):
            counter = Counter(block, expression, told, match)
            found += counter.found()
            counts += counter.counts()
    if not expression.face_terms:  # photos without a face match too
        found = _photos(keys, expression.photo_condition()).count()
    rows = (FacetCount(*row) for row in counts.tolist())
    return Facets(found, dict(zip(NAMES, rows, strict=True)))


def count_found(
    galleries: GalleryQuerySet,
    filters: Sequence[tuple[Expression, str]],
    version: ModelVersion | None,
) -> list[int]:
    """How many photos of these galleries each filter leaves: an expression and its match."""
    keys = galleries.keys()
    found = [
        0 if wanted.face_terms else _photos(keys, wanted.photo_condition()).count()
        for wanted, _ in filters
    ]
    of_faces = [place for place, (wanted, _) in enumerate(filters) if wanted.face_terms]
    if not version or not of_faces:
        return found
    terms = {term for place in of_faces for term in filters[place][0].terms}
    told = _ask_store(keys, terms, version)
    for block in read_blocks(keys, version, with_faces=_need_faces(told)):
        for place in of_faces:
            wanted, match = filters[place]
            found[place] += Counter(block, wanted, told, match).found()
    return found


def count_unsure(galleries: GalleryQuerySet, version: ModelVersion | None) -> dict[str, int]:
    """By attribute, how many faces of these galleries lie between the version's thresholds."""
    keys = galleries.keys()
    counts = np.zeros(len(NAMES), dtype=np.int64)
    for block in read_blocks(keys, version) if version else ():
        counts += _count_bits(block.unsure)
    return dict(zip(NAMES, counts.tolist(), strict=True))


class Counter:
    """Counts the photos of one block.

    `told` has the ids, ascending, of the faces or photos that meet a term which packed decisions
    do not tell.
    """

    def __init__(
        self, block: Block, expression: Expression, told: dict[Term, np.ndarray], match: str
    ) -> None:
        self.block, self.own = block, expression.own_names()
        # A photo matches by one face, or by each of them: so their bits are joined, those of a
        # face that is not wanted being 0.
        self.joined = np.bitwise_or if match == "any" else np.bitwise_and
        self.starts = np.flatnonzero(np.diff(block.photos, prepend=-1))
        self.holds = {term: self._holds(term, told) for term in expression.terms}

    def found(self) -> int:
        """How many photos have faces as wanted."""
        return int(np.count_nonzero(self._photos(self._wanted())))

    def counts(self) -> np.ndarray:
        """How many would with each attribute's yes, no and unsure, (40, 3)."""
        leaves = np.where(self._wanted(), ALL, NONE)  # bit n: all but attribute n's own term hold
        for name in self.own:
            leaves |= np.where(self._wanted(but=name), MASKS[name], NONE)
        decided = (getattr(self.block, decision) for decision in FACETS)
        return np.stack([_count_bits(self._photos(bits & leaves)) for bits in decided], axis=1)

    def _wanted(self, but: str = "") -> np.ndarray:
        """The faces (N,) for which all terms hold, without the own one of that attribute."""
        wanted = np.ones(len(self.block.photos), dtype=bool)
        for term, holds in self.holds.items():
            if not but or term.own[0] != but:
                wanted &= holds
        return wanted

    def _photos(self, faces: np.ndarray) -> np.ndarray:
        """Bits of faces, (N,), joined to those of their photos, (P,)."""
        return self.joined.reduceat(faces, self.starts) if len(faces) else faces

    def _holds(self, term: Term, told: dict[Term, np.ndarray]) -> np.ndarray:
        block = self.block
        if term in told:
            return _is_among(block.photos if term.is_of_photo else block.faces, told[term])
        holds = np.zeros(len(block.photos), dtype=bool)
        for alternative in term.alternatives:
            holds |= getattr(block, alternative.form) & MASKS[alternative.name] != 0
        return holds


def _ask_store(
    galleries: list[int], terms: Iterable[Term], version: ModelVersion
) -> dict[Term, np.ndarray]:
    """The ids that meet a term, for those terms that packed decisions do not tell."""
    told = {}
    for term in terms:
        if term.is_of_photo:
            told[term] = _ids(_photos(galleries, term.photo_condition()))
        elif any(alternative.form not in FACETS for alternative in term.alternatives):
            told[term] = _ids(_faces(galleries, term.condition(version)))
    return told


def _need_faces(told: dict[Term, np.ndarray]) -> bool:
    return not all(term.is_of_photo for term in told)


def _photos(galleries: list[int], condition: Q) -> PhotoQuerySet:
    return Photo.objects.order_by().filter(condition, gallery__in=galleries)


def _faces(galleries: list[int], condition: Q) -> FaceQuerySet:
    return Face.objects.order_by().filter(condition, gallery__in=galleries)


def _ids(rows: Any) -> np.ndarray:
    # No iterator(): PostgreSQL lets one core alone read for a cursor.
    return np.sort(np.array(list(rows.values_list("pk", flat=True)), dtype=np.int64))


def _is_among(values: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Which of the values are among the ids, which ascend."""
    if not len(ids):
        return np.zeros(len(values), dtype=bool)
    places = np.searchsorted(ids, values)
    return ids[np.minimum(places, len(ids) - 1)] == values


def _count_bits(bits: np.ndarray) -> np.ndarray:
    """How many (N,) of uint64 have each attribute's bit, (40,)."""
    columns = np.ascontiguousarray(bits).view(np.uint8).reshape(-1, 8)[:, :BYTES]
    values = [np.bincount(column, minlength=256) for column in columns.T]
    return np.concatenate([count @ BITS for count in values])[: len(NAMES)]
