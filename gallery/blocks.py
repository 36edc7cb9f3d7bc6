"""A version's decisions about the faces of a gallery, packed, so that to count need not read faces.

A block holds the faces of `PHOTOS` ids of photos. The store itself empties it, and counts up its
`changes`, with every write to one of those faces (migration 0006). Who finds a block empty, or
decided by other thresholds, packs it anew.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from django.apps import apps
from django.db import OperationalError
from django.db.models import BigIntegerField, Case, Value, When

from gallery.demands import Decision, decision_bounds, within
from ml.attributes import BY_NAME, NAMES
from ml.models import ModelVersion

if TYPE_CHECKING:
    from gallery.models import DecisionBlock

PHOTOS = 2**14  # the migration's triggers know this number too
FORMAT = 1  # of the packed bytes: what was packed in another one is packed anew
COLUMNS = {"faces": "<i8", "yes": "<u8", "no": "<u8", "photos": "<u2"}
ALL = np.uint64(2 ** len(NAMES) - 1)
WIDTH = sum(np.dtype(kind).itemsize for kind in COLUMNS.values())  # bytes of a face


@dataclass(frozen=True)
class Block:
    """Faces by photo. Bit n of `yes` and `no` is attribute n's, in the data set's order."""

    photos: np.ndarray  # (N,) int64, ascending: the ids of the faces' photos
    faces: np.ndarray  # (N,) int64: ids
    yes: np.ndarray  # (N,) uint64
    no: np.ndarray  # (N,) uint64

    @property
    def unsure(self) -> np.ndarray:
        """The bits that are set in neither, (N,) uint64."""
        return ~(self.yes | self.no) & ALL

    @classmethod
    def unpack(cls, data: bytes, first: int) -> Self:
        """From the kept bytes; `first` is the least id that a photo of the block can have."""
        count, columns, place = len(data) // WIDTH, {}, 0
        for name, kind in COLUMNS.items():
            columns[name] = np.frombuffer(data, kind, count, place)
            place += columns[name].nbytes
        return cls(**columns | {"photos": columns["photos"].astype(np.int64) + first})

    def pack(self, first: int) -> bytes:
        """The bytes to keep."""
        columns = {**vars(self), "photos": self.photos - first}
        return b"".join(columns[name].astype(kind).tobytes() for name, kind in COLUMNS.items())


def read_blocks(galleries: Iterable[int], version: ModelVersion) -> Iterator[Block]:
    """All faces of the galleries with these keys, as this version decides about them."""
    decided_by = _fingerprint(version)
    blocks = apps.get_model("gallery", "DecisionBlock").objects.filter(gallery__in=galleries)
    stale = []
    for block in blocks.iterator(chunk_size=50):
        if block.packed is None or block.decided_by != decided_by:
            stale.append(block)
        else:
            yield Block.unpack(block.packed, block.number * PHOTOS)
    for block in stale:
        faces = _decide(block, version)
        _keep(block, faces.pack(block.number * PHOTOS), decided_by)
        yield faces


def _decide(block: "DecisionBlock", version: ModelVersion) -> Block:
    first = block.number * PHOTOS
    faces = apps.get_model("gallery", "Face").objects.filter(
        gallery=block.gallery_id, photo__gte=first, photo__lt=first + PHOTOS
    )
    faces = faces.annotate(yes=_bits("yes", version), no=_bits("no", version))
    rows = faces.order_by("photo", "pk").values_list("photo", "pk", "yes", "no")
    table = np.array(list(rows), dtype=np.int64).reshape(-1, 4)
    photos, keys, yes, no = table.T
    return Block(photos, keys, yes.astype(np.uint64), no.astype(np.uint64))


def _bits(decision: Decision, version: ModelVersion) -> Any:
    """One number of a face: the bits of the attributes that are decided so."""
    whole = BigIntegerField()
    bits = []
    for place, name in enumerate(NAMES):
        bounds = decision_bounds(decision, version.thresholds_of(name))
        is_so = When(within(BY_NAME[name].field, bounds), then=Value(2**place))
        bits.append(Case(is_so, default=Value(0), output_field=whole))
    return reduce(add, bits)


def _keep(block: "DecisionBlock", packed: bytes, decided_by: str) -> None:
    """For the next who counts, unless a face was written after the block was read."""
    kept = type(block).objects.filter(pk=block.pk, changes=block.changes)
    with suppress(OperationalError):  # SQLite's one writer takes long: the next one may keep it
        kept.update(packed=packed, decided_by=decided_by)


def _fingerprint(version: ModelVersion) -> str:
    decided = json.dumps([FORMAT, version.thresholds], sort_keys=True)
    return hashlib.sha256(decided.encode()).hexdigest()
