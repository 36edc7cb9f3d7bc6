"""Groups of photos of a gallery that look alike, each around the best of them.

Each other photo of a group looks like the best one itself, so a chain of small changes joins
nothing. "Keep the best" therefore trashes only photos that the best one stands for.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from gallery.models import Correction, KeptPair
from gallery.models.photo import PhotoQuerySet
from ml.likeness import DISTANCE

MOST_PHOTOS = 20_000  # the newest ones, which are compared with each other
LARGEST = 40  # photos in a group; further ones form another group


@dataclass(frozen=True)
class Alike:
    """The keys of photos that look alike, the best first."""

    best: int
    others: tuple[int, ...]


def find_alike(photos: PhotoQuerySet) -> list[Alike]:
    """The groups of photos that look alike, without pairs that a person chose to keep.

    The best is the one with the most pixels, then bytes, then answers, then the oldest.
    """
    facts = ("pk", "likeness_across", "likeness_down", "width", "height", "bytes")
    known = photos.filter(likeness_across__isnull=False, likeness_down__isnull=False)
    known = known.exclude(likeness_across=0, likeness_down=0)  # one color: nothing to compare
    rows = known.order_by("-pk").values_list(*facts)[:MOST_PHOTOS]
    answers = _answers(photos)
    ranked = sorted(
        (-width * height, -size, -answers[pk], pk, across, down)
        for pk, across, down, width, height, size in rows
    )
    keys, *hashes = np.array([row[3:] for row in ranked], dtype=np.int64).reshape(-1, 3).T
    return list(_groups(keys, np.ascontiguousarray(hashes).view(np.uint64), _kept(photos)))


def _answers(photos: PhotoQuerySet) -> dict[int, int]:
    """The number of people's answers about each photo's faces."""
    given = Correction.objects.filter(face__photo__in=photos.order_by().values("pk")).order_by()
    counts = given.values_list("face__photo").annotate(count=Count("pk"))
    return defaultdict(int, counts)


def _kept(photos: PhotoQuerySet) -> dict[int, set[int]]:
    """The kept pairs: by photo, those that stay beside it."""
    kept: dict[int, set[int]] = defaultdict(set)
    for first, second in KeptPair.objects.among(photos).values_list("first", "second"):
        kept[first].add(second)
        kept[second].add(first)
    return kept


def _groups(keys: np.ndarray, hashes: np.ndarray, kept: dict[int, set[int]]) -> Iterator[Alike]:
    """The groups, in the order of `keys`, (N,), and `hashes`, (2, N): the best photo first."""
    free = np.ones(len(keys), dtype=bool)
    for place in range(len(keys)):
        if not free[place]:
            continue
        after = slice(place + 1, None)
        differing = np.bitwise_count(hashes[:, after] ^ hashes[:, place, None])  # (2, M)
        is_near = (differing.sum(axis=0, dtype=np.uint8) <= DISTANCE) & free[after]
        near = np.flatnonzero(is_near) + place + 1
        stay = kept.get(int(keys[place]), ())
        near = np.array([one for one in near if int(keys[one]) not in stay][: LARGEST - 1], int)
        if len(near):
            free[near] = False
            yield Alike(int(keys[place]), tuple(keys[near].tolist()))
