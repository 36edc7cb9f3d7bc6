"""Faces as files to download, streamed."""

from collections.abc import Callable
from typing import ClassVar, TypeVar

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from gallery.api.base import Api, ApiRequest, Query
from gallery.api.errors import NotInstalled
from gallery.api.queries import FilterQuery, HintedChoiceField, Wanted
from gallery.api.schema import answers
from gallery.audit import Kind, record
from gallery.exchange.card import Card
from gallery.exchange.formats import (
    FORMATS,
    LABELS,
    NOT_INSTALLED,
    Selection,
    download,
    labelled,
)

TYPES = {"application/json": OpenApiTypes.OBJECT}
View = TypeVar("View", bound=Callable[..., StreamingHttpResponse])


class ExportQuery(FilterQuery):
    labels = HintedChoiceField(
        choices=LABELS,
        default="all",
        help_text="`corrected`: only faces that a person has answered about.",
    )


class GalleryExportQuery(ExportQuery):
    gallery = serializers.UUIDField(help_text="The gallery to make a data set of.")


def described(kind: str, summary: str, description: str, *more: int) -> Callable[[View], View]:
    """Give an export its schema; `more` are additional statuses that it may answer."""
    media_type, _, text = FORMATS[kind].media_type.partition(";")
    content = OpenApiTypes.STR if text else TYPES.get(media_type, OpenApiTypes.BINARY)
    decorate: Callable[[View], View] = extend_schema(
        summary=summary,
        description=description,
        responses=answers({(200, media_type): content}, 400, 404, *more),
    )
    return decorate


# What all exports share.
class ExportView(Api):
    is_streamed = True
    kind = ""
    query: ClassVar[type[ExportQuery]] = ExportQuery

    def taken(self) -> tuple[Query, ...]:
        return (self.query,)

    def send(self, request: ApiRequest) -> StreamingHttpResponse:
        if not FORMATS[self.kind].is_offered:
            raise NotInstalled(NOT_INSTALLED)
        wanted = Wanted(request, self.query, self.version)
        labels, gallery = wanted.query["labels"], wanted.gallery
        card = Card.of(wanted.look, labels=labels, gallery=gallery, version=self.version)
        owner = gallery.owner if gallery else None
        record(Kind.EXPORTED, person=owner, about=f"by the API, as {self.kind}")
        what = Selection(labelled(wanted.faces(), labels), wanted.photos(), card)
        return download(FORMATS[self.kind], what, request.user, gallery)


class CsvView(ExportView):
    kind = "csv"

    @described(
        kind,
        "The matching faces as CSV",
        "A header, then a row for each face that `GET /faces/` lists: photo, file, box, angle, "
        "detector, model, the 40 probabilities, the 40 decisions, and people's answers as "
        "`Smiling=yes;Male=no`.",
    )
    def get(self, request: ApiRequest) -> StreamingHttpResponse:
        return self.send(request)


class JsonLinesView(ExportView):
    kind = "jsonl"

    @described(
        kind,
        "The matching faces as JSON lines",
        "One line for each face; `corrections` says who answered what and when, and what the "
        "model says. At the end comes a line for each matching photo on which people marked "
        'places as "not a face": they are in `not_faces`. '
        "`POST /galleries/{id}/corrections/import/` reads it all back.",
    )
    def get(self, request: ApiRequest) -> StreamingHttpResponse:
        return self.send(request)


class CocoView(ExportView):
    kind = "coco"

    @described(
        kind,
        "The matching faces as COCO annotations",
        "One document: `images`, `annotations` with a `bbox` in pixels, and the one category.",
    )
    def get(self, request: ApiRequest) -> StreamingHttpResponse:
        return self.send(request)


class ParquetView(ExportView):
    kind = "parquet"

    @described(
        kind,
        "The matching faces as Parquet",
        "The columns of the CSV file, with types, and more: the answers as 40 columns of true, "
        "false or null. The card is in the file's metadata, as `card`. Not every site can write "
        "it: 501 says so.",
        501,
    )
    def get(self, request: ApiRequest) -> StreamingHttpResponse:
        return self.send(request)


class CelebaView(ExportView):
    kind = "celeba"
    query = GalleryExportQuery

    @described(
        kind,
        "A gallery as a data set in CelebA's layout",
        "A ZIP file of aligned pictures, labels and partitions, which `train_model` reads.",
    )
    def get(self, request: ApiRequest) -> StreamingHttpResponse:
        return self.send(request)


class ImageFolderView(ExportView):
    kind = "imagefolder"
    query = GalleryExportQuery

    @described(
        kind,
        "A gallery as an image folder",
        "A ZIP file of aligned pictures, with a `metadata.jsonl` for each of `train`, `validation` "
        "and `test`, which Hugging Face's `datasets` reads.",
    )
    def get(self, request: ApiRequest) -> StreamingHttpResponse:
        return self.send(request)
