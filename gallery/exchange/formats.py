"""The formats in which faces can be downloaded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain

from django.contrib.auth.models import User
from django.http import StreamingHttpResponse

from gallery.exchange.card import Card
from gallery.exchange.celeba import CELEBA
from gallery.exchange.coco import coco_chunks
from gallery.exchange.data_set import Layout, zip_chunks
from gallery.exchange.guard import while_member
from gallery.exchange.image_folder import IMAGE_FOLDER
from gallery.exchange.json_lines import as_line, json_lines, no_face_lines
from gallery.exchange.parquet import parquet_chunks
from gallery.exchange.spreadsheet import csv_lines, csv_rows
from gallery.models import Gallery
from gallery.models.answer import corrected
from gallery.models.face import FaceQuerySet
from gallery.models.photo import PhotoQuerySet

BOM = "\ufeff"  # without it, spreadsheets take UTF-8 for another encoding
NOT_INSTALLED = (
    "This site cannot write Parquet. Whoever runs it can install requirements-parquet.txt."
)
LABELS = ("all", "corrected")  # all faces, or those that people answered about


@dataclass(frozen=True)
class Format:
    """The file's suffix and media type, and the function that makes its content, in pieces."""

    suffix: str
    media_type: str
    chunks: Callable[["Selection"], Iterator[str | bytes]]
    package: str = ""  # a package that it needs, and that a site may lack

    @property
    def is_offered(self) -> bool:
        """Whether this site can write it."""
        return not self.package or find_spec(self.package) is not None


@dataclass(frozen=True)
class Selection:
    """What is downloaded: the faces that match a filter, and the photos, some without a face."""

    faces: FaceQuerySet
    photos: PhotoQuerySet
    card: Card


def _csv(what: Selection) -> Iterator[str]:
    return csv_lines(csv_rows(what.faces, what.card.version))


def _json_lines(what: Selection) -> Iterator[str]:
    yield from json_lines(what.faces, what.card)
    yield from no_face_lines(what.photos)
    yield as_line(card=what.card.content())


def _coco(what: Selection) -> Iterator[str]:
    return coco_chunks(what.faces, what.card)


def _parquet(what: Selection) -> Iterator[bytes]:
    return parquet_chunks(what.faces, what.card)


def _zip(layout: Layout) -> Callable[[Selection], Iterator[bytes]]:
    return lambda what: zip_chunks(layout, what.faces, what.card)


FORMATS = {
    "csv": Format("csv", "text/csv; charset=utf-8", _csv),
    "jsonl": Format("jsonl", "application/jsonl; charset=utf-8", _json_lines),
    "coco": Format("coco.json", "application/json", _coco),
    "parquet": Format("parquet", "application/vnd.apache.parquet", _parquet, package="pyarrow"),
    "celeba": Format("zip", "application/zip", _zip(CELEBA)),
    "imagefolder": Format("imagefolder.zip", "application/zip", _zip(IMAGE_FOLDER)),
}
BY_SUFFIX = {form.suffix: form for form in FORMATS.values()}


def labelled(faces: FaceQuerySet, labels: str) -> FaceQuerySet:
    """All the faces, or ("corrected") those with a person's answer."""
    return corrected(faces) if labels == "corrected" else faces


def download(
    form: Format, what: Selection, user: User, gallery: Gallery | None, *, mark: bool = False
) -> StreamingHttpResponse:
    """Stream the faces of a gallery, or of all, as a file for a person.

    With `mark`, the file begins with a byte order mark.
    """
    chunks = while_member(form.chunks(what), user, gallery)
    return StreamingHttpResponse(
        chain([BOM] if mark else [], chunks),
        content_type=form.media_type,
        headers={"Content-Disposition": f'attachment; filename="faces.{form.suffix}"'},
    )
