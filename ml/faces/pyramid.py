"""A gray picture at several sizes, cut and normalized as the networks that find faces see it."""

import numpy as np
from PIL import Image

from ml.faces.boxes import Candidate
from ml.preprocessing import BOX_SIDE

SMALLEST_SIDE = 16  # pixels of the shorter side, below which a picture is not halved further


def scaled_down(image: Image.Image, longest: int) -> tuple[Image.Image, float]:
    """The picture with at most that longest side in pixels, and how many times smaller it is."""
    scale = max(1.0, max(image.size) / longest)
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    return image.resize(size, Image.Resampling.BOX), scale


class Pyramid:
    """A gray picture, (H, W) uint8, at full size, half, a quarter and so on."""

    def __init__(self, gray: np.ndarray) -> None:
        self.levels = [gray]
        while min(self.levels[-1].shape) >= 2 * SMALLEST_SIDE:
            self.levels.append(_halved(self.levels[-1]))

    @property
    def shorter(self) -> int:
        """The shorter side of the picture in pixels."""
        return int(min(self.levels[0].shape))

    def window(self, face: Candidate, side: int) -> np.ndarray:
        """The frame of a face, upright, (side, side) uint8. The picture's edges are replicated.

        It is cut from the level whose pixels are about as large as the window's, which avoids
        aliasing.
        """
        frame = face.side / BOX_SIDE
        level = int(np.clip(np.log2(max(frame / side, 1)), 0, len(self.levels) - 1))
        steps = np.arange(side) - (side - 1) / 2
        turn = np.exp(1j * np.radians(face.angle)) * frame / side
        points = complex(face.x, face.y) + turn * (steps + 1j * steps[:, None])
        return _interpolated(self.levels[level], points / 2**level)


def _halved(gray: np.ndarray) -> np.ndarray:
    """The mean of every two by two pixels; an odd last row or column is dropped."""
    rows, columns = (side // 2 for side in gray.shape)
    pixels = gray[: 2 * rows, : 2 * columns].astype(np.uint16)
    pairs = pixels[:, ::2] + pixels[:, 1::2]
    return np.asarray((pairs[::2] + pairs[1::2] + 2) >> 2, np.uint8)


def _interpolated(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The uint8 values at complex points, between pixels' centers; the edges are replicated."""
    height, width = pixels.shape
    x, y = np.clip(points.real - 0.5, 0, width - 1), np.clip(points.imag - 0.5, 0, height - 1)
    left, top = x.astype(int), y.astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    x, y = x - left, y - top
    upper = pixels[top, left] * (1 - x) + pixels[top, right] * x
    lower = pixels[bottom, left] * (1 - x) + pixels[bottom, right] * x
    return np.asarray(upper * (1 - y) + lower * y + 0.5, np.uint8)


def normalize(gray: np.ndarray, around: int) -> np.ndarray:
    """Make pictures, (..., H, W) uint8, independent of the light: float32 of that shape.

    Subtract from each pixel the mean of the `around` by `around` pixels around it, and divide by
    their deviation. `around` is odd.
    """
    pixels = gray.astype(np.int32)  # holds the sums below for sides of up to 1,500 pixels
    mean, deviation = _local_mean(pixels, around), _local_mean(pixels * pixels, around)
    # In place: most of the time goes to memory.
    deviation -= mean * mean
    np.sqrt(np.maximum(deviation, 0, out=deviation), out=deviation)
    deviation += 6  # leave plain noise small
    normalized = gray.astype(np.float32)
    normalized -= mean
    normalized /= deviation
    return normalized


def _local_mean(values: np.ndarray, around: int) -> np.ndarray:
    """The mean around each value, float32, by sums along columns and then rows.

    Edges are replicated.
    """
    margin = [(0, 0)] * (values.ndim - 2) + [(around // 2 + 1, around // 2)] * 2
    sums = np.cumsum(np.pad(values, margin, mode="edge"), axis=-2, dtype=np.int32)
    sums = sums[..., around:, :] - sums[..., :-around, :]
    sums = np.cumsum(sums, axis=-1, dtype=np.int32)
    means = (sums[..., around:] - sums[..., :-around]).astype(np.float32)
    means /= np.float32(around**2)
    return means
