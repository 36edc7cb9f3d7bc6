"""What people said, brought back from an export: photos by their hash, faces by id or place."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from django.db import transaction

from gallery.analysis.outcomes import covers_all
from gallery.analysis.overlap import match
from gallery.answers import boxes
from gallery.answers.corrections import answer
from gallery.models import Face, Gallery, Photo
from gallery.models.block import hold_blocks
from ml.attributes import NAMES

CHUNK = 500  # rows of one statement
MOST = 1000  # faces of one photo: many more than any has
SHA256 = re.compile(r"[0-9a-f]{64}")
ANSWERS = {"yes": True, "no": False}
T = TypeVar("T")

NO_PHOTO = "the gallery has no such photo"
NOT_READY = "the photo is not analysed yet; import again when it is"
NO_FACE = "the photo has no face at that place"
UNSCORED = "the face is drawn and not scored yet; import again when it is"


class ImportFailed(ValueError):
    """The file cannot be used, and nothing was changed; the message names the line."""


@dataclass(frozen=True)
class Unmatched:
    """A line whose face was not found, and why."""

    line: int
    reason: str


@dataclass
class Imported:
    """How many answers and boxes were new, how many stood already, and what `undo` takes back."""

    applied: int = 0
    drawn: int = 0
    removed: int = 0
    unchanged: int = 0
    unmatched: list[Unmatched] = field(default_factory=list)
    batch: UUID = field(default_factory=uuid4)


class Square(NamedTuple):
    """A box in fractions of its photo."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Record:
    """A face of the file that a person drew or answered about; or, without an id, what is none."""

    line: int
    sha256: str
    box: Square
    face: UUID | None = None
    is_drawn: bool = False
    answers: dict[str, bool] = field(default_factory=dict)


def import_corrections(gallery: Gallery, lines: Iterable[bytes], person: Any) -> Imported:
    """Say of the gallery's photos what JSON lines say, as exported, as this person's own words.

    What the file says takes the place of what was said before. Either all that matches is applied
    or nothing is.

    Raises:
        ImportFailed: a line is not what an export holds.
    """
    by_photo = defaultdict(list)
    for record in read_records(lines):
        by_photo[record.sha256].append(record)
        if len(by_photo[record.sha256]) > MOST:
            raise ImportFailed(f"Line {record.line}: the same photo has more than {MOST} lines.")
    imported = Imported()
    with transaction.atomic():
        given: dict[tuple[int, str], bool] = {}  # by the face's key and the attribute
        for photo, records in _locked(gallery, by_photo, imported):
            faces = _find_faces(photo, [record for record in records if record.face])
            for record in records:
                face = faces.get(record.face)
                if record.face:
                    _take(photo, record, face, person, imported)
                if face:
                    given |= {(face.pk, name): is_yes for name, is_yes in record.answers.items()}
            none = [record.box for record in records if not record.face]
            _remove(photo, none, [*faces.values()], person, imported)
        imported.applied = _apply(given, person, imported.batch)
    imported.unchanged += len(given) - imported.applied
    imported.unmatched.sort(key=lambda unmatched: unmatched.line)
    return imported


def _apply(given: dict[tuple[int, str], bool], person: Any, batch: UUID) -> int:
    """Give all the answers as one batch. Returns how many were new."""
    count = 0
    faces = defaultdict(list)
    for (face, attribute), is_yes in given.items():
        faces[attribute, is_yes].append(face)
    for (attribute, is_yes), keys in faces.items():
        for chunk in _chunks(keys):
            some = Face.objects.filter(pk__in=chunk)
            count += answer(some, attribute, is_yes, person, batch).count
    return count


# --- Lines ------------------------------------------------------------------------------------


def read_records(lines: Iterable[bytes]) -> Iterator[Record]:
    """What people said, in all lines; ImportFailed for the first line that is wrong."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            records = _records(number, json.loads(line))
        except (ValueError, RecursionError) as error:
            # What json says of a line that is not JSON means nothing to most.
            known = str(error) if type(error) is ValueError else "is not a JSON object in UTF-8"
            raise ImportFailed(f"Line {number}: {known}.") from error
        yield from records


def _records(line: int, content: Any) -> list[Record]:
    """One line's face, if people said something of it, or places; ValueError for what is wrong."""
    if not isinstance(content, dict):
        raise ValueError("is not a JSON object in UTF-8")
    sha256 = content.get("sha256")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise ValueError('"sha256" is not the hash of a photo')
    if "not_faces" in content:
        return [Record(line, sha256, box) for box in _places(content["not_faces"])]
    try:
        face = UUID(content["face"])
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError('"face" is not the id of a face') from None
    box, answers = _square(content.get("box")), _read_answers(content)
    is_drawn = content.get("detector") == Face.Detector.PERSON
    return [Record(line, sha256, box, face, is_drawn, answers)] if is_drawn or answers else []


def _places(content: Any) -> list[Square]:
    if not isinstance(content, list) or not all(isinstance(place, dict) for place in content):
        raise ValueError('"not_faces" is not a list of objects, each with its box')
    return [_square(place.get("box")) for place in content]


def _square(box: Any) -> Square:
    sides = [box.get(side) for side in "xywh"] if isinstance(box, dict) else []
    numbers = [side for side in sides if type(side) in (int, float) and 0 <= side <= 10]
    if len(numbers) < 4 or max(numbers[:2]) > 1 or not min(numbers[2:]) > 0:
        raise ValueError('"box" does not hold x, y, w and h in fractions of the photo')
    return Square(*numbers)


def _read_answers(content: dict[str, Any]) -> dict[str, bool]:
    corrections = content.get("corrections")
    if not isinstance(corrections, dict):
        raise ValueError('"corrections" is not an object with attributes')
    answers = {}
    for name, correction in corrections.items():
        if name not in NAMES:
            raise ValueError(f"{name[:50]!r} is none of the 40 attributes")
        word = correction.get("answer") if isinstance(correction, dict) else None
        if not isinstance(word, str) or word not in ANSWERS:
            raise ValueError(f'the "answer" to {name} is neither "yes" nor "no"')
        answers[name] = ANSWERS[word]
    return answers


# --- Photos and faces -------------------------------------------------------------------------


def _locked(
    gallery: Gallery, by_photo: dict[str, list[Record]], imported: Imported
) -> Iterator[tuple[Photo, list[Record]]]:
    """The gallery's photos of these hashes, locked."""
    found: list[int] = []
    for hashes in _chunks(sorted(by_photo)):
        photos = Photo.objects.in_gallery(gallery).filter(sha256__in=hashes)
        found += photos.values_list("pk", flat=True)
    chunks = [Photo.objects.filter(pk__in=chunk).lock() for chunk in _chunks(sorted(found))]
    hold_blocks((gallery.pk, key) for chunk in chunks for key in chunk)
    missing = dict(by_photo)
    for chunk in chunks:
        for photo in Photo.objects.filter(pk__in=chunk).order_by("pk").with_faces():
            yield photo, missing.pop(photo.sha256)
    for records in missing.values():
        _leave(records, NO_PHOTO, imported)


def _chunks(rows: list[T]) -> list[list[T]]:
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]


def _leave(records: Iterable[Record], reason: str, imported: Imported) -> None:
    imported.unmatched += [Unmatched(record.line, reason) for record in records]


def _find_faces(photo: Photo, records: list[Record]) -> dict[UUID | None, Face]:
    """By the records' ids: the face with the id, else the one that the box overlaps most.

    Records with the same id are lines about the same face.
    """
    faces = {face.uuid: face for face in photo.faces.all()}
    known = {record.face: faces[record.face] for record in records if record.face in faces}
    free = [face for face in faces.values() if face.uuid not in known]
    moved = {record.face: record.box for record in records if record.face not in known}
    ids, found = list(moved), match(list(moved.values()), free)
    return known | {ids[place]: free[other] for place, other in found.items()}


def _take(photo: Photo, record: Record, face: Face | None, person: Any, imported: Imported) -> None:
    """Draw the record's face if it was drawn and is missing; tell why its answers have none."""
    reason = NOT_READY if photo.is_pending and not photo.faces.all() else NO_FACE
    if record.is_drawn and (face is None or face.is_whole):
        reason = _draw(photo, record, person, imported)
    elif record.is_drawn:
        imported.unchanged += 1
    if face is None and (record.answers or reason != UNSCORED):
        _leave([record], reason, imported)


def _draw(photo: Photo, record: Record, person: Any, imported: Imported) -> str:
    """Draw the record's face, unless it is drawn. Returns why its answers have to wait."""
    if boxes.is_drawn(photo, record.box):
        imported.unchanged += 1
        return UNSCORED
    try:
        boxes.draw_face(photo, record.box, person, imported.batch)
    except ValueError as error:
        return str(error)
    imported.drawn += 1
    return UNSCORED


def _remove(
    photo: Photo, none: list[Square], taken: list[Face], person: Any, imported: Imported
) -> None:
    """Say of places that they hold no face; what the file calls a face stays one."""
    if not none:
        return
    stand = match(none, list(photo.box_corrections.filter(is_face=False)))
    new = [box for place, box in enumerate(none) if place not in stand]
    free = [face for face in photo.faces.all() if face not in taken]
    found = match(new, free)
    for place, box in enumerate(new):
        face = free[found[place]] if place in found else None
        if face and face.is_whole != covers_all(box):
            face = None
        if face:
            boxes.remove_face(face, person, imported.batch)
        if face is None or face.detector == Face.Detector.PERSON:
            boxes.say_no_face(photo, box, person, imported.batch)
    imported.removed += len(new)
    imported.unchanged += len(stand)
