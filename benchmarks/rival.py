"""The site beside a rival that takes one job for each photo and one row for each attribute.

    python -m benchmarks.rival [--photos 64] [--rounds 5] [--faces 200000] [--portraits DIR]

That is how photo libraries such as LibrePhotos are built. The rival stands in `photo_jobs.py` and
`attribute_rows.py`. It runs on the store of DATABASE_URL, in a database of its own, which is
dropped at the end. DIR holds `images/`; without it, faces are drawn. Each thing is done by turns
in either way; the ratio is the median of the ratios within a round.
"""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.test import override_settings
from redis import Redis

from benchmarks import attribute_rows, store
from benchmarks.figures import Figure, compared, parser, report
from benchmarks.filter import PAGE, Bench
from benchmarks.photo_jobs import Shop, add_photos
from benchmarks.pictures import pictures
from benchmarks.timing import by_turns
from gallery.filters.choices import changed_term
from gallery.filters.parsing import parse
from gallery.models import Face, Gallery
from tests.redis_server import RedisServer

FILTERS = (
    "Smiling",
    "Smiling,-Eyeglasses",
    "Smiling,-Eyeglasses,Black_Hair|Brown_Hair",
    "Bald,Bangs",
)
MEGABYTE = 2**20


def analysis(bench: Bench, images: list[bytes], photos: int, rounds: int) -> Figure:
    """Photos a second of both ways to analyze."""
    gallery = Gallery.objects.create(owner=bench.user, name="analysis")
    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
        server = RedisServer(Path(folder))
        server.start()
        try:
            add_photos(gallery, images, photos)
            shop = Shop(gallery, Redis.from_url(server.url))
            ways = shop.in_batches, shop.by_photo
            for way in ways:
                shop.photos_a_second(way)  # the first time loads the networks
            pairs = [[shop.photos_a_second(way) for way in ways] for _ in range(rounds)]
        finally:
            server.stop()
        gallery.photos.all().delete()
    ours, theirs = zip(*pairs, strict=True)
    return compared(f"analysis of {photos} photos", "photos/s", ours, "a job a photo", theirs)


def storage(bench: Bench, repeats: int) -> Iterator[Figure]:
    """Sizes, pages and counts of both layouts, with the same faces."""
    for table in attribute_rows.TABLES:
        store.execute(f"DELETE FROM {table}")
    attribute_rows.copy_faces()
    store.settle()
    rows, versus = attribute_rows.Rows(bench.gallery.pk, bench.version), "a row an attribute"
    for text in FILTERS:
        check(bench, rows, text)
        calls = partial(bench.page, text), partial(rows.page, text, PAGE + 1)
        ours, theirs = by_turns(calls, repeats)
        yield compared(f"first page of {text}", "ms", ours, versus, theirs)
    for text in ("", *FILTERS):
        calls = partial(bench.facets, text), partial(rows.facets, text)
        ours, theirs = by_turns(calls, repeats)
        yield compared(f"40 counts of {text or 'all'}", "ms", ours, versus, theirs)
    sizes = [
        store.table_bytes(*tables) / MEGABYTE
        for tables in (("gallery_face", "gallery_decisionblock"), attribute_rows.TABLES)
    ]
    yield compared("on disk, with indexes", "MB", sizes[:1], versus, sizes[1:])


def check(bench: Bench, rows: attribute_rows.Rows, text: str) -> None:
    """Both layouts must give the same answers, or their times say nothing.

    Raises:
        RuntimeError: they do not.
    """
    ours = [photo.pk for photo in bench.page(text).items]
    theirs = [photo.pk for photo in rows.page(text, PAGE)]
    counts = {name: count.yes for name, count in bench.facets(text).counts.items()}
    expression = parse(text)
    # A count leaves out the term that its choice would change; the rival's counts do not.
    alike = [name for name in counts if changed_term(expression, name, "yes") is None]
    theirs_counts = rows.facets(text)
    wrong = [name for name in alike if counts[name] != theirs_counts[name]]
    if ours != theirs or wrong:
        raise RuntimeError(f"the layouts disagree about {text}: {wrong or 'its first page'}")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--photos", type=int, default=64)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--faces", type=int, default=200_000)
    arguments.add_argument("--repeats", type=int, default=5, help="of each page and count")
    arguments.add_argument("--portraits", type=Path, help="a folder with images/")
    options = arguments.parse_args()
    with store.own_database():
        attribute_rows.create()
        bench = Bench.filled(options.faces)
        print(f"{store.version()}, {Face.objects.count():,} faces", flush=True)
        figures = [analysis(bench, pictures(options.portraits), options.photos, options.rounds)]
        figures += storage(bench, options.repeats)
    report(figures, options.json)


if __name__ == "__main__":
    main()
