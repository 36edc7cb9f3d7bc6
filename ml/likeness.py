"""A perceptual hash of 128 bits: pictures that look alike share most of them.

This is dHash, twice. The picture is reduced to 9 x 8 and to 8 x 9 gray pixels, and each bit says
whether it gets brighter between two neighbors, across and down. It captures what survives resizing,
compression and changes of brightness: where light and shade are.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image

SIDE = 8  # cells per side
DISTANCE = 14  # bits by which pictures that look alike may differ, at most
ENOUGH = (256, 256)  # pixels of a picture that is only read for this
SAMPLE = 512  # pixels per side that are examined: all of a large picture would take 40 ms


class Likeness(NamedTuple):
    """Two hashes of 64 bits, as signed integers, which databases can store."""

    across: int
    down: int


def likeness_of(picture: Image.Image) -> Likeness:
    """Where the picture gets brighter from left to right, and from top to bottom."""
    sides = min(picture.width, SAMPLE), min(picture.height, SAMPLE)
    gray = picture.resize(sides, Image.Resampling.NEAREST).convert("L")
    across, down = _small(gray, SIDE + 1, SIDE), _small(gray, SIDE, SIDE + 1)
    return Likeness(_pack(across[:, 1:] > across[:, :-1]), _pack(down[1:] > down[:-1]))


def _small(gray: Image.Image, width: int, height: int) -> np.ndarray:
    return np.asarray(gray.resize((width, height), Image.Resampling.BOX))  # (height, width)


def _pack(bits: np.ndarray) -> int:
    """Pack (8, 8) bool into one signed integer."""
    return int.from_bytes(np.packbits(bits).tobytes(), signed=True)
