"""From a picture to what the network sees: the same for training, evaluation and serving.

The web process cuts faces out too, so this module imports torch only where it is needed.
"""

import math
import struct
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import torch

# Increase this when a picture's square or its scaling changes: it makes decoded caches stale.
FRAME_VERSION = 3

# The frame is the square that the network sees. A face detector's box lies in its middle and has
# this share of its side. On CelebA's aligned pictures (178 wide, 218 high) the box was measured at
# 0.577 of the width, with its center 0.583 of the width below row 20.
BOX_SIDE = 0.596
ALIGNED_SIDE = 0.577 / BOX_SIDE  # of the width
ALIGNED_CENTER = (20 / 178 + 0.583) / (218 / 178)  # of the height

# What Pillow's decoders raise for damaged files, as seen in tests or documented.
DECODER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

PIXELS = ("centered", "unit")  # what a network sees: (pixel / 255 - MEAN) / STD, or pixel / 255
# Of pixels in 0..1, roughly.
MEAN = 0.5
STD = 0.25


def celeba_square(width: int, height: int) -> tuple[float, float, float]:
    """The square (left, top, side), in pixels, that the network sees of a CelebA picture.

    In an aligned picture, which is taller than wide, it lies around the face. A face crop is nearly
    square and was cut around a detector's box, so there it is the middle.
    """
    if height / width > 1.15:  # between 1, a crop, and 1.22, an aligned picture
        side = ALIGNED_SIDE * width
        return (width - side) / 2, min(ALIGNED_CENTER * height, height - side / 2) - side / 2, side
    side = min(width, height)
    return (width - side) / 2, (height - side) / 2, side


def flattened(image: Image.Image) -> Image.Image:
    """Turn 16-bit gray into 8-bit, and put transparency on white: `convert` would lose both."""
    if image.mode.startswith("I"):  # 65,535 / 257 = 255; Pillow would clip instead of scale
        return image.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    return image


def crop_square(
    image: Image.Image, square: tuple[float, float, float], size: int, channels: int = 3
) -> np.ndarray:
    """Cut a square out of an image and scale it. Outside the image, the edge is replicated.

    Args:
        image: an upright picture of any mode.
        square: left, top, side in pixels of `image`; may lie partly outside.
        size: side of the result in pixels.
        channels: 3 for RGB, 1 for grayscale.

    Returns:
        (size, size, channels) uint8.
    """
    left, top, side = square
    mode = "RGB" if channels == 3 else "L"
    if image.mode != mode:
        image = flattened(image).convert(mode)
    right, bottom = left + side, top + side
    if left < 0 or top < 0 or right > image.width or bottom > image.height:
        start = (math.floor(left), math.floor(top))
        image = cut(image, *start, math.ceil(right), math.ceil(bottom))
        left, top = left - start[0], top - start[1]
    box = (left, top, min(left + side, image.width), min(top + side, image.height))
    scaled = image.resize((size, size), Image.Resampling.BILINEAR, box=box)
    return np.asarray(scaled).reshape(size, size, channels)


def crop_turned(
    image: Image.Image, square: tuple[float, float, float], angle: float, size: int
) -> np.ndarray:
    """Cut out a square that is turned clockwise by `angle` degrees around its center.

    First the upright square around it is scaled to the result's resolution. The rotation then
    neither enlarges nor shrinks, so it cannot alias.

    Returns:
        (size, size, 3) uint8, turned upright. Outside the image, the edge is replicated.
    """
    if angle == 0:
        return crop_square(image, square, size)
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    around = math.ceil(size * (abs(cos) + abs(sin))) + 2  # 2: the interpolation's reach
    left, top, side = square
    margin = (around / size - 1) / 2 * side
    wide = crop_square(image, (left - margin, top - margin, side + 2 * margin), around)
    start = (around - size * (cos - sin)) / 2, (around - size * (cos + sin)) / 2
    matrix = (cos, -sin, start[0], sin, cos, start[1])  # from points of the result to the source
    upright = Image.fromarray(wide).transform(
        (size, size), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
    )
    return np.asarray(upright)


def cut(image: Image.Image, left: int, top: int, right: int, bottom: int) -> Image.Image:
    """Cut whole pixels out of an image; beyond its edge the nearest pixel repeats."""
    width, height = right - left, bottom - top
    # What lies inside, at least one row and column of it.
    x, y = min(max(left, 0), image.width - 1), min(max(top, 0), image.height - 1)
    to_x, to_y = max(min(right, image.width), x + 1), max(min(bottom, image.height), y + 1)
    # Where that lies in the result, again at least one row and column.
    start, first = min(max(x - left, 0), width - 1), min(max(y - top, 0), height - 1)
    end, last = min(max(to_x - left, 1), width), min(max(to_y - top, 1), height)
    result = Image.new(image.mode, (width, height))
    result.paste(image.crop((x, y, x + end - start, y + last - first)), (start, first))
    for edge, beyond in (  # the columns first: the rows then reach into the corners
        ((start, first, start + 1, last), (0, first, start, last)),
        ((end - 1, first, end, last), (end, first, width, last)),
        ((0, first, width, first + 1), (0, 0, width, first)),
        ((0, last - 1, width, last), (0, last, width, height)),
    ):
        size = (beyond[2] - beyond[0], beyond[3] - beyond[1])
        if min(size) > 0:
            result.paste(result.crop(edge).resize(size, Image.Resampling.NEAREST), beyond)
    return result


def to_input(faces: "torch.Tensor") -> "torch.Tensor":
    """Normalize uint8 faces (B, C, H, W) to float32 with about zero mean and unit deviation."""
    return faces.float().div_(255).sub_(MEAN).div_(STD)


def rescaled(faces: "torch.Tensor", pixels: str) -> "torch.Tensor":
    """Normalized faces as a network is to see them: as they are ("centered"), or 0..1 ("unit")."""
    return faces if pixels == "centered" else faces * STD + MEAN


def stack(crops: Sequence[np.ndarray]) -> np.ndarray:
    """Stack (H, W, C) uint8 crops into one (N, C, H, W) uint8 array."""
    return np.stack(crops).transpose(0, 3, 1, 2)
