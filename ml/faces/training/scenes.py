"""Training scenes for the proposer: faces of CelebA whose place, size and angle are known.

A scene is a gray picture as the proposer sees one level of its pyramid.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ml.faces.boxes import Candidate
from ml.faces.proposals import LARGEST, SMALLEST, STRIDE, TURN, USUAL
from ml.faces.pyramid import Pyramid
from ml.preprocessing import BOX_SIDE, celeba_square

NEAR, BESIDE = 0.25, 0.55  # of a face's side: a cell within NEAR has the face, beyond BESIDE not
SEEN, HIDDEN = 0.7, 0.3  # shares of a face: from SEEN it is to be found, below HIDDEN it is not
STEEP = 50  # degrees, above which nothing is asked of the proposer
HUGE = 48.0  # pixels: a larger face is not to be found
UNKNOWN = np.nan


@dataclass(frozen=True)
class Source:
    """A gray picture at full size, half and so on, and the face in it."""

    levels: list[np.ndarray]
    x: float
    y: float
    side: float  # of the face's box

    @classmethod
    def read(cls, file: Path) -> "Source":
        """One of CelebA's pictures."""
        with Image.open(file) as image:
            gray = np.asarray(image.convert("L"))
        left, top, square = celeba_square(gray.shape[1], gray.shape[0])
        return cls(
            levels=Pyramid(gray).levels,
            x=left + square / 2,
            y=top + square / 2,
            side=square * BOX_SIDE,
        )

    def matrix(self, level: int, face: Candidate, scale: float, across: float) -> np.ndarray:
        """What OpenCV needs, (2, 3), to draw a level so that its face lies where `face` says."""
        turn = np.exp(-1j * np.radians(face.angle)) * scale
        linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
        linear[0] /= across
        # OpenCV puts whole numbers at the centers of pixels; we put them at their corners.
        start = [self.x, self.y] - linear @ [face.x - 0.5, face.y - 0.5]
        matrix = np.column_stack([linear, start])
        matrix /= 2**level
        matrix[:, 2] -= 0.5
        return matrix


class Scene:
    """A gray canvas, the faces on it, and which pixels show which face."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        self.faces: list[Candidate] = []
        self.owner = np.full(pixels.shape, -1, np.int16)

    def add(
        self,
        source: Source,
        face: Candidate,
        shape: str,
        *,
        across: float = 1.0,
        gain: float = 1.0,
        offset: float = 0.0,
    ) -> None:
        """Paste a picture so that its face comes to lie where `face` says.

        `shape` is "whole", the picture with its corners; "head", its face and hair without the
        corners; or "fill", the picture and its replicated edges all over the scene. `across` makes
        it wider or narrower; -1 mirrors it.
        """
        scale = source.side / face.side  # pixels of the source for one of the scene
        level = int(np.clip(math.floor(math.log2(max(scale, 1.0))), 0, len(source.levels) - 1))
        pixels = source.levels[level]
        box = self._reach(source, face, scale, shape)
        if box is None:
            return
        left, top, right, bottom = box
        matrix = source.matrix(level, face, scale, across)
        matrix[:, 2] += matrix[:, :2] @ [left, top]
        size = (right - left, bottom - top)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        drawn = cv2.warpAffine(pixels, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpAffine(_mask(pixels.shape, shape), matrix, size, flags=flags)
        if shape == "fill":
            mask = np.ones_like(drawn, np.float32)
        here = (slice(top, bottom), slice(left, right))
        lit = np.clip(drawn.astype(np.float32) * gain + offset, 0, 255)
        self.pixels[here] += mask * (lit - self.pixels[here])
        owner = self.owner[here]
        owner[mask > 0.5] = -1
        y, x = np.ogrid[top:bottom, left:right]
        inside = (x + 0.5 - face.x) ** 2 + (y + 0.5 - face.y) ** 2 < (face.side / 2) ** 2
        owner[inside & (mask > 0.5)] = len(self.faces)
        self.faces.append(face)

    def _reach(
        self, source: Source, face: Candidate, scale: float, shape: str
    ) -> tuple[int, int, int, int] | None:
        """The part of the scene that a paste covers: left, top, right, bottom; None if none."""
        height, width = self.pixels.shape
        if shape == "fill":
            return 0, 0, width, height
        radius = math.hypot(*source.levels[0].shape) / scale * 0.75
        left, right = max(0, int(face.x - radius)), min(width, math.ceil(face.x + radius))
        top, bottom = max(0, int(face.y - radius)), min(height, math.ceil(face.y + radius))
        return (left, top, right, bottom) if right > left and bottom > top else None

    def visible(self, number: int) -> float:
        """The share of a face that is neither covered nor outside."""
        area = math.pi * (self.faces[number].side / 2) ** 2
        return float(min(1.0, (self.owner == number).sum() / area))

    def targets(self) -> np.ndarray:
        """What Proposer should say, (5, H / STRIDE, W / STRIDE) float32; NaN is not asked."""
        rows, columns = (side // STRIDE for side in self.pixels.shape)
        y, x = np.mgrid[:rows, :columns] * STRIDE + 0.5
        targets = np.full((5, rows, columns), UNKNOWN, np.float32)
        targets[0] = 0
        nearest = np.full((rows, columns), np.inf)
        for number, face in enumerate(self.faces):
            away = np.hypot(face.x - x, face.y - y) / face.side
            seen = self.visible(number)
            if seen < HIDDEN or face.side > HUGE:
                continue
            is_asked = seen >= SEEN and SMALLEST <= face.side <= LARGEST
            is_asked = is_asked and abs(face.angle) <= STEEP
            near = (away < NEAR) | (away == away.min())
            beside = (away < BESIDE) & (away < nearest)
            targets[0][beside & ~(near & is_asked) & (targets[0] != 1)] = UNKNOWN
            if is_asked:
                here = near & (away < nearest)
                nearest[here] = away[here]
                targets[0][here] = 1
                targets[1][here] = (face.x - x[here]) / STRIDE
                targets[2][here] = (face.y - y[here]) / STRIDE
                targets[3][here] = math.log2(face.side / USUAL)
                targets[4][here] = face.angle / TURN
        return targets


_masks: dict[tuple[tuple[int, ...], str], np.ndarray] = {}


def _mask(shape: tuple[int, ...], kind: str) -> np.ndarray:
    """How much of each pixel of a source is pasted, (H, W) float32."""
    if (shape, kind) not in _masks:
        mask = np.ones(shape, np.float32)
        if kind == "head":
            height, width = shape
            y, x = np.ogrid[:height, :width]
            away = np.hypot((x - width / 2) / (0.46 * width), (y - height * 0.52) / (0.5 * height))
            mask = np.clip((1 - away) * 6, 0, 1).astype(np.float32)
        _masks[shape, kind] = mask
    return _masks[shape, kind]
