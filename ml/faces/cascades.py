"""Faces by the cascades that come inside OpenCV (Viola and Jones), each looked at a second time."""

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

# Which cascade looks at the picture turned back by how many degrees, and in which steps of size.
FRONTAL = "frontalface_alt2"
SEARCHES = (
    (FRONTAL, 0, 1.1),
    ("frontalface_default", 0, 1.1),
    (FRONTAL, 25, 1.2),
    (FRONTAL, -25, 1.2),
)
PROFILE = "profileface"  # of a head that looks to the left; its box lies before the face's
PROFILE_MOVE, PROFILE_SIZE = 0.15, 0.87  # shares of its side

# Log odds from which a window is a face: for itself, beside sure ones of about its size (so many
# times larger or smaller at most), and alone, if large (a share of the shorter side) and upright
# (degrees).
SURE = 3.5
SURE_IF_ALIKE, ALIKE = -4.0, 1.2
SURE_IF_ALONE, LARGE, UPRIGHT = -3.0, 0.25, 40


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
    """Those that are sure, and others as large as these; where none is sure the likeliest one."""
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
    """Windows that a cascade takes for faces that are turned clockwise by `angle` degrees."""
    turned, back = _turned(gray, angle)
    smallest = max(20, round(share * min(gray.shape)))
    boxes, _, weights = _load(cascade).detectMultiScale3(
        turned, step, minNeighbors=1, minSize=(smallest, smallest), outputRejectLevels=True
    )
    windows = []
    for (x, y, side, _), weight in zip(boxes, np.ravel(weights), strict=True):
        centre = back @ [x + side / 2, y + side / 2, 1]
        place = (float(centre[0]), float(centre[1]), float(side))
        windows.append(Candidate(*place, angle=angle, score=float(weight)))
    return windows


def _turned(gray: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The picture turned counter-clockwise, all of it, and the (2, 3) matrix of the way back."""
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
    """Windows around heads that look to the left or to the right, as a frontal face's would lie."""
    windows = []
    for mirrored in (False, True):
        seen = np.ascontiguousarray(gray[:, ::-1]) if mirrored else gray
        for head in _search(seen, PROFILE, 0, 1.1, SMALLEST_PROFILE):
            x = head.x - PROFILE_MOVE * head.side
            x = gray.shape[1] - x if mirrored else x
            windows.append(Candidate(x, head.y, PROFILE_SIZE * head.side, 0, head.score))
    return windows


def _with_probability(face: Candidate) -> Candidate:
    """The score as a probability, from log odds."""
    return replace(face, score=1 / (1 + math.exp(-face.score)))


@cache
def _load(cascade: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / f"data/haarcascade_{cascade}.xml"))
