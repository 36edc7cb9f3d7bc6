"""Faces by the cascades that come with OpenCV (Viola and Jones), each verified by a network."""

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ml.faces.boxes import Candidate, without_doubles
from ml.faces.verifier import Pyramid, fit

SEARCH_SIDE = 480  # the gray picture is scaled down to this longest side
SMALLEST_FACE, SMALLEST_PROFILE = 0.06, 0.2  # of the shorter side

# Cascade, the angle of the faces that it looks for (degrees), and the step between sizes. A cascade
# finds only nearly upright faces; the coarser step makes up for the time of the turned searches.
FRONTAL = "frontalface_alt2"
SEARCHES = (
    (FRONTAL, 0, 1.1),
    ("frontalface_default", 0, 1.1),
    (FRONTAL, 25, 1.2),
    (FRONTAL, -25, 1.2),
)
PROFILE = "profileface"  # of a head that looks to the left
# From a profile's box to the box of a frontal face, in shares of the profile's side.
PROFILE_MOVE, PROFILE_SIZE = 0.15, 0.87

# The log odds from which a window is a face.
SURE = 3.5  # whatever else is in the picture
SURE_IF_ALIKE = -4.0  # beside sure faces of about its size ...
ALIKE = 1.2  # ... which are at most this many times larger or smaller
SURE_IF_ALONE = -3.0  # the best window, if there is no sure face and it is large and upright
LARGE, UPRIGHT = 0.25, 40  # at least this share of the shorter side; at most these degrees


class Cascades:
    """The default detector, which needs no file of its own."""

    name = "haar"

    def find(self, image: Image.Image) -> list[Candidate]:
        """The faces of an upright picture, in its pixels, largest first."""
        scale = max(1.0, max(image.size) / SEARCH_SIDE)
        size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
        gray = np.asarray(image.convert("L").resize(size, Image.Resampling.BOX))
        picture = Candidate(0.0, 0.0, 0.0, 0.0, 0.0)
        return [face.within(picture, scale) for face in _find(gray)]


def _find(gray: np.ndarray) -> list[Candidate]:
    windows = [window for how in SEARCHES for window in _search(gray, *how)] + _profiles(gray)
    faces = without_doubles(fit(Pyramid(gray), windows), by=lambda face: face.score)
    return [_with_probability(face) for face in convincing(faces, min(gray.shape))]


def convincing(faces: list[Candidate], shorter: int) -> list[Candidate]:
    """The sure faces and others about as large; if none is sure, at most the likeliest one."""
    sure = [face for face in faces if face.score >= SURE]
    if not sure:
        likely = [face for face in faces if _may_stand_alone(face, shorter)]
        return sorted(likely, key=lambda face: face.score)[-1:]
    usual = float(np.median([face.side for face in sure]))
    return [face for face in faces if face in sure or _is_like_these(face, usual)]


def _may_stand_alone(face: Candidate, shorter: int) -> bool:
    is_large, is_upright = face.side >= LARGE * shorter, abs(face.angle) <= UPRIGHT
    return face.score >= SURE_IF_ALONE and is_large and is_upright


def _is_like_these(face: Candidate, usual: float) -> bool:
    return face.score >= SURE_IF_ALIKE and 1 / ALIKE < face.side / usual < ALIKE


def _search(
    gray: np.ndarray, cascade: str, angle: float, step: float, share: float = SMALLEST_FACE
) -> list[Candidate]:
    """Windows that a cascade takes for faces, among those turned clockwise by `angle` degrees."""
    turned, back = _turned(gray, angle)
    smallest = max(20, round(share * min(gray.shape)))
    boxes, _, weights = _load(cascade).detectMultiScale3(
        turned, step, minNeighbors=1, minSize=(smallest, smallest), outputRejectLevels=True
    )
    windows = []
    for (x, y, side, _), weight in zip(boxes, np.ravel(weights), strict=True):
        center = back @ [x + side / 2, y + side / 2, 1]
        windows.append(
            Candidate(
                x=float(center[0]),
                y=float(center[1]),
                side=float(side),
                angle=angle,
                score=float(weight),
            )
        )
    return windows


def _turned(gray: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The whole picture turned counterclockwise, and the (2, 3) matrix that turns it back."""
    if angle == 0:
        return gray, np.eye(2, 3)
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    cos, sin = np.abs(matrix[0, :2])
    size = (int(width * cos + height * sin), int(width * sin + height * cos))
    matrix[:, 2] += [(size[0] - width) / 2, (size[1] - height) / 2]
    turned = cv2.warpAffine(gray, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return turned, cv2.invertAffineTransform(matrix)


def _profiles(gray: np.ndarray) -> list[Candidate]:
    """Windows around heads that look left or right, placed as for a frontal face."""
    windows = []
    for mirrored in (False, True):
        seen = np.ascontiguousarray(gray[:, ::-1]) if mirrored else gray
        for head in _search(seen, PROFILE, 0, 1.1, SMALLEST_PROFILE):
            x = head.x - PROFILE_MOVE * head.side
            x = gray.shape[1] - x if mirrored else x
            windows.append(Candidate(x, head.y, PROFILE_SIZE * head.side, 0, head.score))
    return windows


def _with_probability(face: Candidate) -> Candidate:
    """The face with its score as a probability instead of log odds."""
    return replace(face, score=1 / (1 + math.exp(-face.score)))


@cache
def _load(cascade: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / f"data/haarcascade_{cascade}.xml"))
