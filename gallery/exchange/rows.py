"""What people take away: faces as CSV, JSON lines or COCO, read and sent little by little."""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from tempfile import TemporaryFile
from typing import Any, NamedTuple
from uuid import UUID

from gallery.fields import DECIMALS
from gallery.filters.terms import Decider, Decision
from gallery.models import BoxCorrection, Correction
from gallery.models.face import FaceQuerySet
from gallery.models.photo import PhotoQuerySet
from ml.attributes import FIELDS, NAMES
from ml.models import ModelVersion

CHUNK = 1000  # rows fetched at a time
COLUMNS = (
    *("pk", "photo__uuid", "photo__sha256", "photo__original_name", "photo__width"),
    *("photo__height", "uuid", "detector", "model_version__name", "model_version__sha256"),
)
REALS = ("x", "y", "w", "h", "angle", "score", *FIELDS)
HEADER = (
    *("photo", "file", "face", "x", "y", "w", "h", "angle", "detector", "score", "model"),
    *NAMES,
    *(f"{name}_decision" for name in NAMES),
    "corrections",
)
SAID = (
    *("photo__uuid", "photo__sha256", "photo__original_name", "person__username", "created_at"),
    *("x", "y", "w", "h"),
)
WHOLE = "whole"  # the detector of a picture in which no face was found


class Answer(NamedTuple):
    """What a person said of an attribute, who and when, and what the model says: `probability`."""

    attribute: str
    is_yes: bool
    probability: float
    by: str | None
    at: datetime

    @property
    def word(self) -> str:
        return "yes" if self.is_yes else "no"


@dataclass(frozen=True, slots=True)
class Row:
    """One face: the box in fractions, the 40 probabilities with people's answers in them."""

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
    x: float
    y: float
    w: float
    h: float
    angle: float
    score: float
    probabilities: list[float]
    answers: list[Answer]

    @property
    def box(self) -> dict[str, float]:
        return {"x": self.x, "y": self.y, "w": self.w, "h": self.h}

    def corrections(self) -> str:
        """People's answers in one cell: Smiling=yes;Male=no."""
        return ";".join(f"{answer.attribute}={answer.word}" for answer in self.answers)


Decide = Callable[[list[float]], list[Decision] | None]


def read_rows(faces: FaceQuerySet) -> Iterator[Row]:
    """The faces, read little by little; two queries for each CHUNK of them."""
    values = faces.values_list(*COLUMNS, *REALS).iterator(chunk_size=CHUNK)
    while chunk := list(islice(values, CHUNK)):
        answers = _answers([row[0] for row in chunk])
        for row in chunk:
            texts = row[: len(COLUMNS)]
            *reals, probabilities = _rounded(row[len(COLUMNS) :])
            yield Row(*texts, *reals, probabilities, answers.get(row[0], []))


def _rounded(values: Iterable[float]) -> list[Any]:
    """The real columns with four decimals, the 40 probabilities as one list."""
    rounded = [round(value, DECIMALS) for value in values]
    return [*rounded[: -len(FIELDS)], rounded[-len(FIELDS) :]]


def _answers(faces: list[int]) -> dict[int, list[Answer]]:
    """People's answers by face, in the data set's order."""
    found = defaultdict(list)
    given = Correction.objects.of_faces(faces).values_list(
        *("face", "attribute", "is_yes", "probability", "person__username", "created_at")
    )
    for face, attribute, is_yes, probability, *who_and_when in given:
        answer = Answer(attribute, is_yes, round(probability, DECIMALS), *who_and_when)
        found[face].append(answer)
    for answers in found.values():
        answers.sort(key=lambda answer: NAMES.index(answer.attribute))
    return found


def decider(version: ModelVersion | None) -> Decide:
    """What the 40 probabilities mean by the version's thresholds; None without a version."""
    return Decider(version).decide if version else lambda probabilities: None


# --- CSV --------------------------------------------------------------------------------------


def csv_rows(faces: FaceQuerySet, version: ModelVersion | None) -> Iterator[list[Any]]:
    """The header, then a row for each face, read little by little.

    The decisions are what `version` says of the probabilities: empty when there is none.
    """
    yield list(HEADER)
    decisions = decider(version)
    for row in read_rows(faces):
        yield [
            *(row.photo, as_text(row.file), row.face, row.x, row.y, row.w, row.h, row.angle),
            *(row.detector, row.score, as_text(f"{row.model} ({row.model_sha256[:8]})")),
            *row.probabilities,
            *(decisions(row.probabilities) or [""] * len(NAMES)),
            row.corrections(),
        ]


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The rows as lines of a CSV file."""
    writer = csv.writer(_Echo())
    return map(writer.writerow, rows)


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def as_text(name: str) -> str:
    """The name, with an apostrophe before what a spreadsheet would run as a formula."""
    is_formula = name.lstrip().startswith(("=", "+", "-", "@")) or name.startswith(
        ("\t", "\r", "\n")
    )
    return f"'{name}" if is_formula else name


# --- JSON -------------------------------------------------------------------------------------


def json_lines(faces: FaceQuerySet, version: ModelVersion | None) -> Iterator[str]:
    """A line for each face: what `imports.import_corrections` reads, and all else of the face."""
    decisions = decider(version)
    for row in read_rows(faces):
        decided = decisions(row.probabilities)
        yield _line(
            photo=str(row.photo),
            sha256=row.sha256,
            file=row.file,
            width=row.width,
            height=row.height,
            face=str(row.face),
            box=row.box,
            angle=row.angle,
            detector=row.detector,
            score=row.score,
            model={"name": row.model, "hash": row.model_sha256[:8]},
            probabilities=_by_name(row.probabilities),
            decisions=decided and _by_name(decided),
            corrections={answer.attribute: _correction(answer) for answer in row.answers},
        )


def no_face_lines(photos: PhotoQuerySet) -> Iterator[str]:
    """A line for each of the photos of which people said "not a face", with the places."""
    said = BoxCorrection.objects.filter(is_face=False, photo__in=photos.order_by().values("pk"))
    rows = said.order_by("photo_id", "pk").values_list(*SAID).iterator(chunk_size=CHUNK)
    for (photo, sha256, file), places in groupby(rows, key=lambda row: row[:3]):
        none = [_no_face(*place[3:]) for place in places]
        yield _line(photo=str(photo), sha256=sha256, file=file, not_faces=none)


def _no_face(by: str | None, at: datetime, *place: float) -> dict[str, Any]:
    box = dict(zip("xywh", (round(side, DECIMALS) for side in place), strict=True))
    return {"box": box, "by": by, "at": at.isoformat()}


def _correction(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.word,
        "probability": answer.probability,
        "by": answer.by,
        "at": answer.at.isoformat(),
    }


def coco_chunks(faces: FaceQuerySet, version: ModelVersion | None) -> Iterator[str]:
    """One JSON document with COCO's images, annotations and categories, in pieces.

    Boxes are in pixels, cut off at the picture's border. A photo in which no face was found is an
    image without annotations. The images wait in a file until the annotations are through.
    """
    decisions, seen = decider(version), None
    number, image = 0, 0
    with TemporaryFile("w+", encoding="utf-8") as images:
        yield '{"annotations": [\n'
        for row in read_rows(faces.by_photo()):
            if row.photo != seen:
                seen, image = row.photo, image + 1
                images.write(f"{', ' if image > 1 else ''}{_line(**_coco_image(row, image))}")
            if row.detector != WHOLE:
                number += 1
                annotation = _coco_annotation(row, number, image, decisions(row.probabilities))
                yield f"{', ' if number > 1 else ''}{_line(**annotation)}"
        images.seek(0)
        yield '], "images": [\n'
        yield from iter(lambda: images.read(1 << 16), "")
        yield '], "categories": [{"id": 1, "name": "face", "supercategory": "person"}]}\n'


def _coco_image(row: Row, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": f"{row.photo}.jpg",
        "original_name": row.file,
        "sha256": row.sha256,
        "width": row.width,
        "height": row.height,
    }


def _coco_annotation(
    row: Row, number: int, image: int, decisions: list[Decision] | None
) -> dict[str, Any]:
    right, bottom = min(row.x + row.w, 1) * row.width, min(row.y + row.h, 1) * row.height
    x, y = row.x * row.width, row.y * row.height
    w, h = right - x, bottom - y
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "bbox": [round(value, 2) for value in (x, y, w, h)],
        "area": round(w * h, 2),
        "iscrowd": 0,
        "face": str(row.face),
        "angle": row.angle,
        "detector": row.detector,
        "score": row.score,
        "attributes": decisions and _by_name(decisions),
        "probabilities": _by_name(row.probabilities),
        "corrections": {answer.attribute: answer.word for answer in row.answers},
    }


def _by_name(values: list[Any]) -> dict[str, Any]:
    return dict(zip(NAMES, values, strict=True))


def _line(**content: Any) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"
