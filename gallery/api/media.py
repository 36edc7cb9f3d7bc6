"""The bytes of photos and faces over REST."""

from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from gallery import media
from gallery.api.base import Api
from gallery.api.schema import answers
from gallery.variants import PREVIEW, THUMBNAIL

JPEG = answers({(200, "image/jpeg"): OpenApiTypes.BINARY}, 404, 503)
WEBP = answers({(200, "image/webp"): OpenApiTypes.BINARY}, 404, 503)


class PictureView(Api):
    @extend_schema(summary="A photo's picture", responses=JPEG)
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return media.picture(request._request, id)


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
