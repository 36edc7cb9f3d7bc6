"""What things cost as a gallery grows: from a thousand photos to a million.

    python -m benchmarks.scale [--photos 1000 10000 100000 1000000] [--repeats 15] [--curve FILE]

Grows one gallery on the store of DATABASE_URL, in a database of its own, and measures at each size.
`new photo` is a row, a claim, the decoding of a small picture, and the rows of its answers; finding
faces and asking the model are left out, as they do not depend on the gallery. A time is that of the
fastest call, which other work on the machine disturbed the least. FILE gets all that was measured,
for `benchmarks.draw_scale`.
"""

import hashlib
import itertools
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection
from django.test import override_settings
from PIL import Image

from benchmarks import store
from benchmarks.figures import Figure, compared, parser, report
from benchmarks.filter import Bench
from benchmarks.store import execute
from benchmarks.timing import milliseconds, peak_memory, rounds
from gallery import storage
from gallery.analysis.analyse import Analyst
from gallery.analysis.model import Loaded
from gallery.answers.corrections import answer
from gallery.management import demo
from gallery.models import DecisionBlock, Face, Photo
from ml.attributes import NAMES
from ml.faces.boxes import Candidate
from ml.models import ModelVersion

SIZES = (1_000, 10_000, 100_000, 1_000_000)
FILTER = "Smiling,-Eyeglasses,Black_Hair|Brown_Hair"
RARE = "Bald,Gray_Hair,-Male"
TABLES = ("gallery_photo", "gallery_face", "gallery_decisionblock")
SAMPLE = 100_000  # photos that are made up; all others repeat their probabilities
NEW = {  # values of a copied row
    "postgresql": {
        "uuid": "gen_random_uuid()",
        "sha256": "encode(sha256(gen_random_uuid()::text::bytea), 'hex')",
    },
    "sqlite": {"uuid": "lower(hex(randomblob(16)))", "sha256": "lower(hex(randomblob(32)))"},
}
SIDE = 64  # pixels of the picture that is added

Point = dict[str, float]  # what was measured at a size


class Instant:
    """A model and a detector in one that take no time."""

    name, on_gpu, attributes = "finder", False, NAMES
    box = Candidate(x=SIDE / 2, y=SIDE / 2, side=SIDE / 2, angle=0.0, score=0.9)

    def __init__(self, version: ModelVersion) -> None:
        self.version = version
        self.random = np.random.default_rng(0)

    def load(self) -> Any:
        return Loaded(self.version, self)  # type: ignore[arg-type]

    def find(self, image: Image.Image) -> list[Candidate]:
        return [self.box]

    def predict(self, images: Sequence[Image.Image]) -> np.ndarray:
        return self.random.random((len(images), len(NAMES)), dtype=np.float32)


class Growing:
    """A gallery that grows, and what is measured on it."""

    def __init__(self) -> None:
        self.bench = Bench.filled(1)
        self.photos = Photo.objects.in_gallery(self.bench.gallery)
        instant: Any = Instant(self.bench.version)
        self.analyst = Analyst(instant, instant)
        content = BytesIO()
        Image.new("RGB", (SIDE, SIDE), "gray").save(content, "JPEG")
        self.picture = content.getvalue()

    def grow(self, photos: int) -> float:
        """Add photos until there are so many. Returns the seconds that this took."""
        took = milliseconds(lambda: self._add(photos)) / 1000
        store.settle()
        return took

    def _add(self, photos: int) -> None:
        while (missing := photos - (count := self.photos.count())) > 0:
            if count >= SAMPLE:
                copy_oldest(min(missing, count))
                continue
            made_up = min(missing, SAMPLE)
            for _ in demo.fill_gallery(self.bench.gallery, made_up, self.bench.version, photos):
                pass

    def add_photo(self) -> None:
        """A new photo, until its faces are written."""
        photo = Photo(
            gallery=self.bench.gallery,
            original_name="new.jpg",
            sha256=hashlib.sha256(uuid4().bytes).hexdigest(),
            width=SIDE,
            height=SIDE,
            bytes=len(self.picture),
        )
        storage.save(photo.file_name(), self.picture)
        photo.save(force_insert=True)
        if self.analyst.analyse_batch() != 1:
            raise RuntimeError("the new photo was not analyzed")

    def calls(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """What is timed, by name."""
        bench, answers = self.bench, itertools.cycle((True, False))
        newest = Face.objects.filter(pk=bench.faces.order_by("-pk").values("pk")[:1])

        def recount() -> None:
            DecisionBlock.objects.filter(gallery=bench.gallery).update(packed=None)
            bench.facets(FILTER)

        yield "bare count", bench.faces.count
        yield "first page", lambda: bench.page(FILTER)
        yield "first page, rare", lambda: bench.page(RARE)
        yield "first page, sorted", lambda: bench.page("", "Smiling")
        yield "40 counts", lambda: bench.facets(FILTER)
        yield "40 counts, new model", recount
        yield "one correction", lambda: answer(newest, "Smiling", next(answers), bench.user)
        yield "new photo", self.add_photo

    def measure(self, repeats: int) -> Point:
        """Milliseconds of each call, bytes of a face, and megabytes of the process."""
        point: Point = {"faces": self.bench.faces.count()}
        point["MB for a page and its counts"] = peak_memory(self._show)
        point["bytes a face"] = store.table_bytes(*TABLES) / point["faces"]
        for name, call in self.calls():
            call()  # warm
            point[name] = min(milliseconds(call) for _ in rounds(repeats))
        point["40 counts after a change"] = min(
            self._counts_after_a_change() for _ in rounds(repeats)
        )
        return point

    def _counts_after_a_change(self) -> float:
        self.add_photo()
        return milliseconds(lambda: self.bench.facets(FILTER))

    def _show(self) -> None:
        self.bench.page(FILTER)
        self.bench.facets(FILTER)


def copy_oldest(photos: int) -> None:
    """Add copies of so many photos and their faces, in the same order: quicker than new ones."""
    ((first, last, last_face),) = execute(
        "SELECT min(id), max(id), (SELECT max(id) FROM gallery_face) FROM gallery_photo"
    )
    new = NEW[connection.vendor] | {"photo_id": f"photo_id + {last - first + 1}"}
    for model, place, shift in ((Photo, "id", last - first + 1), (Face, "photo_id", last_face)):
        table, columns = model._meta.db_table, [field.column for field in model._meta.fields]
        values = (new.get(column, column) for column in columns[1:])
        execute(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT id + {shift}, {', '.join(values)} FROM {table}"
            f" WHERE {place} < {first + photos} ORDER BY id"
        )
        if connection.vendor == "postgresql":
            execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def measured(sizes: Sequence[int], repeats: int) -> dict[int, Point]:
    """What was measured, by the number of photos."""
    points: dict[int, Point] = {}
    growing = Growing()
    for size in sorted(sizes):
        seconds = growing.grow(size)
        points[size] = growing.measure(repeats)
        line = ", ".join(f"{name} {value:,.1f}" for name, value in points[size].items())
        print(f"{size:,} photos, added in {seconds:.0f} s: {line}", flush=True)
    return points


def growth(points: dict[int, Point]) -> Iterator[Figure]:
    """Each cost at the most photos, beside the same at the fewest."""
    fewest, most = min(points), max(points)
    units = {"bytes a face": "bytes", "MB for a page and its counts": "MB"}
    for name in points[most]:
        if name != "faces":
            own, other = [points[most][name]], [points[fewest][name]]
            what = f"{name}, {most:,} photos"
            yield compared(what, units.get(name, "ms"), own, f"at {fewest:,}", other)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--photos", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--repeats", type=int, default=15)
    arguments.add_argument("--curve", type=Path, help="a file for all that was measured")
    options = arguments.parse_args()
    with (
        tempfile.TemporaryDirectory() as media,
        override_settings(MEDIA_ROOT=media),
        store.own_database(),
    ):
        points = measured(options.photos, options.repeats)
        found = {"store": store.version(), "points": points}
    if options.curve:
        options.curve.write_text(json.dumps(found, indent=1) + "\n")
    report(growth(points), options.json)


if __name__ == "__main__":
    main()
