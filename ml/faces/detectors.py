"""Find the faces of a picture, with the detector that was chosen."""

import logging
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Protocol

from PIL import Image

from ml.faces.boxes import WHOLE_PICTURE, Candidate, FaceBox, Sighting, crop_face
from ml.faces.finder import Finder
from ml.hardware.gpu import has_gpu

log = logging.getLogger(__name__)


class Detector(Protocol):
    """Finds faces. Each face carries the detector's `name`."""

    name: str

    def find(self, image: Image.Image) -> list[Candidate]:
        """The faces of an upright picture, in its pixels, largest first."""


@cache
def load_detector(yunet: Path | None = None) -> Detector:
    """YuNet if its file is given, else the finder. A process loads it once.

    Raises:
        OSError: the file does not exist, or is not YuNet's.
    """
    # Beside a GPU, several photos are looked at at once, so each gets one core.
    detector: Detector = _yunet(yunet) if yunet else Finder(threads=1 if has_gpu() else None)
    log.info("faces are found by %s", f"YuNet ({yunet})" if yunet else "the built-in networks")
    return detector


def _yunet(file: Path) -> Detector:
    from ml.faces.yunet import YuNet  # needs OpenCV, which a site with ENGINE=cpu does not have

    return YuNet.from_file(file)


def find_faces(image: Image.Image, detector: Detector | None = None) -> list[FaceBox]:
    """The faces of an upright picture, largest first; only WHOLE_PICTURE if there are none."""
    detector = detector or load_detector()
    found = [candidate.box(image.size, detector.name) for candidate in detector.find(image)]
    return found or [WHOLE_PICTURE]


def find_and_crop(
    image: Image.Image,
    detector: Detector,
    choose: Callable[[list[FaceBox]], Iterable[FaceBox]] = iter,
) -> Sighting:
    """Find the faces of an upright picture and cut them out, ready for `ml.engine.score`.

    `choose` turns the boxes that were found into those that are to be scored; by default all.
    """
    found = find_faces(image, detector)
    return Sighting(found, {box: crop_face(image, box) for box in choose(found)})
