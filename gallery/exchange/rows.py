"""Faces as they are exported: read a chunk at a time, with people's answers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from gallery.fields import DECIMALS
from gallery.filters.terms import Decider, Decision
from gallery.models import Correction
from gallery.models.face import Face, FaceQuerySet
from ml.attributes import FIELDS, NAMES
from ml.models import ModelVersion

CHUNK = 1000  # rows fetched at a time
COLUMNS = (  # in the order of FaceRow's fields
    "pk",
    "photo__uuid",
    "photo__sha256",
    "photo__original_name",
    "photo__width",
    "photo__height",
    "uuid",
    "detector",
    "model_version__name",
    "model_version__sha256",
    "photo__taken_at",
    "photo__taken_offset",
    "photo__created_at",
)
REALS = ("x", "y", "w", "h", "angle", "score", *FIELDS)
ANSWER = ("face", "attribute", "is_yes", "probability", "person__username", "created_at")


class GivenAnswer(NamedTuple):
    """A person's answer about an attribute, who gave it and when, and what the model says."""

    attribute: str
    is_yes: bool
    probability: float
    by: str | None
    at: datetime

    @property
    def word(self) -> str:
        return "yes" if self.is_yes else "no"


@dataclass(frozen=True, slots=True)
class FaceRow:
    """One face: its box in fractions, the 40 probabilities (1 or 0 where a person answered)."""

    pk: int
    photo: UUID
    sha256: str
    file: str
    width: int
    height: int
    face: UUID
    detector: str
    model: str
    model_sha256: str
    taken_at: datetime | None  # as the camera's clock showed it
    taken_offset: int | None  # its minutes ahead of UTC
    uploaded_at: datetime
    x: float
    y: float
    w: float
    h: float
    angle: float
    score: float
    probabilities: list[float]
    answers: list[GivenAnswer]

    @property
    def is_whole(self) -> bool:
        """Whether no face was found and the whole picture was scored instead."""
        return self.detector == Face.Detector.WHOLE

    @property
    def box(self) -> dict[str, float]:
        return {"x": self.x, "y": self.y, "w": self.w, "h": self.h}

    @property
    def taken(self) -> str | None:
        """The day and time that the camera's clock showed: 2024-06-03 14:05:09."""
        return self.taken_at.isoformat(" ", "seconds") if self.taken_at else None

    @property
    def model_name(self) -> str:
        """The model version and the start of its hash, as people read it."""
        return f"{self.model} ({self.model_sha256[:8]})"

    def corrections(self) -> str:
        """People's answers in one cell: Smiling=yes;Male=no."""
        return ";".join(f"{answer.attribute}={answer.word}" for answer in self.answers)


def read_rows(faces: FaceQuerySet) -> Iterator[FaceRow]:
    """The faces, read a chunk at a time, with two queries for each."""
    rows = faces.values_list(*COLUMNS, *REALS).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        answers = _answers([row[0] for row in chunk])
        for row in chunk:
            texts, reals = row[: len(COLUMNS)], _rounded(row[len(COLUMNS) :])
            values = (*texts, *reals, answers.get(row[0], []))
            yield FaceRow(*values)


def _rounded(values: Iterable[float]) -> list[Any]:
    """The real columns to four decimals, the 40 probabilities as one list at the end."""
    rounded = [round(value, DECIMALS) for value in values]
    return [*rounded[: -len(FIELDS)], rounded[-len(FIELDS) :]]


def _answers(faces: list[int]) -> dict[int, list[GivenAnswer]]:
    """People's answers by the face's key, in the data set's order."""
    found: dict[int, list[GivenAnswer]] = defaultdict(list)
    given = Correction.objects.of_faces(faces).values_list(*ANSWER)
    for face, attribute, is_yes, probability, by, at in given:
        answer = GivenAnswer(
            attribute=attribute,
            is_yes=is_yes,
            probability=round(probability, DECIMALS),
            by=by,
            at=at,
        )
        found[face].append(answer)
    for answers in found.values():
        answers.sort(key=lambda answer: NAMES.index(answer.attribute))
    return found


Decide = Callable[[list[float]], list[Decision] | None]


def decisions_by(version: ModelVersion | None) -> Decide:
    """What the 40 probabilities mean by the version's thresholds; None without a version."""
    return Decider(version).decide if version else lambda probabilities: None


def by_name(values: Iterable[Any]) -> dict[str, Any]:
    """One value for each of the 40 attributes, by name."""
    return dict(zip(NAMES, values, strict=True))
