"""Faces as boxes: the square that a face fills, its angle, and its crop.

The web process cuts faces out too, so this module uses neither torch nor OpenCV.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from ml.preprocessing import BOX_SIDE, crop_turned

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
    `detector` is "haar" or "yunet", or "whole" if no face was found and the whole picture stands
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


def crop_face(image: Image.Image, face: TurnedBox, size: int | None = None) -> Image.Image:
    """Cut out the frame of a face, upright. Beyond the picture's edge the nearest pixel repeats.

    `size` is the side of the result in pixels. Without it, the crop keeps the picture's resolution,
    up to LARGEST_CROP.
    """
    frame = Frame.around(face, *image.size)
    square = (frame.x - frame.side / 2, frame.y - frame.side / 2, frame.side)
    size = size or max(1, min(round(frame.side), LARGEST_CROP))
    return Image.fromarray(crop_turned(image, square, frame.angle, size))
