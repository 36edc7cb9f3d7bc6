"""The formats in which faces can be taken away."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.http import StreamingHttpResponse

from gallery.celeba import zip_chunks
from gallery.exports import coco_chunks, csv_lines, csv_rows, json_lines
from gallery.querysets import FaceQuerySet
from ml.models import ModelVersion

LABELS = ("all", "corrected")  # whose faces: everyone's, or those that people answered about


@dataclass(frozen=True)
class Format:
    """How faces are written: the file's suffix and media type, and what makes its content."""

    suffix: str
    media_type: str
    chunks: Callable[[FaceQuerySet, ModelVersion | None], Iterator[str | bytes]]


def _csv(faces: FaceQuerySet, version: ModelVersion | None) -> Iterator[str]:
    return csv_lines(csv_rows(faces, version))


FORMATS = {
    "csv": Format("csv", "text/csv; charset=utf-8", _csv),
    "jsonl": Format("jsonl", "application/jsonl; charset=utf-8", json_lines),
    "coco": Format("coco.json", "application/json", coco_chunks),
    "celeba": Format("zip", "application/zip", zip_chunks),
}
BY_SUFFIX = {form.suffix: form for form in FORMATS.values()}


def labelled(faces: FaceQuerySet, labels: str) -> FaceQuerySet:
    """All the faces, or ("corrected") those with a person's answer."""
    return faces.corrected() if labels == "corrected" else faces


def download(
    form: Format, faces: FaceQuerySet, version: ModelVersion | None
) -> StreamingHttpResponse:
    """The faces as a file, sent while they are read."""
    return StreamingHttpResponse(
        form.chunks(faces, version),
        content_type=form.media_type,
        headers={"Content-Disposition": f'attachment; filename="faces.{form.suffix}"'},
    )
