"""Which boxes are of the same face: told by how much of them they share."""

from collections.abc import Sequence

from ml.faces.boxes import Box

# Measured as intersection over union. Boxes of one face by two detectors, or by a person, share
# more than this; those of two faces side by side less.
SAME = 0.3


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes: 1 where they are the same, 0 where they are apart."""
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (one.w * one.h + other.w * other.h - both)


def most_overlap(box: Box, others: Sequence[Box]) -> float:
    """How much a box shares with that of the others which it shares most with; 0 without any."""
    return max((overlap(box, other) for other in others), default=0.0)


def match(boxes: Sequence[Box], others: Sequence[Box]) -> dict[int, int]:
    """Pair boxes of the same face, the best pairs first, each box with one other at most.

    Returns the places of the others by the places of the boxes that have one.
    """
    pairs = [
        (overlap(box, other), -place, -other_place)
        for place, box in enumerate(boxes)
        for other_place, other in enumerate(others)
    ]
    matched: dict[int, int] = {}
    for shared, place, other_place in sorted(pairs, reverse=True):
        if shared < SAME:
            break
        if -place not in matched and -other_place not in matched.values():
            matched[-place] = -other_place
    return matched
