"""Training windows for the verifier: on the faces of CelebA's pictures, and beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from PIL import Image

from ml.faces.boxes import Candidate
from ml.faces.proposals import propose
from ml.faces.pyramid import Pyramid
from ml.faces.training.drawing import SceneDrawer, glare
from ml.faces.training.scenes import HIDDEN, SEEN
from ml.faces.verifier import SIDE, TURN, fit
from ml.hardware.sessions import Network
from ml.preprocessing import BOX_SIDE, celeba_square

NEAR, FAR = 5, 7  # windows of each picture, near its face and far from it
MOSAIC, WINDOWS = 4, 12  # pictures along each side of a mosaic, and windows of it
STARTS = 12  # windows of each picture from which hard ones are searched for
UNKNOWN = (np.nan,) * 4  # the targets if too little of the face is seen
NEARLY = -3.0  # log odds from which a misplaced window is a hard one
SCENE = (192, 192)  # height and width of the scenes that the proposer is shown


@dataclass(frozen=True)
class Offset:
    """Where a face lies, seen from a window, in the units of Verifier; `turned` in degrees."""

    across: float
    down: float
    larger: float
    turned: float

    @classmethod
    def between(cls, window: Candidate, face: Candidate) -> Self:
        """How far to move `window` so that it lies on the face."""
        frame = window.side / BOX_SIDE
        away = complex(face.x - window.x, face.y - window.y) / frame
        away *= np.exp(-1j * np.radians(window.angle))
        turned = (face.angle - window.angle + 180) % 360 - 180
        return cls(
            across=away.real,
            down=away.imag,
            larger=float(np.log2(face.side / window.side)),
            turned=turned,
        )

    def window_on(self, face: Candidate) -> Candidate:
        """The window from which an upright face is seen at this offset."""
        side = face.side / 2**self.larger
        away = complex(self.across, self.down) * np.exp(-1j * np.radians(self.turned))
        away *= side / BOX_SIDE
        return Candidate(
            x=face.x - away.real,
            y=face.y - away.imag,
            side=side,
            angle=-self.turned,
            score=0.0,
        )

    @property
    def away(self) -> float:
        """The distance between the centers of face and window."""
        return float(np.hypot(self.across, self.down))

    @property
    def is_face(self) -> float:
        """1 if the window lies on the face, 0 if it is misplaced, NaN in between."""
        if self.away < 0.12 and abs(self.larger) < 0.35 and abs(self.turned) < 20:
            return 1.0
        return 0.0 if self.is_misplaced else np.nan

    @property
    def is_misplaced(self) -> bool:
        """Whether nobody would say that the window shows the face."""
        return self.away > 0.28 or abs(self.larger) > 0.75 or abs(self.turned) > 55

    @property
    def moves(self) -> tuple[float, float, float, float]:
        """The targets for the network; NaN if too little of the face is seen."""
        if self.away > 0.45 or abs(self.larger) > 0.9 or abs(self.turned) > 60:
            return UNKNOWN
        return self.across, self.down, self.larger, self.turned / TURN


@dataclass
class Windows:
    """Pixels (SIDE, SIDE) uint8, whether they show a face (or NaN), and where it is (or NaN)."""

    pixels: list[np.ndarray] = field(default_factory=list)
    is_face: list[float] = field(default_factory=list)
    moves: list[tuple[float, float, float, float]] = field(default_factory=list)

    def add(self, pixels: np.ndarray, offset: Offset | None = None) -> None:
        """Add a window, at this offset from a face; without an offset there is no face."""
        self.pixels.append(pixels)
        self.is_face.append(offset.is_face if offset else 0.0)
        self.moves.append(offset.moves if offset else UNKNOWN)

    def __iadd__(self, other: Self) -> Self:
        self.pixels += other.pixels
        self.is_face += other.is_face
        self.moves += other.moves
        return self


class Drawer:
    """Draws random windows from pictures that show one face each."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def windows(self, files: Sequence[Path]) -> Windows:
        """Windows as cascades might propose them, right and misplaced, in all sorts of light."""
        drawn = Windows()
        for file in files:
            pyramid, face = self._picture(file)
            for offset in [*self._near(), *self._far()]:
                pixels, across = pyramid.window(offset.window_on(face), SIDE), 1.0
                if not offset.is_misplaced:
                    pixels, across = self._stretched(self._hidden(pixels))
                seen = Offset(offset.across * across, offset.down, offset.larger, offset.turned)
                drawn.add(self._lit(pixels), seen)
            if self._sometimes(0.3):
                drawn.add(self._jumbled(pyramid.window(face, SIDE)))
        for first in range(0, len(files), MOSAIC**2 // 2):
            for pixels in self._of_mosaic(files[first : first + MOSAIC**2]):
                drawn.add(self._lit(pixels))
        return drawn

    def proposed(self, drawer: SceneDrawer, scenes: int, proposer: Network) -> Windows:
        """What the proposer takes for faces in so many scenes, right and wrong."""
        drawn = Windows()
        for _ in range(scenes):
            scene = drawer.scene(SCENE)
            pyramid = Pyramid(scene.pixels)
            shares = [scene.visible(number) for number in range(len(scene.faces))]
            faces = list(zip(scene.faces, shares, strict=True))
            for window in propose(pyramid, proposer):
                offsets = [(Offset.between(window, face), share) for face, share in faces]
                nearby = [pair for pair in offsets if pair[1] >= HIDDEN]
                offset, share = min(nearby, key=lambda pair: pair[0].away, default=(None, 1.0))
                # Nobody can say whether a face that is half covered should be found.
                if offset is None or offset.is_misplaced or share >= SEEN:
                    drawn.add(pyramid.window(window, SIDE), offset)
        return drawn

    def hard_windows(self, files: Iterable[Path], verifier: Network) -> Windows:
        """Windows that the network moves to a wrong place and nearly takes for a face there."""
        drawn = Windows()
        for file in files:
            pyramid, face = self._picture(file)
            starts = [offset.window_on(face) for offset in self._far(STARTS)]
            for found in fit(pyramid, starts, verifier):
                if Offset.between(found, face).is_misplaced and found.score > NEARLY:
                    drawn.add(pyramid.window(found, SIDE))
        return drawn

    def _picture(self, file: Path) -> tuple[Pyramid, Candidate]:
        """One of CelebA's pictures and its face, randomly blurred and mirrored."""
        gray = _gray(file)
        left, top, side = celeba_square(gray.shape[1], gray.shape[0])
        gray = cv2.GaussianBlur(gray, (0, 0), 0.3 + self.random.exponential(0.6))
        if self._sometimes(0.5):
            gray, left = np.ascontiguousarray(gray[:, ::-1]), gray.shape[1] - left - side
        face = Candidate(
            x=left + side / 2,
            y=top + side / 2,
            side=side * BOX_SIDE,
            angle=0.0,
            score=0.0,
        )
        return Pyramid(gray), face

    def _near(self) -> list[Offset]:
        offsets = []
        for _ in range(NEAR):
            reach = self.random.choice([0.06, 0.5, 1.0])
            across, down = self.random.uniform(-0.3, 0.3, 2) * reach
            larger, turned = self.random.uniform(-1, 1, 2) * reach * [0.8, 45]
            offsets.append(Offset(across, down, larger, turned))
        return offsets

    def _far(self, count: int = FAR) -> list[Offset]:
        offsets: list[Offset] = []
        while len(offsets) < count:
            across, down = self.random.normal(0, 0.6, 2)
            turned = self.random.choice([0, 0, 0, 90, 180, -90]) + self.random.normal(0, 20)
            turned = (turned + 180) % 360 - 180
            offset = Offset(across, down, self.random.normal(0.4, 1.2), turned)
            offsets += [offset] if offset.is_misplaced else []
        return offsets

    def _hidden(self, pixels: np.ndarray) -> np.ndarray:
        """Sometimes cover a part, as a hand or a hat would."""
        if not self._sometimes(0.2):
            return pixels
        pixels, (height, width) = pixels.copy(), self.random.integers(8, 22, 2)
        (y, x), (other_y, other_x) = self.random.integers(0, SIDE - max(height, width), (2, 2))
        patch = np.rot90(pixels[other_y : other_y + height, other_x : other_x + width], 2)
        is_plain = self._sometimes(0.5)
        pixels[y : y + height, x : x + width] = self.random.integers(256) if is_plain else patch
        return pixels

    def _stretched(self, pixels: np.ndarray) -> tuple[np.ndarray, float]:
        """Sometimes narrower or wider, like faces that look aside; and by what factor."""
        if not self._sometimes(0.3):
            return pixels, 1.0
        across, middle = self.random.uniform(0.72, 1.15), (SIDE - 1) / 2
        matrix = np.array([[across, 0, middle * (1 - across)], [0, 1, 0]])
        size = (SIDE, SIDE)
        pixels = cv2.warpAffine(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        return pixels, across

    def _lit(self, pixels: np.ndarray) -> np.ndarray:
        """Often in other light: brighter or darker, from the side, with glare, with noise."""
        if not self._sometimes(0.6):
            return pixels
        light = (pixels.astype(np.float32) / 255) ** np.exp(self.random.normal(0, 0.4))
        if self._sometimes(0.6):
            field = self.random.uniform(0.3, 1, (3, 3)).astype(np.float32)
            light *= cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        if self._sometimes(0.35):
            light += light.max() * sum(
                glare(pixels.shape, self.random) for _ in range(self.random.integers(1, 5))
            )
        light += self.random.normal(0, self.random.exponential(0.015), light.shape)
        return np.asarray(np.clip(255 * light, 0, 255), np.uint8)

    def _jumbled(self, pixels: np.ndarray) -> np.ndarray:
        """The four quarters of a face in another order, which is no face any more."""
        half = SIDE // 2
        quarters = [pixels[y : y + half, x : x + half] for y in (0, half) for x in (0, half)]
        places = np.roll(range(4), self.random.integers(1, 4))
        return np.block([[quarters[place] for place in row] for row in places.reshape(2, 2)])

    def _of_mosaic(self, files: Sequence[Path]) -> list[np.ndarray]:
        """Windows over several small pictures side by side, none of them on a face."""
        cell = int(self.random.integers(30, 90))
        tiles = [Image.fromarray(_gray(file)).resize((cell, cell)) for file in files]
        picture = Image.new("L", (MOSAIC * cell, MOSAIC * cell))
        for number, tile in enumerate(tiles):
            picture.paste(tile, (number % MOSAIC * cell, number // MOSAIC * cell))
        pyramid, windows = Pyramid(np.asarray(picture)), []
        for _ in range(WINDOWS):
            x, y = self.random.uniform(0.3, MOSAIC - 0.3, 2) * cell
            side = np.exp(self.random.uniform(0.1, 1.2)) * cell * BOX_SIDE
            is_on_face = np.hypot(x / cell % 1 - 0.5, y / cell % 1 - 0.5) < 0.35
            if not is_on_face or side > 1.6 * cell * BOX_SIDE:
                angle = self.random.choice([0, 25, -25]) + self.random.normal(0, 8)
                windows.append(pyramid.window(Candidate(x, y, side, angle, 0.0), SIDE))
        return windows

    def _sometimes(self, share: float) -> bool:
        return bool(self.random.random() < share)


def _gray(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("L"))
