"""A small network that verifies what the proposer took for a face, and corrects its frame.

It sees the frame that the classifier would see, small and gray. It gives the log odds of a face
there, and where the frame should be instead. (Li et al. 2015, "A convolutional neural network
cascade for face detection", calibrate their boxes like this.) `manage.py train_detector` trains it
on CelebA's aligned faces and on windows that are misplaced on them.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ml.faces.boxes import Candidate
from ml.faces.pyramid import Pyramid, normalize
from ml.hardware.sessions import Network
from ml.preprocessing import BOX_SIDE

FILE = Path(__file__).parent / "verifier.onnx"  # by `manage.py train_detector`
SIDE = 40  # pixels of the window
AROUND = 13  # side in pixels of the area that each pixel is normalized by
# What a proposal's score counts beside the verifier's log odds. The proposer sees what is around a
# face, so it is seldom wrong about the same things.
PROPOSED = 2.0
MOVES = 2  # times that a frame is moved to where the network says
TURN = 45.0  # degrees that the network's output 1 stands for
MIRRORED = np.array([1, -1, 1, 1, -1])  # the signs of the five outputs for a mirrored window


def fit(pyramid: Pyramid, faces: Sequence[Candidate], verifier: Network) -> list[Candidate]:
    """Move, scale and turn each window onto its face.

    The score becomes PROPOSED times the old one, plus the log odds of a face at the new place.
    """
    if not faces:
        return []
    for _ in range(MOVES):
        outputs = assess(pyramid, faces, verifier)
        faces = [_moved(face, row) for face, row in zip(faces, outputs, strict=True)]
    odds = assess(pyramid, faces, verifier)[:, 0].tolist()
    return [
        replace(face, score=PROPOSED * face.score + more)
        for face, more in zip(faces, odds, strict=True)
    ]


def assess(pyramid: Pyramid, faces: Sequence[Candidate], verifier: Network) -> np.ndarray:
    """The network's outputs for each window, averaged with those of its mirror image: (N, 5)."""
    windows = normalize(np.stack([pyramid.window(face, SIDE) for face in faces]), AROUND)[:, None]
    both = np.concatenate([windows, windows[..., ::-1]])
    outputs, mirrored = verifier(both).reshape(2, -1, 5)
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
