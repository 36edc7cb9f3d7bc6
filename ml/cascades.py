"""Faces by the cascades that come inside OpenCV (Viola and Jones), each looked at a second time."""

import math
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ml.boxes import Candidate, without_doubles
from ml.verifier import Pyramid, fit

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

# Log odds from which a window is a face: false ones are small. Likely ones count if alone.
SURE, SURE_IF_LARGE, LIKELY = 4.5, 3.0, 1.0
LARGE = 0.25  # of the shorter side


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
    pyramid = Pyramid(gray)
    windows = [window for how in SEARCHES for window in _search(gray, *how)] + _profiles(gray)
    faces = [fit(pyramid, window) for window in _grouped(windows)]
    large = [face for face in faces if face.side >= LARGE * min(gray.shape)]
    sure = [face for face in faces if face.score >= SURE]
    sure += [face for face in large if SURE_IF_LARGE <= face.score < SURE]
    likely = [face for face in large if face.score >= LIKELY]
    found = sure or sorted(likely, key=lambda face: face.score)[-1:]
    return [_with_probability(face) for face in without_doubles(found)]


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


def _grouped(windows: list[Candidate]) -> list[Candidate]:
    """One window, the mean, for each group of windows at nearly the same place and of a size."""
    groups: list[list[Candidate]] = []
    for window in sorted(windows, key=lambda w: w.score, reverse=True):
        group = next((group for group in groups if _alike(window, group[0])), None)
        if group is None:
            groups.append([window])
        else:
            group.append(window)
    return [_mean(group) for group in groups]


def _alike(one: Candidate, other: Candidate) -> bool:
    apart = math.hypot(one.x - other.x, one.y - other.y) / max(one.side, other.side)
    return apart < 0.3 and 0.6 < one.side / other.side < 1 / 0.6


def _mean(windows: list[Candidate]) -> Candidate:
    rows = np.array([[w.x, w.y, w.side, w.angle, w.score] for w in windows])
    weights = np.maximum(rows[:, 4], 0.1)
    return Candidate(*np.average(rows, axis=0, weights=weights).tolist())


def _with_probability(face: Candidate) -> Candidate:
    """The score as a probability, from log odds."""
    return Candidate(face.x, face.y, face.side, face.angle, 1 / (1 + math.exp(-face.score)))


@cache
def _load(cascade: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / f"data/haarcascade_{cascade}.xml"))
