"""A ZIP file with aligned pictures of faces and tables about them, sent while it is made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZipFile

from gallery.exchange.aligned import aligned_pictures, shows_a_face
from gallery.exchange.archive import MISSING, Window, add_file, missing_text
from gallery.exchange.card import Card
from gallery.exchange.json_lines import as_line
from gallery.exchange.rows import Decide, FaceRow, decisions_by
from gallery.models.face import FaceQuerySet

CARD = "card.json"


@dataclass(frozen=True)
class Layout:
    """Where the pictures and the tables of a data set are, and what the tables say."""

    headers: Mapping[str, str]  # the first lines of tables, by name
    folder: Callable[[FaceRow], str]  # of a face's picture
    describe: Callable[[FaceRow, str, Decide], Iterable[tuple[str, str]]]  # tables with lines
    readme: tuple[str, str]  # its name, and its words


def zip_chunks(layout: Layout, faces: FaceQuerySet, card: Card) -> Iterator[bytes]:
    """The data set as a ZIP file, in pieces.

    The tables come last, from temporary files: a download that breaks off has none, and cannot be
    mistaken for a whole data set. A table without a row is left out.
    """
    window, decisions = Window(), decisions_by(card.version)
    skipped, missing = 0, dict[str, None]()
    with ExitStack() as stack, ZipFile(window, "w") as archive:
        tables: dict[str, IO[bytes]] = {}
        for row, picture in aligned_pictures(faces):
            if picture is None:
                skipped += 1
                if shows_a_face(row):
                    missing[row.file] = None
                continue
            card.count(row)
            name = f"{card.faces:06d}.jpg"
            archive.writestr(f"{layout.folder(row)}/{name}", picture)
            for table, line in layout.describe(row, name, decisions):
                if table not in tables:
                    tables[table] = stack.enter_context(TemporaryFile("w+b"))
                    tables[table].write(layout.headers.get(table, "").encode())
                tables[table].write(line.encode())
            yield from window.take()
        readme, words = layout.readme
        model = card.version or "no model"
        archive.writestr(readme, words.format(faces=card.faces, skipped=skipped, model=model))
        if missing:
            archive.writestr(MISSING, missing_text(missing))
        for name, file in tables.items():
            add_file(archive, name, file)
            yield from window.take()
        archive.writestr(CARD, as_line(**card.content()))
    yield from window.take()
