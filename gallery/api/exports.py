"""Faces as files to take away, each streamed."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from gallery.api.base import Api
from gallery.api.queries import Choice, FilterQuery, Wanted
from gallery.api.schema import answers
from gallery.exchange.formats import FORMATS, LABELS, Selection, download, labelled


class ExportQuery(FilterQuery):
    labels = Choice(
        choices=LABELS,
        default="all",
        help_text="`corrected`: only faces of which a person has answered something.",
    )


class GalleryExportQuery(ExportQuery):
    gallery = serializers.UUIDField(help_text="The gallery that becomes the data set.")


def described(kind: str, summary: str, description: str) -> Any:
    """The schema of an export."""
    media_type, _, text = FORMATS[kind].media_type.partition(";")
    content = OpenApiTypes.STR if text else OpenApiTypes.BINARY
    return extend_schema(
        summary=summary,
        description=description,
        responses=answers({(200, media_type): content}, 400, 404),
    )


# What all exports share.
class ExportView(Api):
    kind = ""
    queries = {"get": (ExportQuery,)}

    def send(self, request: Request) -> StreamingHttpResponse:
        wanted = Wanted(request, *self.taken(), self.version)
        faces = labelled(wanted.faces(), wanted.query["labels"])
        return download(FORMATS[self.kind], Selection(faces, wanted.photos(), self.version))


class CsvView(ExportView):
    kind = "csv"

    @described(
        kind,
        "The matching faces as CSV",
        "A header, then a row for each face that `GET /faces/` would list: photo, file, box, "
        "angle, detector, model, the 40 probabilities, the 40 decisions, and people's answers as "
        "`Smiling=yes;Male=no`.",
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        return self.send(request)


class JsonLinesView(ExportView):
    kind = "jsonl"

    @described(
        kind,
        "The matching faces as JSON lines",
        "One object a line for each face. Who answered what, when, and what the model had said "
        "is in `corrections`. At the end a line for each photo that the filter leaves and of which "
        'people said "not a face": the places are in `not_faces`. '
        "`POST /galleries/{id}/corrections/import/` reads it all back.",
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        return self.send(request)


class CocoView(ExportView):
    kind = "coco"

    @described(
        kind,
        "The matching faces as COCO annotations",
        "One document: `images`, `annotations` with their `bbox` in pixels, and the one category.",
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        return self.send(request)


class CelebaView(ExportView):
    kind = "celeba"
    queries = {"get": (GalleryExportQuery,)}

    @described(
        kind,
        "A gallery as a data set in CelebA's layout",
        "A ZIP file: aligned pictures, labels and partitions, which `train_model` reads.",
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        return self.send(request)
