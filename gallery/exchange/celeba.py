"""Faces as a data set in CelebA's layout: aligned pictures and tables that `train_model` reads."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from io import BytesIO
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZipFile

from PIL import Image

from gallery.exchange.archive import MISSING, Window, add_file, missing_text
from gallery.exchange.rows import Decide, FaceRow, decisions_by, read_rows
from gallery.exchange.spreadsheet import as_text, csv_lines
from gallery.filters.terms import MIDDLE
from gallery.models import Photo
from gallery.models.answer import corrected
from gallery.models.face import FaceQuerySet
from gallery.models.picture import PictureError
from ml.attributes import NAMES
from ml.faces.aligned import QUALITY, WIDTH, align_face
from ml.faces.boxes import Frame
from ml.models import ModelVersion

PICTURES = "img_align_celeba"
LABELS, PARTITIONS = "list_attr_celeba.csv", "list_eval_partition.csv"
KNOWN = "list_known_celeba.csv"  # the name that ml.data.tables reads
FACES = "faces.csv"
HEADERS = {
    LABELS: ("image_id", *NAMES),
    PARTITIONS: ("image_id", "partition"),
    FACES: ("image_id", "photo", "face", "file", "corrections"),
}
TRAIN, VALID, TEST = 0, 1, 2
README = """\
{pictures} faces in the layout of CelebA (https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html):

img_align_celeba/         aligned pictures, 178 wide and 218 high
list_attr_celeba.csv      40 attributes of each: 1 yes, -1 no
list_eval_partition.csv   0 train, 1 valid, 2 test: 80, 10 and 10 % of the photos, by a hash of each
faces.csv                 the photo and face of each picture, and people's answers about it

Labels are people's answers where there are any, else the decisions of {model}
(where it is unsure, the more likely one). {skipped} faces were left out: their picture
is missing or damaged, or no face was found in it and nobody answered about it.

    manage.py train_model --data-dir FOLDER --output CHECKPOINT
"""


# --- Pictures and labels ------------------------------------------------------------------------


def aligned_pictures(faces: FaceQuerySet) -> Iterator[tuple[FaceRow, bytes | None]]:
    """Each face with its aligned JPEG; None if the picture cannot be read or shows no face.

    The faces of a photo come together, so that each picture is opened once.
    """
    for _, group in groupby(read_rows(faces.by_photo()), key=lambda row: row.photo):
        rows = list(group)
        shown = list(filter(_shows_a_face, rows))
        image = _open(shown) if shown else None
        for row in rows:
            yield row, _aligned(image, row) if image and _shows_a_face(row) else None


def _shows_a_face(row: FaceRow) -> bool:
    """Whether a face was found, or a person answered about the whole picture."""
    return not row.is_whole or bool(row.answers)


def _open(rows: list[FaceRow]) -> Image.Image | None:
    """The picture of a photo's faces, or None if it is missing or damaged."""
    # Decoded no larger than the smallest face needs, with a factor of 2 to spare.
    width, height = rows[0].width, rows[0].height
    smallest = min(Frame.around(row, width, height).side for row in rows)
    shrink = max(1.0, smallest / (2 * WIDTH))
    try:
        photo = Photo(uuid=rows[0].photo)
        return photo.open_picture((int(width / shrink), int(height / shrink)))
    except PictureError:
        return None


def _aligned(image: Image.Image, row: FaceRow) -> bytes:
    content = BytesIO()
    align_face(image, Frame.around(row, *image.size)).save(content, "JPEG", quality=QUALITY)
    return content.getvalue()


def labels_of(row: FaceRow, decisions: Decide) -> list[int]:
    """The 40 labels, 1 or -1: where the model is unsure, the more likely one."""
    decided = decisions(row.probabilities) or ["unsure"] * len(NAMES)
    return [
        1 if decision == "yes" or (decision == "unsure" and probability >= MIDDLE) else -1
        for decision, probability in zip(decided, row.probabilities, strict=True)
    ]


def partition_of(sha256: str) -> int:
    """A photo's partition, by the hash of its file: 80, 10 and 10 %, the same in every export."""
    tenth = int(sha256[:8], 16) % 10
    return TRAIN if tenth < 8 else VALID if tenth == 8 else TEST


# --- A ZIP file to download ---------------------------------------------------------------------


def zip_chunks(faces: FaceQuerySet, version: ModelVersion | None) -> Iterator[bytes]:
    """The data set as a ZIP file, in pieces.

    The tables come last, from temporary files: a download that breaks off has none, and cannot be
    mistaken for a whole data set.
    """
    window, decisions = Window(), decisions_by(version)
    count, skipped, missing = 0, 0, dict[str, None]()
    with ExitStack() as stack, ZipFile(window, "w") as archive:
        tables = {name: stack.enter_context(TemporaryFile("w+b")) for name in HEADERS}
        for name, header in HEADERS.items():
            _write(tables[name], header)
        for row, picture in aligned_pictures(faces):
            if picture is None:
                skipped += 1
                if _shows_a_face(row):
                    missing[row.file] = None
                continue
            count += 1
            name = f"{count:06d}.jpg"
            archive.writestr(f"{PICTURES}/{name}", picture)
            _describe(row, name, decisions, tables)
            yield from window.take()
        words = README.format(pictures=count, skipped=skipped, model=version or "no model")
        archive.writestr("README.txt", words)
        if missing:
            archive.writestr(MISSING, missing_text(missing))
        for name, table in tables.items():
            add_file(archive, name, table)
            yield from window.take()
    yield from window.take()


def _describe(row: FaceRow, name: str, decisions: Decide, tables: Mapping[str, IO[bytes]]) -> None:
    """Write the face's row of each table; `name` is the file name of its picture."""
    about = (name, row.photo, row.face, as_text(row.file), row.corrections())
    _write(tables[LABELS], (name, *labels_of(row, decisions)))
    _write(tables[PARTITIONS], (name, partition_of(row.sha256)))
    _write(tables[FACES], about)


def _write(table: IO[bytes], row: Sequence[Any]) -> None:
    (line,) = csv_lines([row])
    table.write(line.encode())


# --- A folder to train with ---------------------------------------------------------------------


def write_corrected(faces: FaceQuerySet, folder: Path) -> int:
    """Write the corrected faces, named by their uuid, into a new folder. Returns how many.

    All are in the train partition. A further table marks people's answers (1) and the model's (0),
    so that the trainer learns only from people's.

    Raises:
        OSError: the folder cannot be written.
    """
    (folder / PICTURES).mkdir(parents=True)
    count, decisions = 0, decisions_by(None)
    with ExitStack() as stack:
        tables = {
            name: stack.enter_context((folder / name).open("wb"))
            for name in (LABELS, PARTITIONS, KNOWN)
        }
        for name, table in tables.items():
            _write(table, HEADERS[LABELS if name == KNOWN else name])
        for row, picture in aligned_pictures(corrected(faces)):
            if picture is not None:
                count += 1
                name = f"{row.face}.jpg"
                (folder / PICTURES / name).write_bytes(picture)
                known = {answer.attribute for answer in row.answers}
                _write(tables[LABELS], (name, *labels_of(row, decisions)))
                _write(tables[PARTITIONS], (name, TRAIN))
                _write(tables[KNOWN], (name, *(int(each in known) for each in NAMES)))
    return count
