"""Photos over REST: uploaded, listed, waited for, tried again and deleted."""

import threading
import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import close_old_connections
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.analysis import jobs
from gallery.api.base import Api, ApiRequest, Rows
from gallery.api.errors import Conflict
from gallery.api.fields import IdField
from gallery.api.idempotency import PARAMETER, REPLAYED, Answer, fingerprint, once, read_key
from gallery.api.queries import (
    BoundedListField,
    PageQuery,
    PhotoQuery,
    WaitQuery,
    Wanted,
    read_query,
)
from gallery.api.schema import GONE, answers, of_type
from gallery.api.serializers import PhotoSerializer, PhotoUpload
from gallery.library.trash import trash_photos
from gallery.models import Gallery, Photo, Role
from gallery.models.answer import with_details
from gallery.models.membership import check_role
from gallery.models.photo import PhotoQuerySet
from gallery.uploads.adding import add_photo
from gallery.uploads.gate import too_large, upload_sha256
from gallery.uploads.pictures import UploadError

PICTURES = "image/jpeg, image/png, image/webp, image/heic, image/avif, image/tiff, image/gif"
POLL_SECONDS = 0.05
MOST_HASHES = 1000  # in a request
MOST_WAITING = 4  # requests that `wait` may hold in a process: the other half of its threads answer
OTHER_PARTS = 1024 * 1024  # bytes that a multipart body may hold besides the picture

_waiting = threading.BoundedSemaphore(MOST_WAITING)


class HashesToKnow(serializers.Serializer[Any]):
    """Files, by the SHA-256 of their bytes in lower-case hexadecimal."""

    gallery = IdField()
    sha256 = BoundedListField(
        child=serializers.RegexField(r"^[0-9a-f]{64}$"), max_length=MOST_HASHES
    )


class KnownSerializer(serializers.Serializer[Any]):
    known = serializers.DictField(
        child=serializers.UUIDField(), help_text="The ids of the photos, by hash."
    )


class PhotoViewSet(Rows[Photo]):
    queries = {
        "list": (PhotoQuery, PageQuery),
        "create": (WaitQuery,),
        "retrieve": (WaitQuery,),
    }
    parser_classes = (MultiPartParser,)
    serializer_class = PhotoSerializer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is far too large before reading any of it."""
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdigit() and int(length) > settings.MAX_UPLOAD_BYTES + OTHER_PARTS:
            raise UploadError(too_large(), "bytes")
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> PhotoQuerySet:
        return with_details(Photo.objects.visible_to(self.request.user))

    @extend_schema(
        summary="Photos, filtered and sorted",
        description="Without a filter, photos that are not analyzed yet are listed too.",
        responses=answers({200: PhotoSerializer(many=True)}, 400, 404),
    )
    def list(self, request: Request) -> Response:
        wanted = Wanted(request, PhotoQuery, self.version)
        photos = self.paginate_queryset(with_details(wanted.photos()))
        return self.get_paginated_response(self.get_serializer(photos, many=True).data)

    @extend_schema(
        summary="Upload a photo",
        description="Answers at once, before the photo is analyzed, unless `wait` is set. With an "
        "idempotency key, an upload that is sent again gets the first status again, and the photo "
        "as it is now; if that was deleted meanwhile, the photo as it was, without faces.",
        parameters=[PARAMETER],
        request={"multipart/form-data": of_type(PhotoUpload, image=PICTURES)},
        responses=answers(
            {
                201: OpenApiResponse(PhotoSerializer, "The new photo."),
                200: OpenApiResponse(
                    PhotoSerializer, "The gallery already has this file: that photo."
                ),
            },
            400,
            403,
            404,
            409,
            413,
            415,
            422,
            503,
            507,
        ),
    )
    def create(self, request: ApiRequest) -> Response:
        wait, key = read_query(WaitQuery, request)["wait"], read_key(request)
        upload = PhotoUpload(data=request.data, context={"request": request})
        upload.is_valid(raise_exception=True)
        galleries = Gallery.objects.visible_to(request.user)
        gallery = get_object_or_404(galleries, uuid=upload.validated_data["gallery"])
        check_role(request.user, gallery, Role.EDITOR)
        image = upload.validated_data["image"]
        if key:
            mark = fingerprint(gallery.uuid, image.name, upload_sha256(image))
            answer, is_replayed = once(request, key, mark, lambda: self._add(gallery, image))
        else:
            answer, is_replayed = self._add(gallery, image), False
        code, data = answer[0], self._as_it_is(answer[1], wait)
        headers = {"Location": data["url"]} if code == status.HTTP_201_CREATED else {}
        return Response(data, code, headers=headers | (REPLAYED if is_replayed else {}))

    def _add(self, gallery: Gallery, image: UploadedFile) -> Answer:
        """Add a photo. Returns its status, and the body to keep with a key: without faces."""
        photo, created = add_photo(gallery, image)
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return code, {**self.represent(photo.uuid), "faces": []}

    def _as_it_is(self, kept: dict[str, Any], wait: int) -> dict[str, Any]:
        """The photo as it is now, or as it was first answered if it is gone."""
        try:
            return self.represent(UUID(kept["id"]), wait)
        except Http404:
            return kept

    @extend_schema(
        summary="Which files a gallery already has",
        description="Ask before sending many: a known file need not be sent. One whose picture was "
        "lost is not known; sent again, it heals.",
        request=HashesToKnow,
        responses=answers({200: KnownSerializer}, 400, 403, 404, 413, 415),
    )
    @action(detail=False, methods=["post"], parser_classes=Api.parser_classes)
    def known(self, request: Request) -> Response:
        asked = HashesToKnow(data=request.data)
        asked.is_valid(raise_exception=True)
        galleries = Gallery.objects.visible_to(request.user)
        gallery = get_object_or_404(galleries, uuid=asked.validated_data["gallery"])
        photos = Photo.objects.visible_to(request.user).in_gallery(gallery)
        known = photos.with_hashes(asked.validated_data["sha256"])
        return Response({"known": {sha256: str(uuid) for sha256, uuid in known.items()}})

    @extend_schema(
        summary="A photo",
        responses=answers({200: PhotoSerializer}, 400, 404),
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        return Response(self.represent(id, read_query(WaitQuery, request)["wait"]))

    @extend_schema(
        summary="Delete a photo",
        description="It goes to the trash, or is gone at once where the site keeps none.",
        responses=answers({204: GONE}, 403, 404),
    )
    def destroy(self, request: ApiRequest, id: UUID) -> Response:
        photo = self.get_object()
        check_role(request.user, photo.gallery, Role.EDITOR)
        trash_photos(Photo.objects.visible_to(request.user).among([photo.uuid]))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Retry a failed analysis",
        request=None,
        responses=answers({202: PhotoSerializer}, 403, 404, 409),
    )
    @action(detail=True, methods=["post"], parser_classes=Api.parser_classes)
    def retry(self, request: ApiRequest, id: UUID) -> Response:
        photo = self.get_object()
        check_role(request.user, photo.gallery, Role.EDITOR)
        if not jobs.retry_photos(Photo.objects.visible_to(request.user).among([photo.uuid])):
            raise Conflict(
                "Only a photo whose analysis failed can be tried again; "
                f"this one is {photo.status}."
            )
        return Response(self.represent(id), status.HTTP_202_ACCEPTED)

    def represent(self, uuid: UUID, wait: int = 0) -> dict[str, Any]:
        """The photo as it is now, or once its analysis ends, at most `wait` seconds from now."""
        photos = self.get_queryset().among([uuid])
        if wait and _waiting.acquire(blocking=False):
            try:
                _wait_for(photos, wait)
            finally:
                _waiting.release()
        data: dict[str, Any] = self.get_serializer(get_object_or_404(photos)).data
        return data


def _wait_for(photos: PhotoQuerySet, seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and photos.pending().exists():
        close_old_connections()  # so that a waiting request holds none
        time.sleep(POLL_SECONDS)
