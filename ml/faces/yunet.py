"""YuNet, a small network that finds faces by five points; its file is not part of the project."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ml.faces.boxes import Candidate, without_doubles
from ml.preprocessing import ALIGNED_CENTRE, ALIGNED_SIDE, BOX_SIDE, crop_turned

SEARCH_SIDE = 640  # the picture is scaled down to this longest side
LEAST_SCORE = 0.7
SECOND_LOOK = 2.2  # of a box's side: what is looked at again, as a picture of SECOND_SIDE pixels
SECOND_SIDE = 192
GAINS = (2.0, 2.0, 1.0)  # how far each look goes: YuNet sees about half of what a face is turned
OVERLAP = 0.3  # of two of the network's boxes; above it the weaker one is dropped

# Eyes and middle of the mouth's corners in CelebA's aligned pictures, 178 wide and 218 high, as
# complex numbers, for which a similarity is a product and a sum; and the centre of our frame there.
ALIGNED_POINTS = np.array([69.745 + 111j, 107.237 + 111j, 88.432 + 152.514j])
FRAME_CENTRE = complex(178 / 2, ALIGNED_CENTRE * 218)
ALIGNED_BOX = ALIGNED_SIDE * 178 * BOX_SIDE  # the side of the box there


class YuNet:
    """Faces by cv2.FaceDetectorYN; `network` is one, or anything that answers as it does."""

    name = "yunet"

    def __init__(self, network: Any) -> None:
        self.network = network

    @classmethod
    def from_file(cls, path: Path) -> "YuNet":
        """Load the network's ONNX file.

        Raises:
            OSError: there is no such file, or it is another.
        """
        if not path.is_file():
            raise FileNotFoundError(f"{path}: there is no such file")
        try:
            content = np.frombuffer(path.read_bytes(), np.uint8)
            empty = np.empty(0, np.uint8)
            network = cv2.FaceDetectorYN.create("onnx", content, empty, (320, 320))
        except cv2.error as error:
            raise OSError(f"{path}: not YuNet's file") from error
        network.setScoreThreshold(LEAST_SCORE)
        network.setNMSThreshold(OVERLAP)
        return cls(network)

    def find(self, image: Image.Image) -> list[Candidate]:
        """The faces of an upright picture, in its pixels, largest first.

        A turned face's points are drawn towards the upright, so each face is looked at again,
        turned back by what is known of its angle, until it lies upright.
        """
        image = image.convert("RGB")
        scale = max(1.0, max(image.size) / SEARCH_SIDE)
        size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
        found = self._detect(np.asarray(image.resize(size, Image.Resampling.BOX)))
        whole = Candidate(0.0, 0.0, 0.0, 0.0, 0.0)
        faces = without_doubles([face.within(whole, scale) for face in found])
        for gain in GAINS:
            faces = [self._second_look(image, face, gain) for face in faces]
        return without_doubles(faces)

    def _second_look(self, image: Image.Image, face: Candidate, gain: float) -> Candidate:
        """The face as it is found in a crop that was turned back; as it was where it is not."""
        side = SECOND_LOOK * face.side
        square = (face.x - side / 2, face.y - side / 2, side)
        middle = SECOND_SIDE / 2
        for again in self._detect(crop_turned(image, square, face.angle, SECOND_SIDE)):
            centred = replace(again, x=again.x - middle, y=again.y - middle, score=face.score)
            refined = centred.within(face, side / SECOND_SIDE)
            if refined.is_double_of(face) and face.side / 2 < refined.side < face.side * 2:
                return replace(refined, angle=face.angle + gain * again.angle)
        return face

    def _detect(self, pixels: np.ndarray) -> list[Candidate]:
        """The faces of (H, W, 3) uint8, the surest first."""
        height, width = pixels.shape[:2]
        self.network.setInputSize((width, height))
        _, rows = self.network.detect(np.ascontiguousarray(pixels[:, :, ::-1]))  # BGR
        if rows is None:
            return []
        faces = [from_points(row[4:14].reshape(5, 2), float(row[14])) for row in rows]
        return sorted(faces, key=lambda face: face.score, reverse=True)


def from_points(points: np.ndarray, score: float) -> Candidate:
    """The face whose five points (5, 2) are these: eyes, nose, mouth's corners, from the left.

    Its box and angle follow from the similarity that takes CelebA's aligned points nearest to them.
    """
    complexes = points[:, 0] + 1j * points[:, 1]
    turn, move = _similarity(
        ALIGNED_POINTS, np.array([*complexes[:2], (complexes[3] + complexes[4]) / 2])
    )
    centre = turn * FRAME_CENTRE + move
    side, angle = abs(turn) * ALIGNED_BOX, float(np.degrees(np.angle(turn)))
    return Candidate(centre.real, centre.imag, side, angle, min(1.0, score))


def _similarity(source: np.ndarray, target: np.ndarray) -> tuple[complex, complex]:
    """The factor and the summand that bring complex `source` nearest to `target`, squared."""
    from_middle, to_middle = source - source.mean(), target - target.mean()
    factor = np.vdot(from_middle, to_middle) / np.vdot(from_middle, from_middle)
    return complex(factor), complex(target.mean() - factor * source.mean())
