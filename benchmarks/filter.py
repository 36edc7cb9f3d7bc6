"""How long the filter takes beside a bare count of the gallery's faces, on DATABASE_URL's store.

    python -m benchmarks.filter [--faces 10000 100000 1000000] [--repeats 20] [--plans]

Makes a database of its own there, fills a gallery as `manage.py make_demo` does, and drops it.
Each call is made by turns with the count, so that a busy machine slows down both; the last column
is the count's p50 over the call's p95. --plans prints how the store answers instead of how long.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import store
from benchmarks.figures import Figure, compared, parser, report
from benchmarks.timing import by_turns
from gallery.answers.corrections import answer
from gallery.answers.review import standings
from gallery.exchange.spreadsheet import csv_rows
from gallery.filters.look import Look
from gallery.management import demo
from gallery.models import Face, Gallery, Photo
from ml.models import ModelVersion
from ml.networks.checkpoint import read_config

PAGE, REVIEWED = 60, 30  # rows of a page
CSV_ROWS = 20_000
FILTERS = {
    "0 terms": "",
    "1 term, common": "Smiling",
    "3 terms, common": "Smiling,-Eyeglasses,Young",
    "6 terms, common": "Smiling,-Eyeglasses,Young,-Male,Attractive,No_Beard",
    "1 term, rare": "Bald>=0.9999",
    "3 terms, rare": "Bald,Gray_Hair,-Male",
    "6 terms, rare": "Bald,Goatee,-Male,Young,Bangs,Smiling",
}
SORTS = ("Smiling", "-Young", "taken", "-taken", "name", "faces")
FACTS = {  # terms on the photo, each sorted by the date too
    "a month": "taken=2024-06",
    "a name": "name=demo12345",
    "answered": "answered=Smiling",
    "by a person": "by=me",
    "by another model": "-model=active",
    "drawn": "detector=person",
    "a month, common": "taken=2024-06,Smiling",
}


class Bench:
    """A gallery of so many faces, and what is asked of it."""

    def __init__(self, gallery: Gallery, version: ModelVersion) -> None:
        self.gallery, self.version, self.user = gallery, version, gallery.owner
        self.faces = Face.objects.in_gallery(gallery)

    @classmethod
    def filled(cls, faces: int) -> Self:
        """With a new gallery."""
        folder = Path(settings.CHECKPOINT)
        version = ModelVersion.objects.activate(folder, read_config(folder))
        user = get_user_model().objects.create(username=f"bench{faces}")
        gallery = Gallery.objects.create(owner=user, name=f"{faces} faces")
        for _ in demo.fill_gallery(gallery, faces, version):
            pass
        store.settle()
        return cls(gallery, version)

    def calls(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """What is measured, by name."""
        for name, text in FILTERS.items():
            yield f"first page, {name}", lambda text=text: self.page(text)
        for sort in SORTS:
            yield f"first page by {sort}", lambda sort=sort: self.page("", sort)
        for name, text in FACTS.items():
            yield f"first page, {name}", lambda text=text: self.page(text)
            yield f"first page by taken, {name}", lambda text=text: self.page(text, "taken")
            yield f"facets, {name}", lambda text=text: self.facets(text)
        for name in ("1 term, common", "1 term, rare", "3 terms, rare"):
            yield (
                f"first page by taken, {name}",
                lambda name=name: self.page(FILTERS[name], "taken"),
            )
        yield "first page, 1 term, every face", lambda: self.page("Smiling", "", "every")
        for name, text in FILTERS.items():
            yield f"facets, {name}", lambda text=text: self.facets(text)
        yield "review, the list", lambda: standings(self.user, self.gallery, self.version)
        yield "review, first page", lambda: self.faces.to_review("Smiling").page("", REVIEWED)
        yield "one correction", self.correction(itertools.cycle((True, False)))

    def page(self, text: str, sort: str = "", match: str = "any") -> Any:
        """The first page of photos."""
        photos = Photo.objects.visible_to(self.user).in_gallery(self.gallery)
        look = Look.of(attrs=text, match=match, sort=sort)
        return look.photos(photos, self.version).page("", PAGE)

    def facets(self, text: str) -> Any:
        """The counts of all 40 attributes."""
        galleries = Gallery.objects.visible_to(self.user).only_this(self.gallery)
        return Look.of(attrs=text).facets(galleries, self.version)

    def correction(self, answers: Iterator[bool]) -> Callable[[], Any]:
        """Says yes and no by turns about one face."""
        face = self.faces.filter(pk=self.faces.order_by("pk").values("pk")[:1])
        return lambda: answer(face, "Smiling", next(answers), self.user)

    def csv_rows_a_second(self) -> float:
        """How quick the export is, by its first rows."""
        started = time.perf_counter()
        rows = sum(1 for _ in itertools.islice(csv_rows(self.faces, self.version), CSV_ROWS))
        return rows / (time.perf_counter() - started)


def p95(values: list[float]) -> float:
    """The value that 95 % of them do not exceed."""
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


def measure(bench: Bench, repeats: int) -> Iterator[Figure]:
    """Each call's p95, beside the median of the bare counts between which it was made."""
    size = f"{bench.faces.count():,} faces"
    for name, call in bench.calls():
        counts, times = by_turns((bench.faces.count, call), repeats)
        bare = [statistics.median(counts)]
        yield compared(f"{name}, {size}", "ms", [p95(times)], "bare count", bare)


def print_plans(bench: Bench) -> None:
    """Print how the store answers each call."""
    prefix = "EXPLAIN (ANALYZE)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    for name, call in [("count", bench.faces.count), *bench.calls()]:
        with CaptureQueriesContext(connection) as queries:
            call()
        print(f"\n## {name}")
        for query in queries:
            if not query["sql"].startswith("SELECT"):
                continue
            with connection.cursor() as cursor:
                cursor.execute(f"{prefix} {query['sql']}")
                for row in cursor.fetchall():
                    print(f"    {str(row[-1])[:150]}")
            print()


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--faces", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    arguments.add_argument("--repeats", type=int, default=20)
    arguments.add_argument("--plans", action="store_true")
    options = arguments.parse_args()
    figures: list[Figure] = []
    with store.own_database():
        for faces in options.faces:
            print(f"# {faces:,} faces, {store.version()}", flush=True)
            bench = Bench.filled(faces)
            if options.plans:
                print_plans(bench)
                continue
            figures += measure(bench, options.repeats)
            print(f"CSV: {bench.csv_rows_a_second():,.0f} rows/s", flush=True)
    report(figures, options.json)


if __name__ == "__main__":
    main()
