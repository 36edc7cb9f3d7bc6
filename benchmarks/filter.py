"""How long the filter takes beside a bare count of the gallery's faces, on DATABASE_URL's store.

    python -m benchmarks.filter [--faces 10000 100000 1000000] [--repeats 20] [--plans]

Makes a database of its own there, fills a gallery as `manage.py make_demo` does, and drops it.
Each call is made by turns with the count, so that a busy machine slows down both; the last column
is the call's p95 over the count's p50. --plans prints how the store answers instead of how long.
"""

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from gallery.answers.corrections import answer  # noqa: E402
from gallery.answers.review import standings  # noqa: E402
from gallery.exchange.spreadsheet import csv_rows  # noqa: E402
from gallery.filters.look import Look  # noqa: E402
from gallery.management import demo  # noqa: E402
from gallery.models import Face, Gallery, Photo  # noqa: E402
from ml.models import ModelVersion  # noqa: E402
from ml.networks.checkpoint import read_config  # noqa: E402

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
SORTS = ("Smiling", "-Young")


class Bench:
    """A gallery of so many faces, and what is asked of it."""

    def __init__(self, faces: int) -> None:
        folder = Path(settings.CHECKPOINT)
        self.version = ModelVersion.objects.activate(folder, read_config(folder))
        self.user = get_user_model().objects.create(username=f"bench{faces}")
        self.gallery = Gallery.objects.create(owner=self.user, name=f"{faces} faces")
        for _ in demo.fill_gallery(self.gallery, faces, self.version):
            pass
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        self.faces = Face.objects.in_gallery(self.gallery)

    def calls(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """What is measured, by name."""
        for name, text in FILTERS.items():
            yield f"first page, {name}", lambda text=text: self.page(text)
        for sort in SORTS:
            yield f"first page by {sort}", lambda sort=sort: self.page("", sort)
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


def measure(call: Callable[[], Any]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def quantiles(values: list[float]) -> tuple[float, float]:
    """p50 and p95."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]


def report(bench: Bench, repeats: int) -> None:
    """Print a line for each call."""
    print(f"{'':34}{'p50 ms':>10}{'p95 ms':>10}{'count p50':>11}{'p95/count':>11}")
    for name, call in bench.calls():
        call()
        pairs = [(measure(bench.faces.count), measure(call)) for _ in range(repeats)]
        bare, _ = quantiles([count for count, _ in pairs])
        p50, p95 = quantiles([took for _, took in pairs])
        print(f"{name:34}{p50:10.1f}{p95:10.1f}{bare:11.1f}{p95 / bare:11.2f}", flush=True)
    print(f"{'CSV':34}{bench.csv_rows_a_second():10,.0f} rows/s\n", flush=True)


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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder, "bench.sqlite3"))
        before = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            for faces in options.faces:
                print(f"# {faces:,} faces, {connection.vendor}")
                bench = Bench(faces)
                print_plans(bench) if options.plans else report(bench, options.repeats)
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    main()
