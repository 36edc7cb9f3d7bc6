"""What a picture looks like, in 128 bits: pictures that look alike share most of them.

This is dHash, twice: the picture in gray at 9 x 8 and at 8 x 9 pixels, and of each two neighbors
whether it gets brighter from the first to the second, across and down. It keeps what resizing,
compression and brightness leave: where light and shade are.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image

SIDE = 8  # places a side
DISTANCE = 14  # bits by which pictures that look alike may differ
ENOUGH = (256, 256)  # pixels of a picture that is only read for this
SAMPLE = 512  # pixels a side that are looked at: all of a large picture would take 40 ms


class Likeness(NamedTuple):
    """Two hashes of 64 bits, as signed integers, which databases have."""

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
    """(8, 8) bool as one signed integer."""
    return int.from_bytes(np.packbits(bits).tobytes(), signed=True)
