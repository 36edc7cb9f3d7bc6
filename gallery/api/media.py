"""The bytes of photos and faces over REST."""

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from gallery import media
from gallery.api.base import Api
from gallery.api.schema import answers
from gallery.variants import PREVIEW, THUMBNAIL


def _picture(kind: str) -> dict[Any, Any]:
    """The answers with a picture of that type, or with the part of it that `Range` names."""
    whole_or_part = {(200, kind): OpenApiTypes.BINARY, (206, kind): OpenApiTypes.BINARY}
    return answers(whole_or_part, 404, 416, 503)


JPEG, WEBP = _picture("image/jpeg"), _picture("image/webp")
ORIGINAL = _picture("application/octet-stream")


class PictureView(Api):
    @extend_schema(summary="A photo's picture", responses=JPEG)
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return media.picture(request._request, id)


class OriginalView(Api):
    @extend_schema(
        summary="The file as it was uploaded",
        description="With all that a camera wrote into it, for the gallery's owner alone. 404 if "
        "the site does not keep it: then the photo's `original` is null.",
        responses=ORIGINAL,
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return media.original(request._request, id)


class PreviewView(Api):
    @extend_schema(summary="A photo's picture, at most 1600 pixels long", responses=JPEG)
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return media.variant(request._request, id, PREVIEW)


class ThumbnailView(Api):
    @extend_schema(summary="A photo's picture, at most 480 pixels long", responses=WEBP)
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return media.variant(request._request, id, THUMBNAIL)


class CropView(Api):
    @extend_schema(summary="A face, cut out of its photo", responses=WEBP)
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return media.crop(request._request, id)
