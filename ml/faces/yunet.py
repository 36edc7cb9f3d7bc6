"""YuNet, a small network that finds faces by five points. Its file is not part of the project."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ml.faces import verifier
from ml.faces.boxes import Candidate, without_doubles
from ml.faces.pyramid import Pyramid, scaled_down
from ml.faces.verifier import fit
from ml.hardware.sessions import load_network
from ml.preprocessing import ALIGNED_CENTER, ALIGNED_SIDE, BOX_SIDE

SEARCH_SIDE = 640  # the picture is scaled down to this longest side
LEAST_SCORE = 0.7
OVERLAP = 0.3  # of two of the network's boxes, above which the weaker one is dropped
BELIEVED = 2.0  # score from which the verifier's place and angle of a face are taken

# The eyes and the middle of the mouth in CelebA's aligned pictures, 178 wide and 218 high, and the
# center of our frame there. With complex numbers a similarity is one product and one sum.
ALIGNED_POINTS = np.array([69.745 + 111j, 107.237 + 111j, 88.432 + 152.514j])
FRAME_CENTER = complex(178 / 2, ALIGNED_CENTER * 218)
ALIGNED_BOX = ALIGNED_SIDE * 178 * BOX_SIDE  # the side of the box there


class YuNet:
    """Finds faces with `network`, a cv2.FaceDetectorYN or anything with its methods.

    Threads may share it; the network serves one at a time.
    """

    name = "yunet"

    def __init__(self, network: Any) -> None:
        self.network = network
        self._lock = threading.Lock()  # the network keeps the size that it was set to
        self.verifier = load_network(verifier.FILE)

    @classmethod
    def from_file(cls, path: Path) -> "YuNet":
        """Load the network's ONNX file.

        Raises:
            OSError: the file does not exist, or is not YuNet's.
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

        YuNet sees about half of a face's angle, so the verifier places each face once more.
        """
        small, scale = scaled_down(image.convert("RGB"), SEARCH_SIDE)
        found = without_doubles(self._detect(np.asarray(small)))
        placed = fit(Pyramid(np.asarray(small.convert("L"))), found, self.verifier)
        better = [
            replace(again, score=face.score) if again.score >= BELIEVED else face
            for face, again in zip(found, placed, strict=True)
        ]
        whole = Candidate(0.0, 0.0, 0.0, 0.0, 0.0)
        return [face.within(whole, scale) for face in without_doubles(better)]

    def _detect(self, pixels: np.ndarray) -> list[Candidate]:
        """The faces of (H, W, 3) uint8, the surest first."""
        height, width = pixels.shape[:2]
        with self._lock:
            self.network.setInputSize((width, height))
            _, rows = self.network.detect(np.ascontiguousarray(pixels[:, :, ::-1]))  # BGR
        if rows is None:
            return []
        faces = [from_points(row[4:14].reshape(5, 2), float(row[14])) for row in rows]
        return sorted(faces, key=lambda face: face.score, reverse=True)


def from_points(points: np.ndarray, score: float) -> Candidate:
    """The face with these five points, (5, 2): eyes, nose and corners of the mouth, left to right.

    Its box and angle follow from the similarity that maps CelebA's aligned points nearest to them.
    """
    complexes = points[:, 0] + 1j * points[:, 1]
    turn, move = _similarity(
        ALIGNED_POINTS, np.array([*complexes[:2], (complexes[3] + complexes[4]) / 2])
    )
    center = turn * FRAME_CENTER + move
    return Candidate(
        x=center.real,
        y=center.imag,
        side=abs(turn) * ALIGNED_BOX,
        angle=float(np.degrees(np.angle(turn))),
        score=min(1.0, score),
    )


def _similarity(source: np.ndarray, target: np.ndarray) -> tuple[complex, complex]:
    """The complex factor and summand that map `source` to `target` with the least squared error."""
    from_middle, to_middle = source - source.mean(), target - target.mean()
    factor = np.vdot(from_middle, to_middle) / np.vdot(from_middle, from_middle)
    return complex(factor), complex(target.mean() - factor * source.mean())
