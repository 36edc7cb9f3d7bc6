"""Which boxes are of the same face, judged by their overlap."""

from collections.abc import Sequence

from ml.faces.boxes import Box

# Intersection over union. Two detectors' boxes of one face, or a detector's and a person's, overlap
# more than this; boxes of two faces side by side overlap less.
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
    """The largest overlap of a box with any of the others; 0 if there are none."""
    return max((overlap(box, other) for other in others), default=0.0)


def match(boxes: Sequence[Box], others: Sequence[Box]) -> dict[int, int]:
    """Pair boxes of the same face, the best pairs first, each box with at most one other.

    Returns the index of the other by the index of the box, for the boxes that have one.
    """
    pairs = [
        (overlap(box, other), -index, -other_index)  # negative: on a tie the first ones win
        for index, box in enumerate(boxes)
        for other_index, other in enumerate(others)
    ]
    matched: dict[int, int] = {}
    for shared, index, other_index in sorted(pairs, reverse=True):
        if shared < SAME:
            break
        if -index not in matched and -other_index not in matched.values():
            matched[-index] = -other_index
    return matched
