"""Analyzing photos again: what would change, queueing them, and what has changed.

When a photo is queued, the decisions about its faces are written to a file, one line for each
face. The report compares that file with the decisions that hold now.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from gallery.analysis import jobs
from gallery.analysis.analyse import Analyst, score_photos
from gallery.analysis.model import Loaded
from gallery.analysis.outcomes import Known, Outcome, read_known
from gallery.filters.terms import Decider, Decision
from gallery.models import Correction, Face, Photo, Rerun
from gallery.models.photo import PhotoQuerySet
from gallery.models.picture import PictureError
from ml.attributes import NAMES
from ml.faces.boxes import Sighting
from ml.models import ModelVersion

CHUNK = 500  # photos that are queued, and lines that are compared, at a time
SEED = 0  # the sample is the same one each time
LETTERS: dict[str, Decision] = {"y": "yes", "n": "no", "u": "unsure"}  # in the file

Decisions = list[Decision]  # about the 40 attributes
Move = tuple[str, Decision, Decision]  # an attribute, and its decision before and after


@dataclass
class Changes:
    """How many faces have other decisions than before, and about which attributes."""

    faces: int = 0  # there before and now
    changed: int = 0  # of these, with another decision
    new: int = 0
    gone: int = 0
    waiting: int = 0  # not analyzed again yet
    unreadable: int = 0  # photos, not faces
    moves: Counter[Move] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)  # people's answers, by attribute

    def compare(self, before: Decisions, after: Decisions, answered: Collection[str]) -> list[Move]:
        """Count one face. Returns its changes, of which an attribute with an answer has none."""
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


class Deciders:
    """Says what each face's probabilities mean, by the version that they come from."""

    def __init__(self) -> None:
        versions = ModelVersion.objects.only("thresholds")
        self._deciders = {version.pk: Decider(version) for version in versions}

    def of(self, face: Face) -> Decisions:
        """The decisions that a face's row holds."""
        return self._deciders[face.model_version_id].decide(face.probabilities().values())


# --- Before ------------------------------------------------------------------------------------


def preview(
    photos: PhotoQuerySet, size: int, analyst: Analyst, model: Loaded
) -> tuple[int, Changes]:
    """Analyze a sample of the photos, and write nothing.

    Returns the number of photos in the sample, and what would change in it.
    """
    keys = list(photos.order_by("pk").values_list("pk", flat=True))
    chance = random.Random(SEED)  # noqa: S311  (a sample, not a secret)
    keys = sorted(chance.sample(keys, min(size, len(keys))))
    changes, before, after = Changes(), Deciders(), Decider(model.version)
    for start in range(0, len(keys), settings.BATCH_SIZE):
        some = Photo.objects.filter(pk__in=keys[start : start + settings.BATCH_SIZE])
        for outcome in _outcomes(list(some), analyst, model, changes):
            _preview_one(outcome, before, after, changes)
    return len(keys), changes


def _outcomes(
    photos: list[Photo], analyst: Analyst, model: Loaded, changes: Changes
) -> Iterator[Outcome]:
    known = read_known(photo.pk for photo in photos)
    sightings: dict[int, Sighting] = {}
    for photo in photos:
        try:
            sightings[photo.pk] = analyst.find_faces(photo.open_picture(), known[photo.pk])
        except PictureError:
            changes.unreadable += 1
    scored = score_photos(sightings, model.engine)
    return (
        Outcome(photo, known[photo.pk], scored[photo.pk]) for photo in photos if photo.pk in scored
    )


def _preview_one(outcome: Outcome, before: Deciders, after: Decider, changes: Changes) -> None:
    changes.gone += len(outcome.gone())
    for box, face in outcome.settled:
        if face is None:
            changes.new += 1
            continue
        decisions = after.decide(outcome.probabilities[box])
        changes.compare(before.of(face), decisions, _answered(outcome.known, face))


def _answered(known: Known, face: Face) -> list[str]:
    return [correction.attribute for correction in known.corrections.get(face.pk, [])]


# --- The queue ---------------------------------------------------------------------------------


def queue(photos: PhotoQuerySet, version: ModelVersion) -> int:
    """Queue photos to be analyzed again, behind all uploads. Returns how many.

    Interrupted, it has queued the first ones only: called again, it goes on with the rest.
    """
    path = answers_path(version)
    path.parent.mkdir(parents=True, exist_ok=True)
    for older in path.parent.glob("*.jsonl"):
        if older != path:  # written for an earlier activation
            older.unlink()
    count, last, deciders = 0, 0, Deciders()
    with path.open("a") as file:
        file.write("\n")  # ends a line that was cut off when the machine died
        while keys := _next(photos, last):
            last = keys[-1]
            _write_decisions(keys, deciders, file)
            count += _queue(photos.filter(pk__in=keys), version)
            jobs.ring()
    Rerun.objects.all_queued()
    return count


@transaction.atomic
def _queue(photos: PhotoQuerySet, version: ModelVersion) -> int:
    keys = photos.lock()
    galleries = photos.filter(pk__in=keys).values_list("gallery", flat=True)
    Rerun.objects.note(Counter(galleries), version)
    return photos.update(
        status=Photo.Status.QUEUED,
        priority=Photo.Priority.RERUN,
        turn=0,
        attempts=0,
        failure="",
    )


def _next(photos: PhotoQuerySet, last: int) -> list[int]:
    rest = photos.filter(pk__gt=last).order_by("pk")
    return list(rest.values_list("pk", flat=True)[:CHUNK])


def answers_path(version: ModelVersion) -> Path:
    """The file of the decisions that held before the version's last activation."""
    when = f"{version.activated_at:%Y%m%dT%H%M%S%f}" if version.activated_at else "first"
    return Path(settings.VAR_DIR) / "reruns" / f"{version.short}-{when}.jsonl"


def _write_decisions(photos: list[int], deciders: Deciders, file: IO[str]) -> None:
    for face in Face.objects.filter(photo__in=photos).order_by("pk").iterator(chunk_size=CHUNK):
        letters = "".join(decision[0] for decision in deciders.of(face))
        row = {"face": str(face.uuid), "gallery": face.gallery_id, "answers": letters}
        file.write(json.dumps(row) + "\n")


# --- After -------------------------------------------------------------------------------------


def report(
    version: ModelVersion, changes: Changes, galleries: Collection[int] = ()
) -> Iterator[tuple[Face, list[Move]]]:
    """Yield each face that has other decisions than before the re-run, and which; count them all.

    Only faces of the galleries with these keys, if any are given.

    Raises:
        FileNotFoundError: nothing was queued since the version was activated.
    """
    deciders = Deciders()
    with answers_path(version).open() as file:
        lines = _first_of_each_face(file, galleries)
        while before := dict(islice(lines, CHUNK)):
            yield from _compare_some(before, version, deciders, changes)


def _first_of_each_face(
    file: IO[str], galleries: Collection[int]
) -> Iterator[tuple[UUID, Decisions]]:
    """Each face of the file, with the decisions that held first."""
    seen: set[UUID] = set()  # a face has two lines if queueing was interrupted or repeated
    for line in file:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # the line was cut off, so its photo was not queued
        face = UUID(row["face"])
        if face not in seen and (not galleries or row.get("gallery") in galleries):
            seen.add(face)
            yield face, [LETTERS[letter] for letter in row["answers"]]


def _compare_some(
    before: dict[UUID, Decisions], version: ModelVersion, deciders: Deciders, changes: Changes
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
        moves = changes.compare(before[face.uuid], deciders.of(face), answered[face.pk])
        if moves:
            yield face, moves
