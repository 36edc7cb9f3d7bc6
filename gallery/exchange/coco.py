"""Faces as one JSON document with COCO's images, annotations and categories."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from gallery.exchange.card import Card
from gallery.exchange.json_lines import as_line
from gallery.exchange.rows import FaceRow, by_name, decisions_by, read_rows
from gallery.filters.terms import Decision
from gallery.models.face import FaceQuerySet

PIECE = 1 << 16  # characters


def coco_chunks(faces: FaceQuerySet, card: Card) -> Iterator[str]:
    """The document, in pieces.

    Boxes are in pixels, cropped to the picture. A photo in which no face was found is an image
    without annotations. Annotations are sent as they are read, while the images go to a temporary
    file: the document then needs no more memory for a million faces than for ten.
    """
    decisions, seen = decisions_by(card.version), None
    number, image = 0, 0
    with TemporaryFile("w+", encoding="utf-8") as images:
        yield '{"annotations": [\n'
        for row in read_rows(faces.by_photo()):
            if row.photo != seen:
                seen, image = row.photo, image + 1
                images.write(f"{', ' if image > 1 else ''}{as_line(**_image(row, image))}")
            if not row.is_whole:
                number += 1
                card.count(row)
                annotation = _annotation(row, number, image, decisions(row.probabilities))
                yield f"{', ' if number > 1 else ''}{as_line(**annotation)}"
        images.seek(0)
        yield '], "images": [\n'
        yield from iter(lambda: images.read(PIECE), "")
        yield '], "categories": [{"id": 1, "name": "face", "supercategory": "person"}], "info": '
        yield as_line(**card.content()).rstrip("\n") + "}\n"


def _image(row: FaceRow, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": f"{row.photo}.jpg",
        "original_name": row.file,
        "sha256": row.sha256,
        "width": row.width,
        "height": row.height,
        "date_captured": row.taken,
    }


def _annotation(
    row: FaceRow, number: int, image: int, decisions: list[Decision] | None
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
        "attributes": decisions and by_name(decisions),
        "probabilities": by_name(row.probabilities),
        "corrections": {answer.attribute: answer.word for answer in row.answers},
    }
