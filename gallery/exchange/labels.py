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

from django.utils.translation import gettext, gettext_noop

from gallery.exchange.records import (
    NO_ATTRIBUTE,
    NO_OBJECT,
    ImportFailed,
    Place,
    Record,
    Unmatched,
    read_place,
    wrong_line,
)
from gallery.filters.terms import did_you_mean, quoted
from gallery.models import Gallery, Photo
from gallery.names import clean_name
from ml.attributes import find, nearest

CHUNK = 500  # labels whose photos are looked for at once
VALUES = {
    **dict.fromkeys(("1", "1.0", "yes", "true"), True),
    **dict.fromkeys(("-1", "-1.0", "0", "0.0", "no", "false"), False),
    **dict.fromkeys(("", "nan", "unsure"), None),
}

NO_PHOTO = gettext_noop("the gallery has no photo of this name")
SEVERAL_PHOTOS = gettext_noop("the gallery has several photos of this name")
NOT_READY = gettext_noop("the photo is not analyzed yet; import again when it is")
NO_FACE = gettext_noop("no face was found in the photo")
NO_ANNOTATION = gettext_noop("has no image, box or attributes")
SEVERAL_FACES = gettext_noop("the photo has several faces, and the line does not say which")


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
OVER_HTTP = Limits(labels=20_000, document=2_000_000)


def read_labels(lines: Iterable[bytes], limits: Limits, *, is_coco: bool) -> Iterator[Label]:
    """The labels of a file; ImportFailed for the first thing that is wrong with it."""
    labels = _read_coco(_joined(lines, limits.document)) if is_coco else _read_table(lines)
    for count, label in enumerate(labels):
        if count == limits.labels:
            words = gettext("There are more than %(most)s labels: send them in parts.")
            raise ImportFailed(words % {"most": f"{count:,}"})
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
        raise wrong_line(number, gettext("is neither a JSON object nor the head of a table"))
    for line, row in rows:
        yield _label(line, row, names)


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not blank, with its number."""
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            cells = next(csv.reader([text]), []) if "," in text else text.split()
        except (UnicodeDecodeError, csv.Error):
            raise wrong_line(number, gettext("is not a row of a table in UTF-8")) from None
        if cells:
            yield number, [cell.strip() for cell in cells]


def _attribute(name: str, line: int) -> str:
    attribute = find(name)
    if attribute is None:
        error = wrong_line(line, gettext(NO_ATTRIBUTE) % {"name": quoted(name)})
        near = nearest(name[:50])
        raise ImportFailed(f"{error} {did_you_mean(near)}") if near else error
    return attribute.name


def _label(line: int, row: list[str], names: list[str]) -> Label:
    if len(row) != len(names) + 1:
        words = gettext("has %(count)s cells, not %(wanted)s")
        raise wrong_line(line, words % {"count": len(row), "wanted": len(names) + 1})
    try:
        return Label(line, row[0], _answers(dict(zip(names, row[1:], strict=True))))
    except ValueError as error:
        raise wrong_line(line, str(error)) from None


def _answers(values: dict[str, Any]) -> dict[str, bool]:
    """Those that say yes or no; ValueError for what is neither of them nor empty."""
    answers = {}
    for name, value in values.items():
        word = str("" if value is None else value).lower()
        if word not in VALUES:
            words = gettext("%(word)s for %(name)s is neither yes nor no")
            raise ValueError(words % {"word": quoted(word), "name": name})
        if (is_yes := VALUES[word]) is not None:
            answers[name] = is_yes
    return answers


def _joined(lines: Iterable[bytes], most: int) -> bytes:
    document = bytearray()
    for line in lines:
        document += line
        if len(document) > most:
            words = gettext("The document has more than %(most)s bytes: send it in parts.")
            raise ImportFailed(words % {"most": f"{most:,}"})
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
        raise wrong_line(1, gettext(NO_OBJECT)) from None
    for number, annotation in annotations:
        try:
            label = _annotation(number, annotation, images[annotation["image_id"]])
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            known = str(error) if type(error) is ValueError else gettext(NO_ANNOTATION)
            words = gettext("Annotation %(number)s: %(what)s.")
            raise ImportFailed(words % {"number": number, "what": known}) from None
        yield label


def _annotation(number: int, annotation: dict[str, Any], image: dict[str, Any]) -> Label:
    said = annotation.get("corrections", annotation.get("attributes")) or {}
    known = {attribute.name: value for name, value in said.items() if (attribute := find(name))}
    file = image.get("original_name") or image["file_name"]
    sizes = (image["width"], image["height"]) * 2
    sides = zip("xywh", annotation["bbox"], sizes, strict=False)  # where one lacks, it is no place
    box = read_place({name: side / size for name, side, size in sides})
    return Label(number, str(file), _answers(known), box)


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
                missed.append(Unmatched(label.line, gettext(found)))
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
