"""A small network that verifies what a detector took for a face, and corrects its frame.

It sees the frame that the classifier would see, small and gray. It gives the log odds of a face
there, and where the frame should be instead. (Li et al. 2015, "A convolutional neural network
cascade for face detection", calibrate their boxes like this.) `manage.py train_verifier` trains it
on CelebA's aligned faces and on windows that are misplaced on them.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ml.faces.boxes import Candidate
from ml.preprocessing import BOX_SIDE

FILE = Path(__file__).parent / "verifier.npz"  # by `manage.py train_verifier`
SIDE = 40  # pixels of the window
AROUND = 13  # side in pixels of the area that each pixel is normalized by
MOVES = 4  # times that a frame is moved to where the network says
TURN = 45.0  # degrees that the network's output 1 stands for
MIRRORED = np.array([1, -1, 1, 1, -1])  # the signs of the five outputs for a mirrored window


class Verifier(nn.Module):
    """From normalized windows, (N, 1, SIDE, SIDE) float32, to (N, 5).

    Each row: the log odds that the frame lies on a face; the face's distance from the frame's
    center to the right and down, in sides of the frame; how much larger than the frame it is, as
    log2; and its clockwise angle in the frame, in units of TURN.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(32 * 6 * 6, 64),
            nn.ReLU(),
            nn.Linear(64, 5),
        )

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.layers(windows)
        return outputs


def normalize(pixels: np.ndarray) -> torch.Tensor:
    """Make windows, (N, SIDE, SIDE) uint8, independent of the light: subtract the local mean from
    each pixel, and divide by the local deviation.

    Returns:
        (N, 1, SIDE, SIDE) float32.
    """
    windows = torch.from_numpy(pixels).float().unsqueeze(1)
    windows = windows - _local_mean(windows)
    return windows / (_local_mean(windows.square()).sqrt() + 4)  # 4: do not amplify plain noise


def _local_mean(windows: torch.Tensor) -> torch.Tensor:
    """The mean of the AROUND by AROUND pixels around each pixel, by rows and then by columns."""
    for size in ((AROUND, 1), (1, AROUND)):
        padding = (size[0] // 2, size[1] // 2)
        windows = functional.avg_pool2d(windows, size, 1, padding, count_include_pad=False)
    return windows


class Pyramid:
    """A gray picture at full size, half, a quarter and so on, to cut windows without aliasing."""

    def __init__(self, gray: np.ndarray) -> None:
        self.levels = [gray]
        while min(self.levels[-1].shape) >= 2 * SIDE:
            height, width = self.levels[-1].shape
            smaller = (width // 2, height // 2)
            self.levels.append(cv2.resize(self.levels[-1], smaller, interpolation=cv2.INTER_AREA))

    def window(self, face: Candidate) -> np.ndarray:
        """The frame of a face, upright, (SIDE, SIDE) uint8. The picture's edges are replicated."""
        frame = face.side / BOX_SIDE
        level = int(np.clip(np.log2(max(frame / SIDE, 1)), 0, len(self.levels) - 1))
        gray = self.levels[level]
        across, down = gray.shape[1] / self.levels[0].shape[1], gray.shape[0] / len(self.levels[0])
        turn = np.exp(1j * np.radians(face.angle)) * frame / SIDE
        matrix = np.array([[turn.real, -turn.imag, face.x], [turn.imag, turn.real, face.y]])
        # OpenCV puts whole numbers at the centers of pixels; we put them at their corners.
        matrix[:, 2] -= matrix[:, :2] @ [(SIDE - 1) / 2, (SIDE - 1) / 2]
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


def fit(
    pyramid: Pyramid, faces: Sequence[Candidate], verifier: Verifier | None = None
) -> list[Candidate]:
    """Move, scale and turn each window onto its face. The score becomes the log odds."""
    for _ in range(MOVES):
        outputs = assess(pyramid, faces, verifier)
        faces = [_moved(face, row) for face, row in zip(faces, outputs, strict=True)]
    scores = assess(pyramid, faces, verifier)[:, 0].tolist()
    return [replace(face, score=score) for face, score in zip(faces, scores, strict=True)]


def assess(
    pyramid: Pyramid, faces: Sequence[Candidate], verifier: Verifier | None = None
) -> np.ndarray:
    """The network's outputs for each window, averaged with those of its mirror image: (N, 5)."""
    pixels = np.array([pyramid.window(face) for face in faces], np.uint8).reshape(-1, SIDE, SIDE)
    both = normalize(np.concatenate([pixels, pixels[:, :, ::-1]]))
    with torch.inference_mode():
        outputs, mirrored = (verifier or load()).eval()(both).numpy().reshape(2, -1, 5)
    return np.asarray(outputs + mirrored * MIRRORED) / 2


def _moved(face: Candidate, outputs: np.ndarray) -> Candidate:
    _, across, down, larger, turned = outputs.tolist()
    in_frame = Candidate(
        x=across,
        y=down,
        side=BOX_SIDE * 2**larger,
        angle=TURN * turned,
        score=face.score,
    )
    return in_frame.within(face, face.side / BOX_SIDE)


@cache
def load(file: Path = FILE) -> Verifier:
    """The trained network. A process reads it once."""
    verifier = Verifier()
    with np.load(file) as stored:
        weights = {name: torch.from_numpy(stored[name]).float() for name in stored.files}
    verifier.load_state_dict(weights)
    return verifier


def save(verifier: Verifier, file: Path) -> None:
    """Write the weights, in half precision."""
    weights = verifier.state_dict().items()
    np.savez_compressed(file, **{name: weight.half().numpy() for name, weight in weights})
