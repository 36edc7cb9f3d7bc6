"""What people said, restored from an export: photos by their hash, faces by id or place."""

import json
import time
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from gallery import audit
from gallery.analysis.outcomes import covers_all
from gallery.analysis.overlap import match
from gallery.answers import boxes
from gallery.answers.corrections import answer
from gallery.exchange.labels import NO_LIMITS, NOT_READY, Limits, find_records, read_labels
from gallery.exchange.records import (
    LONGEST,
    Place,
    Record,
    Unmatched,
    read_records,
    wrong_line,
)
from gallery.models import Face, Gallery, Photo
from gallery.models.block import hold_blocks

CHUNK = 500  # rows of one statement
PIECE = 200  # lines of one transaction: a drawn face takes about 4 ms
PAUSE = 0.15  # seconds between two: who waits for SQLite asks every 0.1 seconds
MOST = 1000  # lines about one photo: its faces are compared with all of them
T = TypeVar("T")

NO_PHOTO = gettext_noop("the gallery has no such photo")
NO_FACE = gettext_noop("the photo has no face at that place")
UNSCORED = gettext_noop("the face is drawn and not scored yet; import again when it is")


@dataclass
class Imported:
    """How many answers and boxes are new, how many were there already, and the batch to undo."""

    applied: int = 0
    drawn: int = 0
    removed: int = 0
    unchanged: int = 0
    unmatched: list[Unmatched] = field(default_factory=list)
    batch: UUID = field(default_factory=uuid4)


def import_corrections(
    gallery: Gallery, lines: Iterable[bytes], person: User, limits: Limits = NO_LIMITS
) -> Imported:
    """Apply the answers and boxes of a file to the gallery's photos, as this person's.

    The file is an export's JSON lines, or labels from elsewhere (`exchange.labels`).
    They replace what was said before. Nothing is applied of a file with an error. The rest is
    committed a few photos at a time: SQLite has one writer, and others wait for it. An import that
    was interrupted can be run again.

    Raises:
        ImportFailed: a line is not what such a file holds.
    """
    imported = Imported()
    by_photo: dict[str, list[Record]] = defaultdict(list)
    for record in _read(gallery, lines, limits, imported):
        by_photo[record.sha256].append(record)
        if len(by_photo[record.sha256]) > MOST:
            words = gettext("the same photo has more than %(most)s lines")
            raise wrong_line(record.line, words % {"most": MOST})
    for number, piece in enumerate(_pieces(by_photo)):
        if number:
            time.sleep(PAUSE)
        with transaction.atomic():
            _import(gallery, piece, person, imported)
    imported.unmatched.sort(key=lambda unmatched: unmatched.line)
    audit.record(
        audit.Kind.IMPORTED,
        person=gallery.owner,
        by=person,
        about=gallery.name,
        count=imported.applied + imported.drawn + imported.removed,
    )
    return imported


def _read(
    gallery: Gallery, lines: Iterable[bytes], limits: Limits, imported: Imported
) -> Iterator[Record]:
    """What the file says of faces; its first line tells which kind it is."""
    rest, head = iter(lines), list[bytes]()
    for line in rest:
        head.append(line)
        if line.strip():
            break
    if not any(map(bytes.strip, head)):
        return iter(())
    first, lines = head[-1], chain(head, rest)
    is_json = first.removeprefix(BOM_UTF8).lstrip().startswith((b"{", b"["))
    if is_json and not _is_document(first):
        return read_records(lines)
    return find_records(gallery, read_labels(lines, limits, is_coco=is_json), imported.unmatched)


def _is_document(first: bytes) -> bool:
    """Whether a line begins a document of COCO: it is not an object by itself, or has them all."""
    if len(first) > LONGEST:
        return True
    try:
        return "annotations" in json.loads(first)
    except (ValueError, RecursionError):
        return True


def _pieces(by_photo: dict[str, list[Record]]) -> Iterator[dict[str, list[Record]]]:
    """The photos with their records, about PIECE records at a time."""
    piece: dict[str, list[Record]] = {}
    lines = 0
    for sha256, records in by_photo.items():
        piece[sha256] = records
        lines += len(records)
        if lines >= PIECE:
            yield piece
            piece, lines = {}, 0
    if piece:
        yield piece


def _import(
    gallery: Gallery, by_photo: dict[str, list[Record]], person: User, imported: Imported
) -> None:
    given: dict[tuple[int, str], bool] = {}  # by the face's key and the attribute
    for photo, records in _locked(gallery, by_photo, imported):
        faces = _find_faces(photo, [record for record in records if record.face])
        for record in records:
            face = faces.get(record.face)
            if record.face:
                _take(photo, record, face, person, imported)
            if face:
                given |= {(face.pk, name): is_yes for name, is_yes in record.answers.items()}
        places = [record.box for record in records if not record.face]
        _remove(photo, places, list(faces.values()), person, imported)
    applied = _apply(given, person, imported.batch)
    imported.applied += applied
    imported.unchanged += len(given) - applied


def _apply(given: dict[tuple[int, str], bool], person: User, batch: UUID) -> int:
    """Give all answers as one batch. Returns how many were new."""
    count = 0
    faces: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for (face, attribute), is_yes in given.items():
        faces[attribute, is_yes].append(face)
    for (attribute, is_yes), keys in faces.items():
        for chunk in _chunks(keys):
            some = Face.objects.filter(pk__in=chunk)
            count += answer(some, attribute, is_yes, person, batch).count
    return count


# --- Photos and faces -------------------------------------------------------------------------


def _locked(
    gallery: Gallery, by_photo: dict[str, list[Record]], imported: Imported
) -> Iterator[tuple[Photo, list[Record]]]:
    """The gallery's photos with these hashes and the records about each, all locked first."""
    photos = Photo.objects.in_gallery(gallery).filter(sha256__in=by_photo)
    keys = photos.lock()
    hold_blocks((gallery.pk, key) for key in keys)
    missing = dict(by_photo)
    for photo in Photo.objects.filter(pk__in=keys).order_by("pk").with_faces():
        yield photo, missing.pop(photo.sha256)
    for records in missing.values():
        _leave(records, NO_PHOTO, imported)


def _chunks(rows: list[T]) -> list[list[T]]:
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]


def _leave(records: Iterable[Record], reason: str, imported: Imported) -> None:
    imported.unmatched += [Unmatched(record.line, gettext(reason)) for record in records]


def _find_faces(photo: Photo, records: list[Record]) -> dict[UUID | None, Face]:
    """By the records' ids: the face with that id, else the one that the box overlaps most.

    Records with the same id are about the same face.
    """
    faces = {face.uuid: face for face in photo.faces.all()}
    known = {record.face: faces[record.face] for record in records if record.face in faces}
    free = [face for face in faces.values() if face.uuid not in known]
    moved = {record.face: record.box for record in records if record.face not in known}
    ids, found = list(moved), match(list(moved.values()), free)
    return known | {ids[place]: free[other] for place, other in found.items()}


def _take(
    photo: Photo, record: Record, face: Face | None, person: User, imported: Imported
) -> None:
    """Draw the record's face if it was drawn and is missing; report answers without a face."""
    reason = NOT_READY if photo.is_pending and not photo.faces.all() else NO_FACE
    if record.is_drawn and (face is None or face.is_whole):
        reason = _draw(photo, record, person, imported)
    elif record.is_drawn:
        imported.unchanged += 1
    if face is None and (record.answers or reason != UNSCORED):
        _leave([record], reason, imported)


def _draw(photo: Photo, record: Record, person: User, imported: Imported) -> str:
    """Draw the record's face, unless it is drawn already. Returns why its answers must wait."""
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
    photo: Photo, places: list[Place], taken: list[Face], person: User, imported: Imported
) -> None:
    """Mark places as "not a face"; `taken` are the faces that the file calls faces."""
    if not places:
        return
    known = match(places, list(photo.box_corrections.filter(is_face=False)))
    new = [box for number, box in enumerate(places) if number not in known]
    free = [face for face in photo.faces.all() if face not in taken]
    found = match(new, free)
    for number, box in enumerate(new):
        face = free[found[number]] if number in found else None
        if face and face.is_whole != covers_all(box):
            face = None  # a found face and the whole picture are never the same
        if face:
            boxes.remove_face(face, person, imported.batch)
        if face is None or face.detector == Face.Detector.PERSON:
            boxes.say_no_face(photo, box, person, imported.batch)
    imported.removed += len(new)
    imported.unchanged += len(known)
