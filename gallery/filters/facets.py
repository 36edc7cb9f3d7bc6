"""How many photos match with each attribute: counted exactly, over packed decisions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.db.models import Q

from gallery.filters.blocks import ALL, BYTES, Block, read_blocks
from gallery.filters.choices import changed_term
from gallery.filters.expression import Expression, Term
from gallery.filters.photo_terms import PhotoAlternative
from gallery.filters.terms import Decision
from gallery.models.face import Face, FaceQuerySet
from gallery.models.gallery import GalleryQuerySet
from gallery.models.pages import KeysetQuerySet
from gallery.models.photo import Photo, PhotoQuerySet
from ml.attributes import NAMES
from ml.models import ModelVersion

FACETS: tuple[Decision, ...] = ("yes", "no", "unsure")
FACE_COUNTS = ("faces=0", "faces=1", "faces=2", "faces>=3")  # terms, in a facet of their own
MASKS = {name: np.uint64(2**place) for place, name in enumerate(NAMES)}
NONE = np.uint64(0)
# (256, 8): the bits of a byte of each value, the lowest first.
BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")


@dataclass(frozen=True)
class FacetCount:
    """How many photos match with an attribute's yes, no or unsure alone (`choices.alone`)."""

    yes: int = 0
    no: int = 0
    unsure: int = 0


@dataclass(frozen=True)
class Facets:
    """How many photos match (`found`), and how many would with each attribute in the filter.

    `faces` is the number of matching faces, on matching photos. `face_counts` has how many photos
    would match with `faces=0`, `faces=1`, `faces=2` and `faces>=3` in place of the filter's own
    terms about the number of faces.
    """

    found: int
    faces: int
    counts: dict[str, FacetCount]
    face_counts: dict[str, int]


def count_facets(
    galleries: GalleryQuerySet, expression: Expression, version: ModelVersion | None, match: str
) -> Facets:
    """How many of the galleries' photos match, and would with each attribute in the filter."""
    keys = galleries.primary_keys()
    found, faces, face_counts = 0, 0, np.zeros(len(FACE_COUNTS), dtype=np.int64)
    counts = np.zeros((len(NAMES), len(FACETS)), dtype=np.int64)
    if version:
        ids = _query_ids(keys, expression.terms, version)
        for block in read_blocks(keys, version, with_faces=_need_faces(ids)):
            counter = Counter(block, expression, ids, match)
            found += counter.found()
            faces += counter.faces()
            counts += counter.counts()
            face_counts += counter.face_counts()
    if not expression.face_terms:  # photos without a face match too
        found = _photos(keys, expression.photo_condition()).count()
        face_counts[0] = _without_faces(keys, expression)
    rows = (FacetCount(*row) for row in counts.tolist())
    return Facets(
        found=found,
        faces=faces,
        counts=dict(zip(NAMES, rows, strict=True)),
        face_counts=dict(zip(FACE_COUNTS, face_counts.tolist(), strict=True)),
    )


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
        self.block, self.expression = block, expression
        # A photo matches if one of its faces does, or only if all do. So the bits of its faces are
        # joined by OR, or by AND; a face that does not match has none set.
        self.joined = np.bitwise_or if match == "any" else np.bitwise_and
        self.starts = np.flatnonzero(np.diff(block.photos, prepend=-1))
        self.holds = {term: self._holds(term, ids) for term in expression.terms}

    def found(self) -> int:
        """How many photos match."""
        return int(np.count_nonzero(self._photos(self._matching())))

    def faces(self) -> int:
        """How many faces match, on matching photos."""
        # With match="every" all faces of a matching photo match, and those of others do not count.
        matching = self._matching()
        sizes = np.where(self._photos(matching), self._photo_faces(matching), 0)
        return int(sizes.sum())

    def face_counts(self) -> np.ndarray:
        """How many would match with each of FACE_COUNTS in the filter, (4,)."""
        numbers = [term for term in self.holds if term.is_of_number]
        matching = self._photos(self._matching(*numbers))
        everyone = self._photo_faces(np.ones(len(self.block.photos), dtype=bool))
        most = len(FACE_COUNTS) - 1
        return np.bincount(np.minimum(everyone[matching], most), minlength=most + 1)

    def counts(self) -> np.ndarray:
        """How many would match with each attribute's yes, no or unsure alone, (40, 3)."""
        columns = []
        for decision in FACETS:
            # Bit n: all terms hold but the one that attribute n's choice takes the place of.
            others_hold = np.where(self._matching(), ALL, NONE)
            for term, names in _changed_terms(self.expression, decision).items():
                others_hold |= np.where(self._matching(term), names, NONE)
            decided = getattr(self.block, decision)
            columns.append(_count_bits(self._photos(decided & others_hold)))
        return np.stack(columns, axis=1)

    def _matching(self, *without: Term) -> np.ndarray:
        """Whether all terms hold for each face, (N,), leaving out those."""
        matching = np.ones(len(self.block.photos), dtype=bool)
        for term, holds in self.holds.items():
            if term not in without:
                matching &= holds
        return matching

    def _photo_faces(self, faces: np.ndarray) -> np.ndarray:
        """How many of these faces, (N,) bool, each photo has, (P,)."""
        return np.add.reduceat(faces, self.starts, dtype=np.int64) if len(faces) else faces

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


@lru_cache(maxsize=64)  # asked for each block
def _changed_terms(expression: Expression, decision: Decision) -> dict[Term, np.uint64]:
    """The terms that a choice would change, each with the bits of those attributes."""
    changed: dict[Term, np.uint64] = {}
    for name, bit in MASKS.items():
        term = changed_term(expression, name, decision)
        if term is not None:
            changed[term] = changed.get(term, NONE) | bit
    return changed


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


def _without_faces(galleries: list[int], expression: Expression) -> int:
    """How many photos would match with `faces=0` in the filter, which asks nothing of a face."""
    others = Expression(tuple(term for term in expression.terms if not term.is_of_number))
    none = PhotoAlternative("faces", "=", "0")
    return _photos(galleries, others.photo_condition() & none.condition()).count()


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
