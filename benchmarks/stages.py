"""Milliseconds of CPU that a photo costs, stage by stage, on one thread.

    python -m benchmarks.stages [--portraits DIR] [--count N] [--checkpoint DIR]

DIR holds `images/` with one face in each picture; without it, faces are drawn. Each portrait is
measured as it is, and enlarged into a photo of 12 megapixels. `gate` is the check of an upload and
its clean copy, `decode` the stored picture as the worker opens it, `find` the detector, `crop` the
squares of the faces that were found, `variants` the smaller pictures, written to a disk, `predict`
the 40 probabilities. The limit is what Pillow takes to decode the upload once: whatever is to be
known of a picture, that comes first.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import django
from PIL import Image

from benchmarks.figures import Figure, compared, parser, report
from benchmarks.pictures import pictures

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

    from gallery.models.photo import Photo
    from gallery.models.picture import ENOUGH
    from gallery.uploads.gate import clean_image
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


def bare_decode(uploads: list[bytes]) -> float:
    """Milliseconds of CPU that Pillow takes to decode an upload."""
    started = time.process_time()
    for upload in uploads:
        Image.open(io.BytesIO(upload)).load()
    return 1000 * (time.process_time() - started) / len(uploads)


def against_pillow(kind: str, uploads: list[bytes], checkpoint: Path) -> Figure:
    """What all stages take, beside decoding alone; prints each stage."""
    limit, spent = bare_decode(uploads), measure(uploads, checkpoint)
    print(", ".join(f"{stage} {value:.1f} ms" for stage, value in spent.items()), flush=True)
    own = [sum(spent.values())]
    return compared(f"CPU of a photo, {kind}", "ms", own, "Pillow decodes it", [limit])


@contextmanager
def own_media() -> Iterator[None]:
    """Set up Django with a folder of its own for pictures."""
    with tempfile.TemporaryDirectory() as media:
        os.environ["MEDIA_ROOT"] = media
        django.setup()
        yield


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--portraits", type=Path)
    arguments.add_argument("--count", type=int, default=24)
    arguments.add_argument("--checkpoint", type=Path, default=Path("ml/checkpoints/default"))
    options = arguments.parse_args()
    uploads = pictures(options.portraits)[: options.count]
    portraits = [Image.open(io.BytesIO(upload)).convert("RGB") for upload in uploads]
    kinds = {
        "as it is": [as_jpeg(portrait) for portrait in portraits],
        "12 megapixels": [as_jpeg(enlarged(portrait)) for portrait in portraits],
    }
    with own_media():
        figures = [against_pillow(*kind, options.checkpoint) for kind in kinds.items()]
    report(figures, options.json)


if __name__ == "__main__":
    main()
