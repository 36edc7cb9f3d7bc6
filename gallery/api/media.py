"""The bytes of photos and faces over REST."""

from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from gallery import media
from gallery.api.base import Api
from gallery.api.schema import answers

JPEG = answers({(200, "image/jpeg"): OpenApiTypes.BINARY}, 404, 503)


class PictureView(Api):
    variant = ""

    @extend_schema(summary="A photo's picture, in one of its sizes", responses=JPEG)
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return media.picture(request._request, id, self.variant)


class CropView(Api):
    @extend_schema(summary="A face, cut out of its photo", responses=JPEG)
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return media.crop(request._request, id)
