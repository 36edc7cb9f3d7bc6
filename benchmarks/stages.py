"""Milliseconds of CPU that a photo costs, stage by stage, on one thread.

    python -m benchmarks.stages --portraits DIR [--count N] [--checkpoint DIR]

DIR holds `images/` with one face in each picture. Each portrait is measured as it is, and enlarged
into a photo of 12 megapixels. `gate` is the check of an upload and its clean copy, `decode` the
stored picture as the worker opens it, `find` the detector, `crop` the squares of the faces that
were found, `variants` the smaller pictures, written to a disk, `predict` the 40 probabilities.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import django
import numpy as np
from PIL import Image

LARGE = (4000, 3000)  # pixels
STAGES = ("gate", "decode", "find", "crop", "variants", "predict")

T = TypeVar("T")


class Clock:
    """Adds up the CPU seconds of each stage."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)

    def time(self, stage: str, do: Callable[..., T], *arguments: Any) -> T:
        started = time.process_time()
        result = do(*arguments)
        self.seconds[stage] += time.process_time() - started
        return result


def enlarged(portrait: Image.Image) -> Image.Image:
    """A photo of 12 megapixels with the portrait in its middle, blurred beside it."""
    photo = portrait.resize((32, 24)).resize(LARGE)
    side = LARGE[1]
    photo.paste(portrait.resize((side, side)), ((LARGE[0] - side) // 2, 0))
    return photo


def as_jpeg(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=92)
    return content.getvalue()


def measure(uploads: list[bytes], checkpoint: Path) -> dict[str, float]:
    """Milliseconds of CPU of each stage, a photo."""
    from django.core.files.base import ContentFile

    from gallery.models.photo import ENOUGH, Photo
    from gallery.uploads.pictures import clean_image
    from gallery.variants import write_variants
    from ml.engine import get_engine
    from ml.faces.boxes import FaceBox, crop_face
    from ml.faces.detectors import find_faces, load_detector

    engine, detector, clock = get_engine(checkpoint), load_detector(), Clock()

    def opened(content: bytes) -> Image.Image:
        image = Image.open(io.BytesIO(content))
        image.draft("RGB", ENOUGH)
        return image.convert("RGB")

    def cropped(image: Image.Image, boxes: list[FaceBox]) -> list[Image.Image]:
        return [crop_face(image, box) for box in boxes]

    for number, upload in enumerate([uploads[0], *uploads]):
        if number == 1:
            clock = Clock()  # the first photo loaded what is loaded once
        clean = clock.time("gate", clean_image, ContentFile(upload))
        image = clock.time("decode", opened, clean.content)
        boxes = clock.time("find", find_faces, image, detector)
        crops = clock.time("crop", cropped, image, boxes)
        clock.time("variants", write_variants, Photo(), image, boxes)
        clock.time("predict", engine.predict, crops)
    return {stage: 1000 * spent / len(uploads) for stage, spent in clock.seconds.items()}


def compare(portraits: Path, count: int, checkpoint: Path) -> None:
    files = sorted((portraits / "images").iterdir())[:count]
    images = [Image.open(file).convert("RGB") for file in files]
    kinds = {
        "as they are": [as_jpeg(image) for image in images],
        "12 megapixels": [as_jpeg(enlarged(image)) for image in images],
    }
    print(f"{'ms of CPU a photo':<20}" + "".join(f"{name:>9}" for name in (*STAGES, "in all")))
    for kind, uploads in kinds.items():
        spent = measure(uploads, checkpoint)
        row = [*spent.values(), float(np.sum(list(spent.values())))]
        print(f"{kind:<20}" + "".join(f"{value:>9.1f}" for value in row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--checkpoint", type=Path, default=Path("ml/checkpoints/default"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as media:
        os.environ["MEDIA_ROOT"] = media
        django.setup()
        compare(arguments.portraits, arguments.count, arguments.checkpoint)


if __name__ == "__main__":
    main()
