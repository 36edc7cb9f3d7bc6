"""Analysing photos again: what would change, queueing them, and what has changed.

The answers that stood before are written beside the database, a line a face, when its photo is
queued; what has changed is read by comparing them with the answers that stand now.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from gallery.analysis import jobs
from gallery.analysis.analyse import AnalysisError, Analyst, score_photos
from gallery.analysis.model import Loaded
from gallery.analysis.outcomes import Known, Outcome, read_known
from gallery.filters.terms import decide
from gallery.models import Correction, Face, Photo
from gallery.models.photo import PhotoQuerySet
from ml.attributes import FIELDS, NAMES
from ml.evaluation.calibration import Thresholds
from ml.faces.boxes import Sighting
from ml.models import ModelVersion

CHUNK = 500  # photos that are queued, and lines that are compared, at a time
SEED = 0  # of the sample
DECISIONS = {"y": "yes", "n": "no", "u": "unsure"}  # as they are written

Answers = list[str]  # the decisions about the 40 attributes
Move = tuple[str, str, str]  # an attribute, and its decision before and after


@dataclass
class Changes:
    """How many faces answer otherwise than before, and in which attributes."""

    faces: int = 0  # that were there before and are now
    changed: int = 0  # of these
    new: int = 0
    gone: int = 0
    waiting: int = 0  # not analysed again yet
    unreadable: int = 0  # photos
    moves: Counter[Move] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)  # people's answers, by attribute

    def compare(self, before: Answers, after: Answers, answered: Collection[str]) -> list[Move]:
        """Count one face. Returns its changes; what people answered does not change."""
        moves = [
            (name, old, new)
            for name, old, new in zip(NAMES, before, after, strict=True)
            if old != new and name not in answered
        ]
        self.faces += 1
        self.changed += bool(moves)
        self.moves.update(moves)
        self.kept.update(answered)
        return moves

    def of(self, name: str) -> tuple[int, int, int, int, int]:
        """An attribute's counts: yes to no, no to yes, to unsure, from unsure, people's answers."""
        to_unsure = self.moves[name, "yes", "unsure"] + self.moves[name, "no", "unsure"]
        from_unsure = self.moves[name, "unsure", "yes"] + self.moves[name, "unsure", "no"]
        straight = self.moves[name, "yes", "no"], self.moves[name, "no", "yes"]
        return *straight, to_unsure, from_unsure, self.kept[name]


class Decider:
    """Says what probabilities mean by the version that they come from."""

    def __init__(self) -> None:
        self._thresholds: dict[int, list[Thresholds]] = {
            version.pk: [version.thresholds_of(name) for name in NAMES]
            for version in ModelVersion.objects.only("thresholds")
        }

    def decide(self, probabilities: Iterable[float], version: int) -> Answers:
        """The decisions about the 40 attributes, by the version with this key."""
        return [*map(decide, probabilities, self._thresholds[version])]

    def of(self, face: Face) -> Answers:
        """The decisions that a face's row holds."""
        return self.decide((getattr(face, column) for column in FIELDS), face.model_version_id)


# --- Before ------------------------------------------------------------------------------------


def preview(
    photos: PhotoQuerySet, size: int, analyst: Analyst, model: Loaded
) -> tuple[int, Changes]:
    """Analyse a sample of the photos, always the same one, and write nothing.

    Returns how many photos it holds, and what would change of them.
    """
    keys = list(photos.order_by("pk").values_list("pk", flat=True))
    keys = sorted(random.Random(SEED).sample(keys, min(size, len(keys))))
    changes, decider = Changes(), Decider()
    for start in range(0, len(keys), settings.BATCH_SIZE):
        some = Photo.objects.filter(pk__in=keys[start : start + settings.BATCH_SIZE])
        for outcome in _outcomes(list(some), analyst, model, changes):
            _preview_one(outcome, model.version, decider, changes)
    return len(keys), changes


def _outcomes(
    photos: list[Photo], analyst: Analyst, model: Loaded, changes: Changes
) -> Iterator[Outcome]:
    known = read_known(photo.pk for photo in photos)
    sightings: dict[int, Sighting] = {}
    for photo in photos:
        try:
            sightings[photo.pk] = analyst.look(photo, known[photo.pk])
        except AnalysisError:
            changes.unreadable += 1
    scored = score_photos(sightings, model.engine)
    return (
        Outcome(photo, known[photo.pk], scored[photo.pk]) for photo in photos if photo.pk in scored
    )


def _preview_one(
    outcome: Outcome, version: ModelVersion, decider: Decider, changes: Changes
) -> None:
    changes.gone += len(outcome.gone())
    for box, face in outcome.settled:
        if face is None:
            changes.new += 1
            continue
        after = decider.decide(outcome.probabilities[box], version.pk)
        changes.compare(decider.of(face), after, _answered(outcome.known, face))


def _answered(known: Known, face: Face) -> list[str]:
    return [correction.attribute for correction in known.corrections.get(face.pk, [])]


# --- The queue ---------------------------------------------------------------------------------


def queue(photos: PhotoQuerySet, version: ModelVersion) -> int:
    """Queue photos to be analysed again, behind all uploads. Returns how many.

    Interrupted, it has queued the first ones only: called again, it goes on with the rest.
    """
    path = answers_path(version)
    path.parent.mkdir(parents=True, exist_ok=True)
    for older in path.parent.glob("*.jsonl"):
        if older != path:  # of an earlier activation
            older.unlink()
    count, last, decider = 0, 0, Decider()
    with path.open("a") as file:
        file.write("\n")  # what was cut off when the machine died is a line of its own
        while keys := _next(photos, last):
            last = keys[-1]
            _write_answers(keys, decider, file)
            count += _queue(photos.filter(pk__in=keys))
            jobs.ring()
    return count


@transaction.atomic
def _queue(photos: PhotoQuerySet) -> int:
    photos.lock()
    return photos.update(
        status=Photo.Status.QUEUED, priority=Photo.Priority.RERUN, attempts=0, failure=""
    )


def _next(photos: PhotoQuerySet, last: int) -> list[int]:
    rest = photos.filter(pk__gt=last).order_by("pk")
    return list(rest.values_list("pk", flat=True)[:CHUNK])


def answers_path(version: ModelVersion) -> Path:
    """Where the answers are kept that stood before the version was activated, for the last time."""
    when = f"{version.activated_at:%Y%m%dT%H%M%S%f}" if version.activated_at else "first"
    return Path(settings.VAR_DIR) / "reruns" / f"{version.short}-{when}.jsonl"


def _write_answers(photos: list[int], decider: Decider, file: IO[str]) -> None:
    for face in Face.objects.filter(photo__in=photos).order_by("pk").iterator(chunk_size=CHUNK):
        letters = "".join(decision[0] for decision in decider.of(face))
        row = {"face": str(face.uuid), "gallery": face.gallery_id, "answers": letters}
        file.write(json.dumps(row) + "\n")
    file.flush()


# --- After -------------------------------------------------------------------------------------


def report(
    version: ModelVersion, changes: Changes, galleries: Collection[int] = ()
) -> Iterator[tuple[Face, list[Move]]]:
    """Each face whose answers are others than before the re-run, and which; counts them all.

    Only of the galleries with these keys, where there are any.

    Raises:
        FileNotFoundError: nothing was queued since the version was activated.
    """
    decider = Decider()
    with answers_path(version).open() as file:
        lines = _first_of_each_face(file, galleries)
        while before := dict(islice(lines, CHUNK)):
            yield from _compare_some(before, version, decider, changes)


def _first_of_each_face(
    file: IO[str], galleries: Collection[int]
) -> Iterator[tuple[UUID, Answers]]:
    """What was written; a face comes twice where queueing was interrupted, or asked for again."""
    seen: set[UUID] = set()
    for line in file:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # cut off while it was written: the photo was not queued
        face = UUID(row["face"])
        if face not in seen and (not galleries or row.get("gallery") in galleries):
            seen.add(face)
            yield face, [DECISIONS[letter] for letter in row["answers"]]


def _compare_some(
    before: dict[UUID, Answers], version: ModelVersion, decider: Decider, changes: Changes
) -> Iterator[tuple[Face, list[Move]]]:
    faces = list(Face.objects.among(before).with_photo().order_by("pk"))
    changes.gone += len(before) - len(faces)
    answered: dict[int, list[str]] = defaultdict(list)
    for correction in Correction.objects.filter(face__in=faces):
        answered[correction.face_id].append(correction.attribute)
    for face in faces:
        if face.model_version_id != version.pk:
            changes.waiting += 1
            continue
        moves = changes.compare(before[face.uuid], decider.of(face), answered[face.pk])
        if moves:
            yield face, moves
