"""The REST API under /api/v1/: thin views over the querysets and services."""

import threading
import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.settings import api_settings
from rest_framework.viewsets import ModelViewSet

from gallery import library, media
from gallery.analysis import jobs
from gallery.api.base import Api, Rows
from gallery.api.errors import Conflict
from gallery.api.queries import PageQuery, PhotoQuery, WaitQuery, Wanted, read_query
from gallery.api.schema import answers
from gallery.api.serializers import GallerySerializer, PhotoSerializer, PhotoUpload
from gallery.models import Gallery, Photo
from gallery.models.answer import with_details
from gallery.models.counts import with_status_counts
from gallery.models.gallery import GalleryQuerySet
from gallery.models.photo import PhotoQuerySet
from gallery.uploads.adding import add_photo
from gallery.uploads.pictures import UploadError

POLL_SECONDS = 0.1
MOST_WAITING = 4  # requests of a process that `wait` holds: half of its threads go on answering
OTHER_PARTS = 1024 * 1024  # bytes that a multipart body may hold beside the picture

_waiting = threading.BoundedSemaphore(MOST_WAITING)

GONE = OpenApiResponse(description="Deleted.")


@extend_schema_view(
    list=extend_schema(
        summary="Your galleries",
        description="The newest first.",
        responses=answers({200: GallerySerializer}, 400),
    ),
    create=extend_schema(
        summary="Make a gallery", responses=answers({201: GallerySerializer}, 400, 403, 413, 415)
    ),
    retrieve=extend_schema(summary="A gallery", responses=answers({200: GallerySerializer}, 404)),
    partial_update=extend_schema(
        summary="Rename a gallery, or say whether models may learn from it",
        responses=answers({200: GallerySerializer}, 400, 403, 404, 413, 415),
    ),
    destroy=extend_schema(
        summary="Delete a gallery and its photos", responses=answers({204: GONE}, 403, 404)
    ),
)
class GalleryViewSet(ModelViewSet, Rows):
    serializer_class = GallerySerializer

    def get_queryset(self) -> GalleryQuerySet:
        return with_status_counts(Gallery.objects.visible_to(self.request.user))

    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.save(owner=self.request.user)

    def perform_destroy(self, gallery: Gallery) -> None:
        library.delete_gallery(gallery)


class PhotoViewSet(Rows):
    queries = {
        "list": (PhotoQuery, PageQuery),
        "create": (WaitQuery,),
        "retrieve": (WaitQuery,),
    }
    parser_classes = (MultiPartParser,)
    serializer_class = PhotoSerializer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is far too large before a byte of it is read."""
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdigit() and int(length) > settings.MAX_UPLOAD_BYTES + OTHER_PARTS:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES).replace("\xa0", " ")
            raise UploadError(f"The file is larger than {limit}. Make it smaller and try again.")
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> PhotoQuerySet:
        return with_details(Photo.objects.visible_to(self.request.user))

    @extend_schema(
        summary="Photos, filtered and sorted",
        description="Without a filter also those that are not analysed yet.",
        responses=answers({200: PhotoSerializer(many=True)}, 400, 404),
    )
    def list(self, request: Request) -> Response:
        wanted = Wanted(request, PhotoQuery, self.version)
        photos = self.paginate_queryset(with_details(wanted.photos()))
        return self.get_paginated_response(self.get_serializer(photos, many=True).data)

    @extend_schema(
        summary="Upload a photo",
        description="The answer comes at once, before the photo is analysed, unless `wait` is set.",
        request={"multipart/form-data": PhotoUpload},
        responses=answers(
            {
                201: OpenApiResponse(PhotoSerializer, "The new photo."),
                200: OpenApiResponse(
                    PhotoSerializer, "The same file is in the gallery already: that photo."
                ),
            },
            *(400, 403, 404, 413, 415),
        ),
    )
    def create(self, request: Request) -> Response:
        wait = read_query(WaitQuery, request)["wait"]
        upload = PhotoUpload(data=request.data, context={"request": request})
        upload.is_valid(raise_exception=True)
        galleries = Gallery.objects.visible_to(request.user)
        gallery = get_object_or_404(galleries, uuid=upload.validated_data["gallery"])
        photo, created = add_photo(gallery, upload.validated_data["image"])
        data = self.represent(photo.uuid, wait)
        if created:
            return Response(data, status.HTTP_201_CREATED, headers={"Location": data["url"]})
        return Response(data)

    @extend_schema(
        summary="A photo",
        responses=answers({200: PhotoSerializer}, 400, 404),
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        return Response(self.represent(id, read_query(WaitQuery, request)["wait"]))

    @extend_schema(summary="Delete a photo", responses=answers({204: GONE}, 403, 404))
    def destroy(self, request: Request, id: UUID) -> Response:
        photo = self.get_object()
        library.delete_photos(Photo.objects.visible_to(request.user).among([photo.uuid]))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Try a failed analysis again",
        request=None,
        responses=answers({202: PhotoSerializer}, 403, 404, 409),
    )
    @action(detail=True, methods=["post"], parser_classes=api_settings.DEFAULT_PARSER_CLASSES)
    def retry(self, request: Request, id: UUID) -> Response:
        photo = self.get_object()
        if not jobs.retry_photos(Photo.objects.visible_to(request.user).among([photo.uuid])):
            raise Conflict(
                "Only a photo whose analysis failed can be tried again; "
                f"this one is {photo.status}."
            )
        return Response(self.represent(id), status.HTTP_202_ACCEPTED)

    def represent(self, uuid: UUID, wait: int = 0) -> dict[str, Any]:
        """The photo as it stands, or as it does once its analysis is over or `wait` seconds are."""
        photos = self.get_queryset().among([uuid])
        if wait and _waiting.acquire(blocking=False):
            try:
                _wait_for(photos, wait)
            finally:
                _waiting.release()
        return self.get_serializer(get_object_or_404(photos)).data


def _wait_for(photos: PhotoQuerySet, seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and photos.pending().exists():
        close_old_connections()  # hold none while nothing happens
        time.sleep(POLL_SECONDS)


JPEG = answers({(200, "image/jpeg"): OpenApiTypes.BINARY}, 404)


class PictureView(Api):
    variant = ""

    @extend_schema(summary="A photo's picture, in one of its sizes", responses=JPEG)
    def get(self, request: Request, id: UUID) -> HttpResponse:
        return media.picture(request._request, id, self.variant)


class CropView(Api):
    @extend_schema(summary="A face, cut out of its photo", responses=JPEG)
    def get(self, request: Request, id: UUID) -> HttpResponse:
        return media.crop(request._request, id)


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI without inline scripts or styles, so that a strict CSP lets it work."""

    template_name = "api/docs.html"
    url_name = "api-schema"
