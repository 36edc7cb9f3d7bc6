"""A second look at what a detector took for a face: gradients and one linear classifier.

Histograms of oriented gradients (Dalal and Triggs 2005) of the frame that the network would see,
weighed by logistic regression. It was trained on CelebA's aligned faces against windows that lie
wrong on them, so it also tells how well a frame lies on its face, and can move it.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from ml.boxes import Candidate
from ml.preprocessing import BOX_SIDE

FILE = Path(__file__).parent / "verifier.npz"  # by `manage.py train_verifier`
SIDE = 64  # pixels of the frame that gradients are taken of

# Moves that are tried in turn, each from the best so far: shares of the side, of the size, degrees.
STEPS = ((0.08, 0.12, 10.0), (0.04, 0.06, 5.0), (0.02, 0.03, 2.5))


class Pyramid:
    """A gray picture at its own size, half of it, a quarter and so on: windows without aliasing."""

    def __init__(self, gray: np.ndarray) -> None:
        self.levels = [gray]
        while min(self.levels[-1].shape) >= 2 * SIDE:
            height, width = self.levels[-1].shape
            smaller = (width // 2, height // 2)
            self.levels.append(cv2.resize(self.levels[-1], smaller, interpolation=cv2.INTER_AREA))

    def window(self, face: Candidate) -> np.ndarray:
        """The frame of a face, upright, (SIDE, SIDE) uint8; the picture's edges are replicated."""
        frame = face.side / BOX_SIDE
        level = int(np.clip(np.log2(max(frame / SIDE, 1)), 0, len(self.levels) - 1))
        gray = self.levels[level]
        across, down = gray.shape[1] / self.levels[0].shape[1], gray.shape[0] / len(self.levels[0])
        turn = np.exp(1j * np.radians(face.angle)) * frame / SIDE
        matrix = np.array([[turn.real, -turn.imag, face.x], [turn.imag, turn.real, face.y]])
        matrix[:, 2] -= matrix[:, :2] @ [(SIDE - 1) / 2, (SIDE - 1) / 2]  # to the centres of pixels
        matrix *= [[across], [down]]
        matrix[:, 2] -= 0.5
        return np.asarray(
            cv2.warpAffine(
                gray,
                matrix,
                (SIDE, SIDE),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )


def features(window: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients, (1764,) float32, of a (SIDE, SIDE) uint8 window."""
    return np.ravel(_descriptor().compute(window))


def evidence(pyramid: Pyramid, faces: Sequence[Candidate]) -> np.ndarray:
    """How much speaks for each face, (N,): the log odds, above 0 where it rather is one."""
    weights, bias = _weights()
    return np.array([features(pyramid.window(face)) @ weights + bias for face in faces])


def fit(pyramid: Pyramid, face: Candidate) -> Candidate:
    """Move, scale and turn a face to where most speaks for it, which becomes its score."""
    best, most = face, float(evidence(pyramid, [face])[0])
    for step in STEPS:
        for _ in range(3):
            moved = _neighbours(best, *step)
            found = evidence(pyramid, moved)
            if found.max() <= most:
                break
            best, most = moved[int(found.argmax())], float(found.max())
    return Candidate(best.x, best.y, best.side, best.angle, most)


def _neighbours(face: Candidate, move: float, size: float, turn: float) -> list[Candidate]:
    changes = [(move, 0, 0, 0), (0, move, 0, 0), (0, 0, size, 0), (0, 0, 0, turn)]
    return [
        Candidate(
            x=face.x + sign * across * face.side,
            y=face.y + sign * down * face.side,
            side=face.side * (1 + larger) ** sign,
            angle=face.angle + sign * degrees,
            score=face.score,
        )
        for across, down, larger, degrees in changes
        for sign in (-1, 1)
    ]


@cache
def _descriptor() -> cv2.HOGDescriptor:
    return cv2.HOGDescriptor((SIDE, SIDE), (16, 16), (8, 8), (8, 8), 9)


@cache
def _weights() -> tuple[np.ndarray, float]:
    with np.load(FILE) as stored:
        return stored["weights"].astype(np.float32), float(stored["bias"])
