"""Faces as a data set in CelebA's layout: aligned pictures and tables that `train_model` reads."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from gallery.exchange.aligned import TRAIN, aligned_pictures, labels_of, partition_of
from gallery.exchange.data_set import Layout
from gallery.exchange.rows import Decide, FaceRow, decisions_by
from gallery.exchange.spreadsheet import as_text, csv_line
from gallery.models.answer import corrected
from gallery.models.face import FaceQuerySet
from ml.attributes import NAMES

PICTURES = "img_align_celeba"
LABELS, PARTITIONS = "list_attr_celeba.csv", "list_eval_partition.csv"
KNOWN = "list_known_celeba.csv"  # the name that ml.data.tables reads
FACES = "faces.csv"
HEADERS = {
    LABELS: csv_line("image_id", *NAMES),
    PARTITIONS: csv_line("image_id", "partition"),
    FACES: csv_line("image_id", "photo", "face", "file", "corrections"),
}
README = """\
{faces} faces in the layout of CelebA (https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html):

img_align_celeba/         aligned pictures, 178 wide and 218 high
list_attr_celeba.csv      40 attributes of each: 1 yes, -1 no
list_eval_partition.csv   0 train, 1 valid, 2 test: 80, 10 and 10 % of the photos, by a hash of each
faces.csv                 the photo and face of each picture, and people's answers about it
card.json                 when this was made, from which filter and with which model

Labels are people's answers where there are any, else the decisions of {model}
(where it is unsure, the more likely one). {skipped} faces were left out: their picture
is missing or damaged, or no face was found in it and nobody answered about it.

    manage.py train_model --data-dir FOLDER --output CHECKPOINT
"""


def _describe(row: FaceRow, name: str, decisions: Decide) -> Iterator[tuple[str, str]]:
    yield LABELS, csv_line(name, *labels_of(row, decisions))
    yield PARTITIONS, csv_line(name, partition_of(row.sha256))
    yield FACES, csv_line(name, row.photo, row.face, as_text(row.file), row.corrections())


CELEBA = Layout(
    headers=HEADERS,
    folder=lambda row: PICTURES,
    describe=_describe,
    readme=("README.txt", README),
)


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
            name: stack.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
            for name in (LABELS, PARTITIONS, KNOWN)
        }
        for name, table in tables.items():
            table.write(HEADERS[LABELS if name == KNOWN else name])
        for row, picture in aligned_pictures(corrected(faces)):
            if picture is not None:
                count += 1
                name = f"{row.face}.jpg"
                (folder / PICTURES / name).write_bytes(picture)
                known = {answer.attribute for answer in row.answers}
                tables[LABELS].write(csv_line(name, *labels_of(row, decisions)))
                tables[PARTITIONS].write(csv_line(name, TRAIN))
                tables[KNOWN].write(csv_line(name, *(int(each in known) for each in NAMES)))
    return count
