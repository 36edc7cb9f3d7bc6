"""The lines of an export read back: what people said of each face."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from gallery.filters.terms import quoted
from gallery.models import Face
from ml.attributes import NAMES

SHA256 = re.compile(r"[0-9a-f]{64}")
ANSWERS = {"yes": True, "no": False}
LONGEST = 1_000_000  # bytes of a line: parsed, JSON takes ten times as much


NO_OBJECT = gettext_noop("is not a JSON object in UTF-8")
NO_ATTRIBUTE = gettext_noop("%(name)s is not one of the 40 attributes")


class ImportFailed(ValueError):
    """The file cannot be used, and nothing was changed; the message names the line."""


def wrong_line(number: int, what: str) -> ImportFailed:
    """The error for a line, and what is wrong with it."""
    return ImportFailed(gettext("Line %(number)s: %(what)s.") % {"number": number, "what": what})


@dataclass(frozen=True)
class Unmatched:
    """A line whose face was not found, and why."""

    line: int
    reason: str


class Place(NamedTuple):
    """A box in fractions of its photo, from its upper left corner."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Record:
    """A face that a person drew or answered about; without an id, a place that is not a face."""

    line: int
    sha256: str
    box: Place
    face: UUID | None = None
    is_drawn: bool = False
    answers: dict[str, bool] = field(default_factory=dict)


def read_records(lines: Iterable[bytes]) -> Iterator[Record]:
    """What people said, from all lines; ImportFailed for the first line that is wrong."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > LONGEST:
            words = gettext("has more than %(most)s bytes")
            raise wrong_line(number, words % {"most": f"{LONGEST:,}"})
        try:
            records = _records(number, json.loads(line))
        except (ValueError, RecursionError) as error:
            # What the JSON parser says is of no use to most people.
            known = str(error) if type(error) is ValueError else gettext(NO_OBJECT)
            raise wrong_line(number, known) from error
        yield from records


def _records(line: int, content: Any) -> list[Record]:
    """The line's face, if people said something of it, or its places; ValueError for a bad line."""
    if not isinstance(content, dict):
        raise ValueError(gettext(NO_OBJECT))
    if "card" in content:
        return []
    sha256 = content.get("sha256")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise ValueError(gettext('"sha256" is not the hash of a photo'))
    if "not_faces" in content:
        return [Record(line, sha256, box) for box in _places(content["not_faces"])]
    try:
        face = UUID(content["face"])
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError(gettext('"face" is not the id of a face')) from None
    record = Record(
        line=line,
        sha256=sha256,
        box=read_place(content.get("box")),
        face=face,
        is_drawn=content.get("detector") == Face.Detector.PERSON,
        answers=_answers(content),
    )
    return [record] if record.is_drawn or record.answers else []


def _places(content: Any) -> list[Place]:
    if not isinstance(content, list) or not all(isinstance(place, dict) for place in content):
        raise ValueError(gettext('"not_faces" is not a list of objects, each with its box'))
    return [read_place(place.get("box")) for place in content]


def read_place(box: Any) -> Place:
    """The box in fractions; ValueError if it is none.

    A side may reach past the picture, as boxes that a detector found do.
    """
    sides: list[Any] = [box.get(side) for side in "xywh"] if isinstance(box, dict) else []
    numbers = [float(side) for side in sides if type(side) in (int, float) and 0 <= side <= 10]
    if len(numbers) < 4 or max(numbers[:2]) > 1 or not min(numbers[2:]) > 0:
        raise ValueError(gettext('"box" does not hold x, y, w and h in fractions of the photo'))
    return Place(*numbers)


def _answers(content: dict[str, Any]) -> dict[str, bool]:
    corrections = content.get("corrections")
    if not isinstance(corrections, dict):
        raise ValueError(gettext('"corrections" is not an object with attributes'))
    answers = {}
    for name, correction in corrections.items():
        if name not in NAMES:
            raise ValueError(gettext(NO_ATTRIBUTE) % {"name": quoted(name)})
        word = correction.get("answer") if isinstance(correction, dict) else None
        if not isinstance(word, str) or word not in ANSWERS:
            words = gettext('the "answer" to %(name)s is neither "yes" nor "no"')
            raise ValueError(words % {"name": name})
        answers[name] = ANSWERS[word]
    return answers
