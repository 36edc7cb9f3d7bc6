"""Faces as CelebA publishes them: upright, 178 wide and 218 high. Pillow and numpy are enough."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from ml.preprocessing import ALIGNED_CENTRE, ALIGNED_SIDE, BOX_SIDE

WIDTH, HEIGHT = 178, 218  # pixels
QUALITY = 95  # of the JPEG files


class Box(Protocol):
    """A face's box in fractions of its picture, its angle in degrees clockwise, its detector."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def w(self) -> float: ...
    @property
    def h(self) -> float: ...
    @property
    def angle(self) -> float: ...
    @property
    def detector(self) -> str: ...


@dataclass(frozen=True)
class Frame:
    """The square that the network sees of a face: centre and side in pixels, degrees clockwise."""

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def around(cls, box: Box, width: int, height: int) -> "Frame":
        """A face's frame in a picture of that size; the middle where no face was found."""
        if box.detector == "whole":
            return cls(width / 2, height / 2, min(width, height), 0.0)
        centre_x, centre_y = (box.x + box.w / 2) * width, (box.y + box.h / 2) * height
        side = max(box.w * width, box.h * height) / BOX_SIDE
        return cls(centre_x, centre_y, side, box.angle)


def align_face(image: Image.Image, frame: Frame) -> Image.Image:
    """The face as CelebA would show it: (178, 218) RGB, upright.

    Read back as a CelebA picture, the network is shown the same square. Beyond the picture its
    edge is repeated.
    """
    scale = frame.side / (ALIGNED_SIDE * WIDTH)  # pixels of `image` in one of the result
    turn = math.radians(frame.angle)
    matrix = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    middle = np.array([WIDTH / 2, ALIGNED_CENTRE * HEIGHT])  # the frame's centre in the result
    origin = np.array([frame.x, frame.y]) - matrix @ middle
    corners = origin + np.array([[0, 0], [WIDTH, 0], [0, HEIGHT], [WIDTH, HEIGHT]]) @ matrix.T
    around, start = _cut(image, corners, margin=math.ceil(2 * max(1.0, scale)))
    shrunk = max(1.0, scale)
    size = tuple(max(1, round(side / shrunk)) for side in around.size)
    ratio = np.array(size) / around.size  # what is left of each side: not shrunk by whole pixels
    if shrunk > 1:
        around = around.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    rows = np.column_stack([matrix, origin - start]) * ratio[:, None]
    return around.transform(
        *((WIDTH, HEIGHT), Image.Transform.AFFINE, rows.ravel().tolist()),
        resample=Image.Resampling.BICUBIC,
    )


def _cut(image: Image.Image, corners: np.ndarray, margin: int) -> tuple[Image.Image, np.ndarray]:
    """The part of a picture that holds these points, its edges repeated, and where it starts."""
    start = np.floor(corners.min(0)).astype(int) - margin
    end = np.ceil(corners.max(0)).astype(int) + margin
    left, top = (int(side) for side in np.clip(start, 0, np.array(image.size) - 1))
    right, bottom = (int(side) for side in np.clip(end, 1, image.size))
    columns = np.clip(np.arange(start[0], end[0]), 0, image.width - 1) - left
    rows = np.clip(np.arange(start[1], end[1]), 0, image.height - 1) - top
    pixels = np.asarray(image.crop((left, top, right, bottom)).convert("RGB"))
    return Image.fromarray(pixels[rows][:, columns]), start
