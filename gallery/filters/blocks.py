"""A model version's decisions about the faces of a gallery, packed so that counting is quick.

A block holds the faces of `PHOTOS` photo ids. The database empties it and increments its `changes`
with every write to one of those faces (migration 0006). Whoever finds a block empty, or decided by
other thresholds, packs it again.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Self

import numpy as np
from django.db import OperationalError
from django.db.models import BigIntegerField, Case, Value, When

from gallery.filters.terms import Decision, decision_bounds, within
from gallery.models import DecisionBlock, Face
from gallery.models.block import PHOTOS
from ml.attributes import BY_NAME, NAMES
from ml.models import ModelVersion

FORMAT = 2  # of the packed bytes: blocks in another format are packed again
ALL = np.uint64(2 ** len(NAMES) - 1)
BYTES = -(-len(NAMES) // 8)  # for one bit per attribute
WIDTH = 2 * BYTES + 2  # bytes per face: its yes, its no, and its photo's number within the block


@dataclass(frozen=True)
class Block:
    """Real faces, in the order of their photos. Bit n of `yes` and `no` is attribute NAMES[n]."""

    photos: np.ndarray  # (N,) int64, ascending: the ids of the faces' photos
    yes: np.ndarray  # (N,) uint64
    no: np.ndarray  # (N,) uint64
    faces: np.ndarray  # (N,) int64: ids; (0,) if they were not asked for

    @property
    def unsure(self) -> np.ndarray:
        """The bits set in neither `yes` nor `no`, (N,) uint64."""
        unsure: np.ndarray = ~(self.yes | self.no) & ALL
        return unsure

    @classmethod
    def unpack(cls, data: bytes, faces: bytes, first: int) -> Self:
        """Read stored bytes; `first` is the lowest photo id of the block."""
        count = len(data) // WIDTH
        kept = np.frombuffer(data, np.uint8, 2 * BYTES * count)
        bits = np.zeros((2, count, 8), np.uint8)
        bits[..., :BYTES] = kept.reshape(2, count, BYTES)
        yes, no = bits.view("<u8")[..., 0]
        photos = np.frombuffer(data, "<u2", offset=len(kept)).astype(np.int64) + first
        return cls(photos, yes, no, np.frombuffer(faces, "<i8"))

    def pack(self, first: int) -> tuple[bytes, bytes]:
        """The bytes to store. Most counts need only the first, so the faces' ids are separate."""
        bits = np.stack([self.yes, self.no]).astype("<u8")[..., None].view(np.uint8)
        photos = (self.photos - first).astype("<u2")
        return bits[..., :BYTES].tobytes() + photos.tobytes(), self.faces.astype("<i8").tobytes()


def read_blocks(
    galleries: Iterable[int], version: ModelVersion, with_faces: bool = False
) -> Iterator[Block]:
    """The decisions of this version about all real faces of the galleries with these keys."""
    decided_by = _fingerprint(version)
    blocks = DecisionBlock.objects.filter(gallery__in=galleries)
    if not with_faces:
        blocks = blocks.defer("faces")
    stale = []
    for block in blocks.iterator(chunk_size=50):
        if block.packed is None or block.decided_by != decided_by:
            stale.append(block)
        else:
            faces = bytes(block.faces or b"") if with_faces else b""
            yield Block.unpack(bytes(block.packed), faces, block.number * PHOTOS)
    for block in stale:
        decided = _decide(block, version)
        _keep(block, decided, decided_by)
        yield decided


def _decide(block: DecisionBlock, version: ModelVersion) -> Block:
    first = block.number * PHOTOS
    faces = Face.objects.real().filter(
        gallery=block.gallery_id, photo__gte=first, photo__lt=first + PHOTOS
    )
    decided = faces.annotate(yes=_bits("yes", version), no=_bits("no", version))
    rows = decided.order_by("photo", "pk").values_list("photo", "yes", "no", "pk")
    photos, yes, no, keys = np.array(list(rows), dtype=np.int64).reshape(-1, 4).T
    return Block(photos, yes.astype(np.uint64), no.astype(np.uint64), keys)


def _bits(decision: Decision, version: ModelVersion) -> Any:
    """An expression for one number per face: a bit for each attribute with this decision."""
    whole: BigIntegerField[int, int] = BigIntegerField()
    bits = []
    for place, name in enumerate(NAMES):
        bounds = decision_bounds(decision, version.thresholds_of(name))
        is_so = When(within(BY_NAME[name].field, bounds), then=Value(2**place))
        bits.append(Case(is_so, default=Value(0), output_field=whole))
    return reduce(add, bits)


def _keep(block: DecisionBlock, decided: Block, decided_by: str) -> None:
    """Store the block for the next count, unless a face was written after it was read."""
    packed, faces = decided.pack(block.number * PHOTOS)
    kept = DecisionBlock.objects.filter(pk=block.pk, changes=block.changes)
    with suppress(OperationalError):  # SQLite is locked by another writer: the next count stores it
        kept.update(packed=packed, faces=faces, decided_by=decided_by)


def _fingerprint(version: ModelVersion) -> str:
    decided = json.dumps([FORMAT, version.thresholds], sort_keys=True)
    return hashlib.sha256(decided.encode()).hexdigest()
