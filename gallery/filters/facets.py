"""How many photos match with each attribute: counted exactly, over packed decisions."""

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
from gallery.models.pages import KeysetQuerySet
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
    """How many photos match with an attribute's yes, no or unsure in the filter."""

    yes: int = 0
    no: int = 0
    unsure: int = 0


@dataclass(frozen=True)
class Facets:
    """How many photos match (`found`), and how many would with each attribute in the filter."""

    found: int
    counts: dict[str, FacetCount]


def count_facets(
    galleries: GalleryQuerySet, expression: Expression, version: ModelVersion | None, match: str
) -> Facets:
    """How many of the galleries' photos match, and would with each attribute in the filter."""
    keys = galleries.primary_keys()
    found, counts = 0, np.zeros((len(NAMES), len(FACETS)), dtype=np.int64)
    if version:
        ids = _query_ids(keys, expression.terms, version)
        for block in read_blocks(keys, version, with_faces=_need_faces(ids)):
            counter = Counter(block, expression, ids, match)
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
    """How many photos of these galleries match each filter: an expression and its match."""
    keys = galleries.primary_keys()
    found = [
        0 if expression.face_terms else _photos(keys, expression.photo_condition()).count()
        for expression, _ in filters
    ]
    of_faces = [place for place, (expression, _) in enumerate(filters) if expression.face_terms]
    if not version or not of_faces:
        return found
    terms = {term for place in of_faces for term in filters[place][0].terms}
    ids = _query_ids(keys, terms, version)
    for block in read_blocks(keys, version, with_faces=_need_faces(ids)):
        for place in of_faces:
            expression, match = filters[place]
            found[place] += Counter(block, expression, ids, match).found()
    return found


def count_unsure(galleries: GalleryQuerySet, version: ModelVersion | None) -> dict[str, int]:
    """By attribute, how many faces of these galleries the version is unsure about."""
    keys = galleries.primary_keys()
    counts = np.zeros(len(NAMES), dtype=np.int64)
    for block in read_blocks(keys, version) if version else ():
        counts += _count_bits(block.unsure)
    return dict(zip(NAMES, counts.tolist(), strict=True))


class Counter:
    """Counts the photos of one block.

    `ids` has the ids, ascending, of the faces or photos that meet a term which the packed
    decisions cannot answer: one with a threshold, or about the photo.
    """

    def __init__(
        self, block: Block, expression: Expression, ids: dict[Term, np.ndarray], match: str
    ) -> None:
        self.block, self.own = block, expression.own_names()
        # A photo matches if one of its faces does, or only if all do. So the bits of its faces are
        # joined by OR, or by AND; a face that does not match has none set.
        self.joined = np.bitwise_or if match == "any" else np.bitwise_and
        self.starts = np.flatnonzero(np.diff(block.photos, prepend=-1))
        self.holds = {term: self._holds(term, ids) for term in expression.terms}

    def found(self) -> int:
        """How many photos match."""
        return int(np.count_nonzero(self._photos(self._matching())))

    def counts(self) -> np.ndarray:
        """How many would match with each attribute's yes, no and unsure, (40, 3)."""
        # Bit n: all terms hold but for attribute n's own, which a click on its facet replaces.
        others_hold = np.where(self._matching(), ALL, NONE)
        for name in self.own:
            others_hold |= np.where(self._matching(without=name), MASKS[name], NONE)
        decided = (getattr(self.block, decision) for decision in FACETS)
        return np.stack([_count_bits(self._photos(bits & others_hold)) for bits in decided], axis=1)

    def _matching(self, without: str = "") -> np.ndarray:
        """Whether all terms hold for each face, (N,), leaving out that attribute's own term."""
        matching = np.ones(len(self.block.photos), dtype=bool)
        for term, holds in self.holds.items():
            if not without or term.own[0] != without:
                matching &= holds
        return matching

    def _photos(self, faces: np.ndarray) -> np.ndarray:
        """The bits of faces, (N,), joined to those of their photos, (P,)."""
        return self.joined.reduceat(faces, self.starts) if len(faces) else faces

    def _holds(self, term: Term, ids: dict[Term, np.ndarray]) -> np.ndarray:
        block = self.block
        if term in ids:
            return _is_among(block.photos if term.is_of_photo else block.faces, ids[term])
        holds = np.zeros(len(block.photos), dtype=bool)
        for alternative in term.of_face:
            holds |= getattr(block, alternative.form) & MASKS[alternative.name] != 0
        return holds


def _query_ids(
    galleries: list[int], terms: Iterable[Term], version: ModelVersion
) -> dict[Term, np.ndarray]:
    """The ids that meet a term, for those terms that packed decisions cannot answer."""
    ids = {}
    for term in filter(needs_query, terms):
        if term.is_of_photo:
            ids[term] = _ids(_photos(galleries, term.photo_condition()))
        else:
            ids[term] = _ids(_faces(galleries, term.condition(version)))
    return ids


def needs_query(term: Term) -> bool:
    """Whether packed decisions cannot answer it: a term with a threshold, or about the photo."""
    return term.is_of_photo or any(face.form not in FACETS for face in term.of_face)


def _need_faces(ids: dict[Term, np.ndarray]) -> bool:
    return not all(term.is_of_photo for term in ids)


def _photos(galleries: list[int], condition: Q) -> PhotoQuerySet:
    return Photo.objects.order_by().filter(condition, gallery__in=galleries)


def _faces(galleries: list[int], condition: Q) -> FaceQuerySet:
    return Face.objects.order_by().filter(condition, gallery__in=galleries)


def _ids(rows: KeysetQuerySet[Any]) -> np.ndarray:
    # Without iterator(): for a cursor PostgreSQL uses one core only.
    return np.sort(np.array(list(rows.values_list("pk", flat=True)), dtype=np.int64))


def _is_among(values: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Which of the values are among the ids, which are in ascending order."""
    if not len(ids):
        return np.zeros(len(values), dtype=bool)
    places = np.searchsorted(ids, values)
    is_there: np.ndarray = ids[np.minimum(places, len(ids) - 1)] == values
    return is_there


def _count_bits(bits: np.ndarray) -> np.ndarray:
    """How many of (N,) uint64 have each attribute's bit set, (40,)."""
    columns = np.ascontiguousarray(bits).view(np.uint8).reshape(-1, 8)[:, :BYTES]
    values = [np.bincount(column, minlength=256) for column in columns.T]
    return np.concatenate([count @ BITS for count in values])[: len(NAMES)]
