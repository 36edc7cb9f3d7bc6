"""Faces as JSON lines: everything about each, enough for `exchange.imports` to restore answers."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from gallery.exchange.card import Card
from gallery.exchange.rows import CHUNK, GivenAnswer, by_name, decisions_by, read_rows
from gallery.fields import DECIMALS
from gallery.models import BoxCorrection
from gallery.models.face import FaceQuerySet
from gallery.models.photo import PhotoQuerySet

NO_FACE = (
    "photo__uuid",
    "photo__sha256",
    "photo__original_name",
    "person__username",
    "created_at",
    "x",
    "y",
    "w",
    "h",
)


def json_lines(faces: FaceQuerySet, card: Card) -> Iterator[str]:
    """A line for each face."""
    decisions = decisions_by(card.version)
    for row in read_rows(faces):
        card.count(row)
        decided = decisions(row.probabilities)
        yield as_line(
            photo=str(row.photo),
            sha256=row.sha256,
            file=row.file,
            width=row.width,
            height=row.height,
            taken_at=row.taken_at and row.taken_at.isoformat(timespec="seconds"),
            taken_offset=row.taken_offset,
            face=str(row.face),
            box=row.box,
            angle=row.angle,
            detector=row.detector,
            score=row.score,
            model={"name": row.model, "hash": row.model_sha256[:8]},
            probabilities=by_name(row.probabilities),
            decisions=decided and by_name(decided),
            corrections={answer.attribute: _correction(answer) for answer in row.answers},
        )


def no_face_lines(photos: PhotoQuerySet) -> Iterator[str]:
    """A line for each photo on which people marked places as "not a face", with the places."""
    said = BoxCorrection.objects.filter(is_face=False, photo__in=photos.order_by().values("pk"))
    rows = said.order_by("photo_id", "pk").values_list(*NO_FACE).iterator(chunk_size=CHUNK)
    for (photo, sha256, file), places in groupby(rows, key=lambda row: row[:3]):
        none = [_no_face(by, at, sides) for _, _, _, by, at, *sides in places]
        yield as_line(photo=str(photo), sha256=sha256, file=file, not_faces=none)


def _no_face(by: str | None, at: datetime, sides: list[float]) -> dict[str, Any]:
    box = dict(zip("xywh", (round(side, DECIMALS) for side in sides), strict=True))
    return {"box": box, "by": by, "at": at.isoformat()}


def _correction(answer: GivenAnswer) -> dict[str, Any]:
    return {
        "answer": answer.word,
        "probability": answer.probability,
        "by": answer.by,
        "at": answer.at.isoformat(),
    }


def as_line(**content: Any) -> str:
    """The content as one line of JSON."""
    return json.dumps(content, ensure_ascii=False) + "\n"
