"""The default detector: a network proposes where faces are, another one verifies each."""

import math
from dataclasses import replace
from functools import cached_property

import numpy as np
from PIL import Image

from ml.faces import proposals, verifier
from ml.faces.boxes import Candidate, without_doubles
from ml.faces.proposals import propose
from ml.faces.pyramid import Pyramid, scaled_down
from ml.faces.verifier import fit
from ml.hardware.sessions import Network, load_network

SEARCH_SIDE = 480  # the gray picture is scaled down to this longest side

# The scores, of both networks together, from which a window is a face.
SURE = 6.0  # whatever else is in the picture
SURE_IF_ALIKE = -2.0  # beside sure faces of about its size ...
ALIKE = 1.25  # ... which are at most this many times larger or smaller
SURE_IF_ALONE = 1.0  # the best window, if there is no sure face and it is large and upright
LARGE, UPRIGHT = 0.25, 40  # at least this share of the shorter side; at most these degrees


class Finder:
    """Finds faces with the two networks that come with the project. Threads may share it."""

    name = "finder"

    def __init__(self, threads: int | None = None) -> None:
        """`threads` compute for each call; None: one for each core."""
        self.threads = threads

    @cached_property
    def proposer(self) -> Network:
        return load_network(proposals.FILE, self.threads)

    @cached_property
    def verifier(self) -> Network:
        return load_network(verifier.FILE, self.threads)

    def find(self, image: Image.Image) -> list[Candidate]:
        """The faces of an upright picture, in its pixels, largest first."""
        gray, scale = scaled_down(image.convert("L"), SEARCH_SIDE)
        whole = Candidate(0.0, 0.0, 0.0, 0.0, 0.0)
        return [face.within(whole, scale) for face in self._find(Pyramid(np.asarray(gray)))]

    def _find(self, pyramid: Pyramid) -> list[Candidate]:
        fitted = fit(pyramid, propose(pyramid, self.proposer), self.verifier)
        faces = without_doubles(fitted, by=lambda face: face.score)
        return [_with_probability(face) for face in convincing(faces, pyramid.shorter)]


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


def _with_probability(face: Candidate) -> Candidate:
    """The face with its score as a probability instead of log odds."""
    return replace(face, score=1 / (1 + math.exp(-face.score)))
