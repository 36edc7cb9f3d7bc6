"""Faces as aligned pictures with labels, for data sets to train with."""

from collections.abc import Iterator
from io import BytesIO
from itertools import groupby

from PIL import Image

from gallery.exchange.rows import Decide, FaceRow, read_rows
from gallery.filters.terms import MIDDLE
from gallery.models import Photo
from gallery.models.face import FaceQuerySet
from gallery.models.picture import PictureError
from ml.attributes import NAMES
from ml.faces.aligned import QUALITY, WIDTH, align_face
from ml.faces.boxes import Frame

TRAIN, VALID, TEST = 0, 1, 2


def aligned_pictures(faces: FaceQuerySet) -> Iterator[tuple[FaceRow, bytes | None]]:
    """Each face with its aligned JPEG; None if the picture cannot be read or shows no face.

    The faces of a photo come together, so that each picture is opened once.
    """
    for _, group in groupby(read_rows(faces.by_photo()), key=lambda row: row.photo):
        rows = list(group)
        shown = list(filter(shows_a_face, rows))
        image = _open(shown) if shown else None
        for row in rows:
            yield row, _aligned(image, row) if image and shows_a_face(row) else None


def shows_a_face(row: FaceRow) -> bool:
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
