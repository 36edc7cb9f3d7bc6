"""Millions of faces in many galleries: one table, or one that is partitioned by gallery.

    DATABASE_URL=postgres://... python -m benchmarks.partitions [--faces 10000000]
        [--galleries 100] [--partitions 32] [--rounds 5]

PostgreSQL only; 10 million faces take about 15 GB of disk. Both tables hold the same rows. They
take turns under the name that the site's queries use, so it is the site's own code that is
measured. Galleries get their photos in albums of 100, so in the one table the faces of a gallery
are spread over all of it. The tables are unlogged, which spares the journal while they are loaded.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection

from benchmarks import store
from benchmarks.figures import Figure, compared, parser, report
from benchmarks.filter import Bench
from benchmarks.store import execute
from benchmarks.timing import milliseconds
from gallery.answers.corrections import answer
from gallery.models import DecisionBlock, Face, Gallery, Photo

ALBUM = 100  # photos that a gallery gets one after another
SAMPLE = 100_000  # faces that are made up; all others repeat their probabilities
REPACKED = 5  # blocks of decisions
INDEXES = ("photo_id", "model_version_id", "gallery_id, photo_id DESC", "gallery_id, id DESC")

# Foreign keys go first: logged tables may not refer to unlogged ones.
PREPARE = """
    DO $$ DECLARE found record; BEGIN
        FOR found IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
            WHERE contype = 'f'
            AND confrelid IN ('gallery_photo'::regclass, 'gallery_face'::regclass)
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.owner, found.conname);
        END LOOP; END $$;
    CREATE TABLE sample_photo AS SELECT * FROM gallery_photo;
    CREATE TABLE sample_face AS SELECT * FROM gallery_face;
    TRUNCATE gallery_photo, gallery_decisionblock;
    ALTER TABLE gallery_photo SET UNLOGGED, DROP CONSTRAINT gallery_photo_uuid_key;
    DROP INDEX photo_once_in_a_gallery, photo_waiting, photo_at_status, photo_newest;
    CREATE SEQUENCE new_face START 1000000000;
    CREATE UNLOGGED TABLE face_flat (LIKE gallery_face INCLUDING CONSTRAINTS);
    CREATE TABLE face_parted (LIKE gallery_face INCLUDING CONSTRAINTS)
        PARTITION BY HASH (gallery_id);
    ALTER TABLE face_flat ALTER id SET DEFAULT nextval('new_face'), ADD PRIMARY KEY (id);
    ALTER TABLE face_parted ALTER id SET DEFAULT nextval('new_face'),
        ADD PRIMARY KEY (gallery_id, id);
    ALTER TABLE gallery_face RENAME TO face_empty;
    SET maintenance_work_mem = '1GB';
"""
PARTITION = """
    CREATE UNLOGGED TABLE face_part_{n} PARTITION OF face_parted
        FOR VALUES WITH (MODULUS {of}, REMAINDER {n})
"""
WATCH = """
    CREATE TRIGGER inserted AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION gallery_faces_written();
    CREATE TRIGGER updated AFTER UPDATE ON {table} REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION gallery_faces_written();
"""
BLOCKS = """
    INSERT INTO gallery_decisionblock (gallery_id, number, changes)
        SELECT DISTINCT gallery_id, photo_id / 16384, 1 FROM face_flat
"""
SIZES = """
    SELECT sum(pg_table_size(relid)), sum(pg_indexes_size(relid)) FROM (
        SELECT %s::regclass AS relid UNION SELECT relid FROM pg_partition_tree(%s)) parts
"""


@dataclass(frozen=True)
class Table:
    """One of the two tables: its name, what keeps its uuids unique, and its further indexes."""

    name: str
    unique: str
    indexes: tuple[str, ...] = INDEXES

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """The site's queries read this table meanwhile."""
        execute(f"ALTER TABLE {self.name} RENAME TO gallery_face")
        try:
            yield
        finally:
            execute(f"ALTER TABLE gallery_face RENAME TO {self.name}")

    def index(self) -> None:
        execute(f"CREATE UNIQUE INDEX ON {self.name} ({self.unique})")
        for columns in self.indexes:
            execute(f"CREATE INDEX ON {self.name} ({columns})")


FLAT = Table("face_flat", "uuid")
# Its primary key begins with the gallery: what is asked for by its id alone needs another index.
PARTED = Table("face_parted", "uuid, gallery_id", (*INDEXES, "id", "uuid"))


def load(faces: int, partitions: int, galleries: list[Gallery]) -> list[Figure]:
    """Fill both tables from a sample. Returns what that took, and how large they are."""
    execute(PREPARE)
    for number in range(partitions):
        execute(PARTITION.format(n=number, of=partitions))
    copies = max(1, faces // SAMPLE)
    timed("loading the photos", lambda: multiply("photo", "gallery_photo", copies, galleries))
    execute("CREATE INDEX ON gallery_photo (gallery_id, id DESC)")
    execute("VACUUM ANALYZE gallery_photo")
    own = [timed("loading one table", lambda: multiply("face", FLAT.name, copies, galleries))]
    copy = f"INSERT INTO {PARTED.name} SELECT * FROM {FLAT.name}"
    theirs = [timed("copying it into partitions", lambda: execute(copy))]
    figures = [against("loading", "s", theirs, own)]
    for name, work in (("indexing", Table.index), ("VACUUM ANALYZE", vacuum)):
        own, theirs = (
            [timed(f"{name} {table.name}", lambda t=table, w=work: w(t))]
            for table in (FLAT, PARTED)
        )
        figures.append(against(name, "s", theirs, own))
    for table in (FLAT, PARTED):
        execute(WATCH.format(table=table.name))
    execute(BLOCKS)
    return [*figures, *sizes()]


def multiply(kind: str, table: str, copies: int, galleries: list[Gallery]) -> None:
    """Insert the sample again and again: with other ids, in other galleries."""
    columns = [column.column for column in (Photo if kind == "photo" else Face)._meta.fields]
    photo = "id" if kind == "photo" else "photo_id"
    ((most,),) = execute("SELECT max(id) FROM sample_face")
    for copy in range(copies):
        new = {
            "id": f"id + {copy * most}",
            "photo_id": f"photo_id + {copy * most}",
            "uuid": "gen_random_uuid()",
            "gallery_id": f"{galleries[0].pk} + ({photo} / {ALBUM} + {copy}) % {len(galleries)}",
        }
        values = ", ".join(new.get(name, name) for name in columns)
        sample = f"SELECT {values} FROM sample_{kind} ORDER BY id"
        execute(f"INSERT INTO {table} ({', '.join(columns)}) {sample}")


def vacuum(table: Table) -> None:
    execute(f"VACUUM ANALYZE {table.name}")


def timed(name: str, call: Callable[[], Any]) -> float:
    """Seconds that a call takes, which are printed too: loading takes minutes."""
    seconds = milliseconds(call) / 1000
    print(f"{name}: {seconds:.1f} s", flush=True)
    return seconds


def sizes() -> Iterator[Figure]:
    """Megabytes of both tables and of their indexes."""
    parts = [
        [float(size) / 2**20 for size in execute(SIZES, [table.name] * 2)[0]]
        for table in (FLAT, PARTED)
    ]
    for name, flat, parted in zip(("rows", "indexes"), *parts, strict=True):
        yield against(f"size of the {name}", "MB", [parted], [flat])


def against(what: str, unit: str, parted: list[float], flat: list[float]) -> Figure:
    return compared(what, unit, parted, "one table", flat)


def calls(bench: Bench) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What is measured: the site's own queries, some with the gallery and some without."""
    photos = Photo.objects.in_gallery(bench.gallery)
    some = list(photos.order_by("-pk").values_list("pk", flat=True)[:16])
    face = bench.faces.filter(photo__in=some).order_by("pk").first()
    assert face is not None
    one, answers = Face.objects.filter(pk=face.pk), iter([True, False] * 1000)
    blocks = DecisionBlock.objects.filter(gallery=bench.gallery).order_by("-number")
    few = list(blocks.values_list("pk", flat=True)[:REPACKED])

    def add() -> None:
        face.pk, face.uuid = None, uuid4()
        Face.objects.bulk_create([face])

    def recount() -> None:
        DecisionBlock.objects.filter(pk__in=few).update(packed=None)
        bench.facets("")

    yield "count of a gallery", bench.faces.count
    for text in ("Smiling,-Eyeglasses,Young", "Bald,Gray_Hair,-Male"):
        yield f"first page of {text}", lambda text=text: bench.page(text)
    yield "first page by Smiling", lambda: bench.page("", "Smiling")
    yield "40 counts", lambda: bench.facets("Smiling")
    yield f"40 counts, {len(few)} blocks packed again", recount
    yield "faces of 16 photos", lambda: list(Face.objects.filter(photo__in=some))
    yield "one correction", lambda: answer(one, "Smiling", next(answers), bench.user)
    yield "one new face", add


def measure(bench: Bench, rounds: int) -> Iterator[Figure]:
    """Milliseconds of each call, by turns on both tables."""
    with FLAT.in_use():
        asked = list(calls(bench))
    times: dict[tuple[str, Table], list[float]] = {}
    for _ in range(rounds + 1):
        for table in (FLAT, PARTED):
            with table.in_use():
                for name, call in asked:
                    times.setdefault((name, table), []).append(milliseconds(call))
    for name, _ in asked:
        flat, parted = (times[name, table][1:] for table in (FLAT, PARTED))
        yield against(name, "ms", parted, flat)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--faces", type=int, default=10_000_000)
    arguments.add_argument("--galleries", type=int, default=100)
    arguments.add_argument("--partitions", type=int, default=32)
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    if connection.vendor != "postgresql":
        arguments.error("only PostgreSQL has partitions: set DATABASE_URL")
    with store.own_database():
        sample = Bench.filled(min(SAMPLE, options.faces))
        galleries = Gallery.objects.bulk_create(
            Gallery(owner=sample.user, name=str(number)) for number in range(options.galleries)
        )
        figures = load(options.faces, options.partitions, galleries)
        middle = galleries[len(galleries) // 2]
        figures += measure(Bench(middle, sample.version), options.rounds)
    report(figures, options.json)


if __name__ == "__main__":
    main()
