"""Where faces may be: what the proposer says of each size of a picture, as boxes.

The proposer is fully convolutional and looks for faces of SMALLEST to LARGEST pixels only. The
picture is halved until its largest face has that size, so a face looks the same to the network
whatever its size (an image pyramid, as in Zhang et al. 2016, "Joint face detection and alignment
using multitask cascaded convolutional networks").
"""

import math
from pathlib import Path

import numpy as np

from ml.faces.boxes import Candidate
from ml.faces.pyramid import Pyramid, normalize
from ml.hardware.sessions import Network

FILE = Path(__file__).parent / "proposer.onnx"  # by `manage.py train_detector`
STRIDE = 8  # pixels of the picture between two cells of the output
# Pixels: the sides of the boxes that it finds. They span nearly two octaves, so that most faces are
# seen at two sizes of the picture.
SMALLEST, LARGEST = 10.5, 36.0
USUAL = 16.0  # pixels: the side of a box for which its answer is 0
TURN = 45.0  # degrees that its answer 1 stands for
AROUND = 21  # side in pixels of the area that each pixel is normalized by
NEAR, ALIKE = 0.4, 1.5  # shares of a box's side: boxes that differ by less are of the same face
LEAST = -1.5  # log odds from which the verifier is asked
MOST = 1500  # cells that are looked at: enough for some 300 people, and a bound on what noise costs


def propose(pyramid: Pyramid, proposer: Network) -> list[Candidate]:
    """Boxes where a face may be, the likeliest first. The score is the proposer's log odds."""
    found = []
    for number, level in enumerate(pyramid.levels):
        (outputs,) = proposer(normalize(level, AROUND)[None, None])
        found += decode(outputs, 2.0**number)
    return _distinct(found)


def _distinct(found: list[Candidate]) -> list[Candidate]:
    """Of boxes about as large at about the same place, the likeliest.

    Others stay: only the verifier knows whether a small box within a large one is the face.
    """
    kept: list[Candidate] = []
    for face in sorted(found, key=lambda face: face.score, reverse=True)[:MOST]:
        if not any(_is_alike(face, other) for other in kept):
            kept.append(face)
    return kept


def _is_alike(one: Candidate, other: Candidate) -> bool:
    near = math.hypot(one.x - other.x, one.y - other.y) < NEAR * min(one.side, other.side)
    return near and 1 / ALIKE < one.side / other.side < ALIKE


def decode(outputs: np.ndarray, scale: float) -> list[Candidate]:
    """The cells of one level, (5, rows, columns), that reach LEAST, as boxes in the picture.

    `scale` is how many of the picture's pixels one of this level is wide.
    """
    rows, columns = np.nonzero(outputs[0] > LEAST)
    score, x, y, larger, turned = outputs[:, rows, columns].astype(float)
    centers_x, centers_y = ((STRIDE * at + 0.5) * scale for at in (columns + x, rows + y))
    sides, angles = USUAL * 2**larger * scale, TURN * turned
    faces = np.stack([centers_x, centers_y, sides, angles, score], axis=1).tolist()
    return [
        Candidate(x=x, y=y, side=side, angle=angle, score=odds) for x, y, side, angle, odds in faces
    ]
