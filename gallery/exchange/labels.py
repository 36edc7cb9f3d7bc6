"""Labels from elsewhere, read as what people said of faces: a table, or COCO's annotations.

    file,Smiling,Eyeglasses         or as CelebA writes them,    2
    beach.jpg,yes,no                with blanks and 1 and -1:    Smiling Eyeglasses
    party.jpg,,no                                                beach.jpg  1 -1

An empty cell says nothing. Photos are found by their file's name.
"""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

from gallery.exchange.records import ImportFailed, Place, Record, Unmatched, read_place
from gallery.filters.terms import did_you_mean
from gallery.models import Gallery, Photo
from gallery.names import clean_name
from ml.attributes import find, nearest

CHUNK = 500  # labels whose photos are looked for at once
VALUES = {
    **dict.fromkeys(("1", "1.0", "yes", "true"), True),
    **dict.fromkeys(("-1", "-1.0", "0", "0.0", "no", "false"), False),
    **dict.fromkeys(("", "nan", "unsure"), None),
}

NO_PHOTO = "the gallery has no photo of this name"
SEVERAL_PHOTOS = "the gallery has several photos of this name"
NOT_READY = "the photo is not analyzed yet; import again when it is"
NO_FACE = "no face was found in the photo"
SEVERAL_FACES = "the photo has several faces, and the line does not say which is meant"


@dataclass(frozen=True)
class Label:
    """What a line, or a numbered annotation, says of the face at a place, or of the only one."""

    line: int
    file: str
    answers: dict[str, bool]
    box: Place | None = None


@dataclass(frozen=True)
class Limits:
    """How much is read of one file."""

    labels: int
    document: int  # bytes of COCO, which takes about ten times as much memory


NO_LIMITS = Limits(labels=sys.maxsize, document=sys.maxsize)


def read_labels(lines: Iterable[bytes], limits: Limits, *, is_coco: bool) -> Iterator[Label]:
    """The labels of a file; ImportFailed for the first thing that is wrong with it."""
    labels = _read_coco(_joined(lines, limits.document)) if is_coco else _read_table(lines)
    for count, label in enumerate(labels):
        if count == limits.labels:
            raise ImportFailed(f"There are more than {count:,} labels: send them in parts.")
        yield label


# --- Read ---------------------------------------------------------------------------------------


def _read_table(lines: Iterable[bytes]) -> Iterator[Label]:
    rows = _rows(lines)
    number, header = next(rows, (1, []))
    if len(header) == 1 and header[0].isdecimal():  # CelebA says how many rows follow
        number, header = next(rows, (number, []))
    if header and find(header[0]) is None:  # CelebA names no column for the file
        header = header[1:]
    names = [_attribute(name, number) for name in header]
    if not names:
        raise ImportFailed(f"Line {number}: is neither a JSON object nor the head of a table.")
    for line, row in rows:
        yield _label(line, row, names)


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not blank, with its number."""
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            cells = next(csv.reader([text]), []) if "," in text else text.split()
        except (UnicodeDecodeError, csv.Error):
            raise ImportFailed(f"Line {number}: is not a row of a table in UTF-8.") from None
        if cells:
            yield number, [cell.strip() for cell in cells]


def _attribute(name: str, line: int) -> str:
    attribute = find(name)
    if attribute is None:
        near = nearest(name[:50])
        hint = f" {did_you_mean(near)}" if near else ""
        raise ImportFailed(f"Line {line}: {name[:50]!r} is not one of the 40 attributes.{hint}")
    return attribute.name


def _label(line: int, row: list[str], names: list[str]) -> Label:
    if len(row) != len(names) + 1:
        raise ImportFailed(f"Line {line}: has {len(row)} cells, not {len(names) + 1}.")
    values = dict(zip(names, row[1:], strict=True))
    return Label(line, row[0], _answers(values, f"Line {line}"))


def _answers(values: dict[str, Any], place: str) -> dict[str, bool]:
    """Those that say yes or no; ImportFailed for what is neither of them nor empty."""
    answers = {}
    for name, value in values.items():
        word = str("" if value is None else value).lower()
        if word not in VALUES:
            raise ImportFailed(f"{place}: {word[:50]!r} for {name} is neither yes nor no.")
        if (is_yes := VALUES[word]) is not None:
            answers[name] = is_yes
    return answers


def _joined(lines: Iterable[bytes], most: int) -> bytes:
    document = bytearray()
    for line in lines:
        document += line
        if len(document) > most:
            raise ImportFailed(f"The document has more than {most:,} bytes: send it in parts.")
    return bytes(document)


def _read_coco(document: bytes) -> Iterator[Label]:
    """The labels of annotations, counted from 1: people's answers, else the attributes.

    Attributes that are none of the 40 are left out: programs add their own.
    """
    try:
        content = json.loads(document)
        images = {image["id"]: image for image in content["images"]}
        annotations = list(enumerate(content["annotations"], 1))
    except (ValueError, RecursionError, KeyError, TypeError):
        raise ImportFailed("Line 1: is not a JSON object in UTF-8.") from None
    for number, annotation in annotations:
        place = f"Annotation {number}"
        try:
            image = images[annotation["image_id"]]
            said = annotation.get("corrections", annotation.get("attributes")) or {}
            known = {name: value for name, value in said.items() if find(name)}
            box = _fractions(annotation["bbox"], image)
            file = image.get("original_name") or image["file_name"]
        except (KeyError, TypeError, AttributeError, ValueError, ZeroDivisionError):
            raise ImportFailed(f"{place}: has no image, box or attributes.") from None
        answers = _answers({_attribute(name, 0): value for name, value in known.items()}, place)
        yield Label(number, str(file), answers, box)


def _fractions(bbox: list[float], image: dict[str, Any]) -> Place:
    x, y, w, h = bbox
    width, height = image["width"], image["height"]
    return read_place({"x": x / width, "y": y / height, "w": w / width, "h": h / height})


# --- Find ---------------------------------------------------------------------------------------


def find_records(
    gallery: Gallery, labels: Iterable[Label], missed: list[Unmatched]
) -> Iterator[Record]:
    """The labels of faces that the gallery has; what is about others goes to `missed`, with why."""
    left = (label for label in labels if label.answers)
    while some := list(islice(left, CHUNK)):
        photos = _photos(gallery, {clean_name(label.file) for label in some})
        for label in some:
            found = _record(label, photos[clean_name(label.file)])
            if isinstance(found, str):
                missed.append(Unmatched(label.line, found))
            else:
                yield found


def _photos(gallery: Gallery, names: set[str]) -> dict[str, list[Photo]]:
    found: dict[str, list[Photo]] = defaultdict(list)
    photos = Photo.objects.in_gallery(gallery).filter(original_name__in=names)
    for photo in photos.with_faces():
        found[photo.original_name].append(photo)
    return found


def _record(label: Label, photos: list[Photo]) -> Record | str:
    """What the label says of a face, or why it is not clear of which."""
    if len(photos) != 1:
        return SEVERAL_PHOTOS if photos else NO_PHOTO
    (photo,) = photos
    if label.box:
        return Record(label.line, photo.sha256, label.box, uuid4(), answers=label.answers)
    faces = [face for face in photo.faces.all() if not face.is_whole]
    if len(faces) > 1:
        return SEVERAL_FACES
    if not faces:
        return NOT_READY if photo.is_pending else NO_FACE
    (face,) = faces
    box = Place(face.x, face.y, face.w, face.h)
    return Record(label.line, photo.sha256, box, face.uuid, answers=label.answers)
