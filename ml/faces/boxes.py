"""Faces as boxes: the square that a face fills, its angle, and its crop.

The web process cuts faces out too, so this module uses neither torch nor OpenCV.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from PIL import Image

from ml.preprocessing import BOX_SIDE, crop_turned

CLEAR_TILT = 12.0  # degrees
LARGEST_CROP = 224  # pixels, the largest input of the networks
REACH = 0.6  # of a box's side: within that distance of its center there is no other face


class Box(Protocol):
    """A box in fractions of its picture, from the upper left corner."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def w(self) -> float: ...
    @property
    def h(self) -> float: ...


class TurnedBox(Box, Protocol):
    """A face's box, its angle in degrees clockwise, and the detector that found it."""

    @property
    def angle(self) -> float: ...
    @property
    def detector(self) -> str: ...


@dataclass(frozen=True)
class FaceBox:
    """A face: its box in fractions of the upright picture, the detector and its confidence.

    The box is a square in pixels around the face's center. Its side is BOX_SIDE of the frame that
    the network sees. Box and frame are turned clockwise by `angle` degrees around that center.
    `detector` is "finder" or "yunet", or "whole" if no face was found and the whole picture stands
    in.
    """

    x: float
    y: float
    w: float
    h: float
    score: float
    detector: str
    angle: float = 0.0


WHOLE_PICTURE = FaceBox(x=0.0, y=0.0, w=1.0, h=1.0, score=0.0, detector="whole")


@dataclass(frozen=True)
class Frame:
    """The square that the network sees of a face: center and side in pixels, degrees clockwise."""

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def around(cls, box: TurnedBox, width: int, height: int) -> "Frame":
        """A face's frame in a picture of that size; its middle square if no face was found."""
        if box.detector == WHOLE_PICTURE.detector:
            return cls(width / 2, height / 2, min(width, height), 0.0)
        center_x, center_y = (box.x + box.w / 2) * width, (box.y + box.h / 2) * height
        side = max(box.w * width, box.h * height) / BOX_SIDE
        return cls(center_x, center_y, side, box.angle)

    def inside(self, width: int, height: int) -> "Frame":
        """The frame made smaller, if need be, and moved into a picture of that size."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        spread = abs(cos) + abs(sin)  # of the upright square around it, as a multiple of its side
        side = min(self.side, width / spread, height / spread)
        reach = side * spread / 2
        x = min(max(self.x, reach), width - reach)
        y = min(max(self.y, reach), height - reach)
        return Frame(x, y, side, self.angle)


@dataclass(frozen=True)
class Sighting:
    """What a detector found in a picture, and the crops of the faces that are to be scored."""

    found: list[FaceBox]
    crops: dict[FaceBox, Image.Image]


@dataclass(frozen=True)
class Candidate:
    """Where a face may be: the center and side of its box in pixels, its angle in degrees."""

    x: float
    y: float
    side: float
    angle: float
    score: float

    def is_double_of(self, other: "Candidate") -> bool:
        """Whether the center of one lies about in the other's box: no two real faces do that."""
        reach = REACH * max(self.side, other.side)
        return bool(np.hypot(self.x - other.x, self.y - other.y) < reach)

    def within(self, frame: "Candidate", scale: float) -> "Candidate":
        """Convert from the pixels of a turned crop of `frame` to the pixels of the picture.

        The origin of the crop is its middle, which is the frame's center. One pixel of the crop is
        `scale` pixels of the picture.
        """
        cos, sin = np.cos(np.radians(frame.angle)), np.sin(np.radians(frame.angle))
        x, y = self.x * scale, self.y * scale
        return Candidate(
            x=float(frame.x + cos * x - sin * y),
            y=float(frame.y + sin * x + cos * y),
            side=self.side * scale,
            angle=self.angle + frame.angle,
            score=self.score,
        )

    def box(self, size: tuple[int, int], detector: str) -> FaceBox:
        """The box in fractions of a picture of (width, height) pixels, moved inside it."""
        width, height = size
        side = min(self.side, width, height)
        left = min(max(self.x - side / 2, 0.0), width - side)
        top = min(max(self.y - side / 2, 0.0), height - side)
        return FaceBox(
            x=left / width,
            y=top / height,
            w=side / width,
            h=side / height,
            score=self.score,
            detector=detector,
            angle=self.angle,
        )


def without_doubles(
    candidates: Iterable[Candidate],
    by: Callable[[Candidate], float] = lambda candidate: candidate.score * candidate.side,
) -> list[Candidate]:
    """Each face once, the largest first. Of several candidates the one with the highest `by`."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=by, reverse=True):
        if not any(candidate.is_double_of(other) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda c: c.side, reverse=True)


def crop_face(
    image: Image.Image, face: TurnedBox, size: int = LARGEST_CROP, *, inside: bool = False
) -> Image.Image:
    """Cut out the frame of a face, upright, with a side of at most `size` pixels.

    Where the frame reaches beyond the picture's edge, the nearest pixel repeats, as the network
    learned it. With `inside` it is cut for people to look at: the frame is moved into the picture,
    and turned only if the head is clearly tilted, since turning takes most of the time.
    """
    frame = Frame.around(face, *image.size)
    if inside:
        tilt = frame.angle if abs(frame.angle) > CLEAR_TILT else 0.0
        frame = replace(frame, angle=tilt).inside(*image.size)
    size = max(1, min(round(frame.side), size))
    factor = int(frame.side / size)
    if factor > 1:
        image, frame = _reduced(image, frame, factor)
    square = (frame.x - frame.side / 2, frame.y - frame.side / 2, frame.side)
    return Image.fromarray(crop_turned(image, square, frame.angle, size))


def _reduced(image: Image.Image, frame: Frame, factor: int) -> tuple[Image.Image, Frame]:
    """The part of a picture around a frame, with blocks of `factor` pixels squared averaged.

    That takes a third of the time of scaling and turning all those pixels.
    """
    reach = frame.side * math.sqrt(0.5) + 2 * factor  # to the corners, at any angle
    left, right = max(0, int(frame.x - reach)), min(image.width, math.ceil(frame.x + reach))
    top, bottom = max(0, int(frame.y - reach)), min(image.height, math.ceil(frame.y + reach))
    part = image.reduce(factor, (left, top, right, bottom))
    x, y = (frame.x - left) / factor, (frame.y - top) / factor
    return part, Frame(x, y, frame.side / factor, frame.angle)
