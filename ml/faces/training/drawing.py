"""Draws the scenes that the proposer learns from: faces and other things, in all sorts of light.

Faces are pasted over pictures without a face, over drawn textures or side by side. Parts of faces,
jumbled faces and faces of other sizes are there too, and are not to be found.
"""

import math
from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np

from ml.faces.boxes import Candidate
from ml.faces.proposals import AROUND, LARGEST, SMALLEST
from ml.faces.pyramid import Pyramid, normalize
from ml.faces.training.scenes import Scene, Source

# Height and width of scenes and how many of them make a batch. Small ones are what the proposer
# sees of a picture that has been halved several times.
SIZES = (((192, 192), 16), ((128, 160), 28), ((96, 72), 80), ((48, 64), 180), ((32, 24), 600))
SHARES = (0.32, 0.15, 0.18, 0.17, 0.18)  # of the batches
KINDS = {"scatter": 0.42, "grid": 0.16, "single": 0.24, "other": 0.18}  # of the scenes

T = TypeVar("T")


def glare(size: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """A bright spot in a picture of that size, (H, W) with values up to 1."""
    spots = [
        np.exp(
            -((np.arange(side) - random.uniform(0, side)) ** 2) / (2 * random.uniform(1, 4) ** 2)
        )
        for side in size
    ]
    return np.asarray(random.uniform(0.2, 0.7) * np.outer(*spots))


class SceneDrawer:
    """Draws random scenes from sources with one face each, and from pictures without a face."""

    def __init__(self, sources: Sequence[Source], others: Sequence[np.ndarray], seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.sources = sources
        self.others = [Pyramid(other).levels for other in others]

    def batch(self) -> tuple[np.ndarray, np.ndarray]:
        """Normalized scenes (N, 1, H, W) float32, and what Proposer should say of them."""
        size, count = SIZES[self.random.choice(len(SIZES), p=SHARES)]
        scenes = [self.scene(size) for _ in range(count)]
        pictures = np.stack([normalize(scene.pixels, AROUND)[None] for scene in scenes])
        return pictures, np.stack([scene.targets() for scene in scenes])

    def scene(self, size: tuple[int, int]) -> Scene:
        """A scene of (height, width)."""
        kind = self.random.choice(list(KINDS), p=list(KINDS.values()))
        scene = Scene(self._background(size))
        if kind == "grid":
            self._grid(scene)
        elif kind == "single":
            self._single(scene)
        elif kind == "scatter":
            self._scatter(scene)
        else:
            self._clutter(scene, int(self.random.integers(0, 4)))
        scene.pixels = self._lit(scene.pixels)
        return scene

    def _scatter(self, scene: Scene) -> None:
        area = scene.pixels.size / 192**2
        self._clutter(scene, self.random.poisson(1.0 * area))
        for _ in range(1 + self.random.poisson(5 * area)):
            height, width = scene.pixels.shape
            x, y = self.random.uniform(-0.05, 1.05, 2) * [width, height]
            face = self._face(x, y, self._side(5, 120))
            shape = "head" if self._sometimes(0.6) else "whole"
            if shape == "head" and self._sometimes(0.6):
                self._body(scene, face)
            self._paste(scene, face, shape)
        if self._sometimes(0.4):
            self._clutter(scene, self.random.poisson(1.0 * area))

    def _single(self, scene: Scene) -> None:
        height, width = scene.pixels.shape
        largest = max(14.0, min(1.1 * min(height, width), 150))
        side = self._side(7, largest) if self._sometimes(0.4) else self._side(9, min(30, largest))
        x, y = (0.5 + self.random.normal(0, 0.15, 2)) * [width, height]
        face = self._face(x, y, side)
        self._paste(scene, face, "fill" if self._sometimes(0.7) else "whole")

    def _grid(self, scene: Scene) -> None:
        """Pictures side by side, each with its face in about the same place."""
        height, width = scene.pixels.shape
        side = self._side(8, 40)
        across = side * self.random.uniform(1.55, 2.6)
        down = across * self.random.uniform(0.95, 1.3)
        angle = self.random.normal(0, 8) if self._sometimes(0.3) else 0.0
        start_x, start_y = self.random.uniform(0, 1, 2) * [across, down]
        for row in np.arange(start_y, height + down, down):
            for column in np.arange(start_x, width + across, across):
                face = self._face(column, row, side * 2 ** self.random.normal(0, 0.12), angle)
                self._paste(scene, face, "whole" if self._sometimes(0.85) else "head")

    def _clutter(self, scene: Scene, count: int) -> None:
        """Things that are no face: pieces of other pictures, jumbled faces, parts of faces."""
        for _ in range(count):
            height, width = scene.pixels.shape
            piece = self._piece()
            side = self._side(8, 90)
            x, y = self.random.uniform(-0.1, 1.0, 2) * [width, height]
            left, top = int(x), int(y)
            right, bottom = min(width, left + int(side)), min(height, top + int(side))
            left, top = max(0, left), max(0, top)
            if right - left < 4 or bottom - top < 4:
                continue
            here = (slice(top, bottom), slice(left, right))
            size = (right - left, bottom - top)
            scene.pixels[here] = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
            scene.owner[here] = -1

    def _piece(self) -> np.ndarray:
        if self.others and self._sometimes(0.3):
            return self._crop_of_other((48, 48))
        source = self._any(self.sources).levels[0]
        height, width = source.shape
        if self._sometimes(0.5):  # quarters of a face in another order
            rows, columns = height // 2, width // 2
            quarters = [
                source[y : y + rows, x : x + columns] for y in (0, rows) for x in (0, columns)
            ]
            places = np.roll(range(4), self.random.integers(1, 4))
            return np.block([[quarters[n] for n in row] for row in places.reshape(2, 2)])
        share = self.random.uniform(0.15, 0.4)  # one eye, a mouth, hair
        rows, columns = int(height * share) + 2, int(width * share) + 2
        y, x = self.random.integers(height - rows), self.random.integers(width - columns)
        return source[y : y + rows, x : x + columns]

    def _body(self, scene: Scene, face: Candidate) -> None:
        """Shoulders below a head, in a plain tone."""
        down = np.exp(1j * np.radians(face.angle + 90)) * face.side
        middle = complex(face.x, face.y) + down * self.random.uniform(1.5, 1.9)
        axes = face.side * self.random.uniform(0.9, 1.6), face.side * self.random.uniform(0.9, 1.5)
        cv2.ellipse(
            scene.pixels,
            (int(middle.real), int(middle.imag)),
            (int(axes[0]) + 1, int(axes[1]) + 1),
            face.angle,
            0,
            360,
            float(self.random.uniform(0, 255)),
            -1,
        )

    def _paste(self, scene: Scene, face: Candidate, shape: str) -> None:
        gain, offset = 1.0, 0.0
        if self._sometimes(0.4):
            gain = self.random.uniform(0.35, 1.2)
            offset = self.random.uniform(0, 255 * max(0.0, 1 - gain))
        scene.add(
            self._any(self.sources),
            face,
            shape,
            across=self._across(),
            gain=gain,
            offset=offset,
        )

    def _across(self) -> float:
        """How much wider a face is: narrower often, as one that looks aside; negative: mirrored."""
        wider = self.random.uniform(0.7, 1.15) if self._sometimes(0.4) else 1.0
        return wider if self._sometimes(0.5) else -wider

    def _face(self, x: float, y: float, side: float, angle: float | None = None) -> Candidate:
        if angle is None:
            choice = self.random.random()
            angle = self.random.normal(0, 12)
            if choice < 0.3:
                angle = self.random.uniform(-50, 50)
            elif choice < 0.34:
                angle = self.random.uniform(-180, 180)
        angle = float((angle + 180) % 360 - 180)
        return Candidate(float(x), float(y), float(side), angle, 1.0)

    def _side(self, smallest: float, largest: float) -> float:
        """A size between these; half of the time, one that the proposer is to find."""
        if self._sometimes(0.55):
            smallest, largest = max(smallest, SMALLEST - 1), min(largest, LARGEST + 2)
        return float(np.exp(self.random.uniform(math.log(smallest), math.log(largest))))

    def _background(self, size: tuple[int, int]) -> np.ndarray:
        choice = self.random.random()
        if self.others and choice < 0.55:
            return self._crop_of_other(size).astype(np.float32)
        if choice < 0.75:
            return self._texture(size)
        field = self.random.uniform(0, 255, (2, 2)).astype(np.float32)
        if self._sometimes(0.5):
            field[:] = field.mean()
        return cv2.resize(field, size[::-1], interpolation=cv2.INTER_LINEAR)

    def _crop_of_other(self, size: tuple[int, int]) -> np.ndarray:
        levels = self._any(self.others)
        fitting = [level for level in levels if min(level.shape) >= max(size)] or levels[:1]
        pixels = self._any(fitting)
        zoom = self.random.uniform(0.75, 1.5)
        rows = min(int(size[0] * zoom), pixels.shape[0])
        columns = min(int(size[1] * zoom), pixels.shape[1])
        y = self.random.integers(pixels.shape[0] - rows + 1)
        x = self.random.integers(pixels.shape[1] - columns + 1)
        crop = pixels[y : y + rows, x : x + columns]
        if self._sometimes(0.5):
            crop = np.ascontiguousarray(crop[:, ::-1])
        return cv2.resize(crop, size[::-1], interpolation=cv2.INTER_AREA)

    def _texture(self, size: tuple[int, int]) -> np.ndarray:
        """Noise of several grains, with stripes or shapes in it."""
        height, width = size
        pixels = np.zeros(size, np.float32)
        for grain in (2, 4, 8, 16, 32, 64):
            small = self.random.normal(0, 1, (height // grain + 2, width // grain + 2))
            weight = self.random.exponential(1) * grain**0.5
            pixels += weight * cv2.resize(
                small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
            )
        pixels = 128 + pixels / (pixels.std() + 1e-6) * self.random.uniform(5, 60)
        if self._sometimes(0.3):
            turn = self.random.uniform(0, math.pi)
            y, x = np.mgrid[:height, :width]
            period = self._side(3, 40)
            wave = np.sin((x * math.cos(turn) + y * math.sin(turn)) * 2 * math.pi / period)
            pixels += self.random.uniform(10, 80) * (
                np.sign(wave) if self._sometimes(0.5) else wave
            )
        for _ in range(self.random.poisson(4)):
            middle = self.random.integers(0, [width, height])
            tone, thickness = (
                float(self.random.uniform(0, 255)),
                int(self.random.choice([-1, 1, 2])),
            )
            if self._sometimes(0.5):
                radius = int(self._side(2, 40))
                cv2.circle(pixels, middle.tolist(), radius, tone, thickness)
            else:
                corner = self.random.integers(0, [width, height])
                cv2.rectangle(pixels, middle.tolist(), corner.tolist(), tone, thickness)
        return np.asarray(np.clip(pixels, 0, 255), np.float32)

    def _lit(self, pixels: np.ndarray) -> np.ndarray:
        """The scene as uint8; often blurred, in other light, or with noise."""
        if self._sometimes(0.25):
            pixels = cv2.GaussianBlur(pixels, (0, 0), self.random.uniform(0.4, 1.3))
        if self._sometimes(0.6):
            light = (np.clip(pixels, 0, 255) / 255) ** np.exp(self.random.normal(0, 0.4))
            if self._sometimes(0.5):
                field = self.random.uniform(0.25, 1, (4, 4)).astype(np.float32)
                size = pixels.shape[::-1]
                light = light * cv2.resize(field, size, interpolation=cv2.INTER_CUBIC)
            if self._sometimes(0.3):
                for _ in range(self.random.integers(1, 5)):
                    light = light + light.max() * glare(light.shape, self.random)
            light = light + self.random.normal(0, self.random.exponential(0.015), light.shape)
            pixels = 255 * light
        pixels = np.clip(pixels, 0, 255).astype(np.uint8)
        if self._sometimes(0.15):
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(self.random.integers(25, 90))]
            encoded = cv2.imencode(".jpg", pixels, quality)[1]
            return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
        return pixels

    def _any(self, items: Sequence[T]) -> T:
        return items[int(self.random.integers(len(items)))]

    def _sometimes(self, share: float) -> bool:
        return bool(self.random.random() < share)
