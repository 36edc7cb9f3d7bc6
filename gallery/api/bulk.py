"""Many photos at once over REST: deleted, moved, copied, or sent as a ZIP file."""

from typing import Any
from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from gallery.api.base import Api, ApiRequest, Query
from gallery.api.fields import ExpressionField
from gallery.api.queries import BoundedListField, HintedChoiceField, PhotoQuery, Wanted
from gallery.api.schema import answers
from gallery.audit import Kind, record
from gallery.exchange.pictures import download_pictures
from gallery.filters.look import Look
from gallery.filters.terms import hint
from gallery.library.moves import GalleryGone, move_photos
from gallery.library.trash import trash_photos
from gallery.models import Gallery, Photo
from gallery.models.photo import PhotoQuerySet
from gallery.models.saved_filter import MATCHES
from gallery.uploads.copying import copy_photos
from ml.models import ModelVersion

MOST_PHOTOS = 1000  # that a body may name, and that are copied in one request
FILTER = ("attrs", "match", "status")


class StrictSerializer(serializers.Serializer[Any]):
    """A body that may hold nothing else: a misspelled filter would stand for everything."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.get_fields())):
            raise serializers.ValidationError(
                {name: [f"Unknown field. {hint(name, self.get_fields())}"] for name in unknown}
            )
        return super().to_internal_value(data)


class PhotosToTake(StrictSerializer):
    """Either `photos`, or `gallery` with or without a filter: then all that match."""

    photos = BoundedListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_PHOTOS, required=False
    )
    gallery = serializers.UUIDField(
        required=False, help_text="All photos of this gallery that match the filter."
    )
    attrs = ExpressionField(
        required=False, allow_blank=True, help_text="The filter, as for `GET /photos/`."
    )
    match = HintedChoiceField(choices=MATCHES, required=False)
    status = HintedChoiceField(choices=Photo.Status.choices, required=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("photos" in data) == ("gallery" in data):
            raise serializers.ValidationError("Give either photos or a gallery.")
        for name in FILTER:
            if name in data and "photos" in data:
                raise serializers.ValidationError({name: "A filter goes with a gallery."})
        return data


class PhotosToMove(PhotosToTake):
    """The same, and where they go."""

    to = serializers.UUIDField(help_text="The gallery that they go to.")


class TrashedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many photos were deleted.")
    batch = serializers.UUIDField(
        allow_null=True,
        help_text="What `POST /trash/restore/` brings back; null if they are gone for good.",
    )


class MovedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many photos were moved.")
    stayed = serializers.IntegerField(
        help_text="How many stayed where they are: the gallery has their files already."
    )


class CopiedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many photos were copied.")
    stayed = serializers.IntegerField(help_text="How many the gallery has already.")
    missing = serializers.IntegerField(help_text="How many have lost their picture.")
    problem = serializers.CharField(
        allow_blank=True,
        help_text="Why it stopped before the end, such as a full quota; else empty.",
    )


def read_body(serializer: type[serializers.Serializer[Any]], request: ApiRequest) -> dict[str, Any]:
    """The values of a body, checked."""
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    values: dict[str, Any] = body.validated_data
    return values


def named(photos: PhotoQuerySet, uuids: list[UUID]) -> PhotoQuerySet:
    """The photos with these uuids; Http404 if they are not all there."""
    found = photos.among(set(uuids))
    if found.count() < len(set(uuids)):
        raise Http404
    return found


def taken(request: ApiRequest, given: dict[str, Any]) -> PhotoQuerySet:
    """The photos that a body asks for, among those that the person may see."""
    photos = Photo.objects.visible_to(request.user)
    if "photos" in given:
        return named(photos, given["photos"])
    photos = photos.in_gallery(_gallery(request, given["gallery"]))
    if "status" in given:
        photos = photos.with_status(given["status"])
    look = Look.of(attrs=given.get("attrs", ""), match=given.get("match", "any"))
    return look.photos(photos, ModelVersion.objects.active())


def _gallery(request: ApiRequest, uuid: UUID) -> Gallery:
    return get_object_or_404(Gallery.objects.visible_to(request.user), uuid=uuid)


class DeletePhotosView(Api):
    @extend_schema(
        summary="Delete many photos",
        description="They go to the trash, or are gone at once where the site keeps none. If one "
        "of the photos is not yours, nothing is deleted.",
        request=PhotosToTake,
        responses=answers({200: TrashedSerializer}, 400, 403, 404, 413, 415),
    )
    def post(self, request: ApiRequest) -> Response:
        trashed = trash_photos(taken(request, read_body(PhotosToTake, request)))
        return Response(TrashedSerializer(trashed).data)


class MovePhotosView(Api):
    @extend_schema(
        summary="Move many photos to another gallery",
        description="With their faces and people's answers; their ids stay.",
        request=PhotosToMove,
        responses=answers({200: MovedSerializer}, 400, 403, 404, 413, 415),
    )
    def post(self, request: ApiRequest) -> Response:
        given = read_body(PhotosToMove, request)
        photos, target = taken(request, given), _gallery(request, given["to"])
        try:
            return Response(MovedSerializer(move_photos(photos, target)).data)
        except GalleryGone:
            raise Http404 from None


class CopyPhotosView(Api):
    @extend_schema(
        summary="Copy many photos to another gallery",
        description="The copies have files, faces and answers of their own, and are not analyzed "
        f"again. They count in the quota. At most {MOST_PHOTOS} photos in one request.",
        request=PhotosToMove,
        responses=answers({200: CopiedSerializer}, 400, 403, 404, 413, 415, 503, 507),
    )
    def post(self, request: ApiRequest) -> Response:
        given = read_body(PhotosToMove, request)
        photos, target = taken(request, given), _gallery(request, given["to"])
        if (count := photos.count()) > MOST_PHOTOS:
            raise serializers.ValidationError(
                f"{count} photos match: copy at most {MOST_PHOTOS} in one request."
            )
        return Response(CopiedSerializer(copy_photos(photos, target)).data)


class PicturesView(Api):
    def taken(self) -> tuple[Query, ...]:
        return (PhotoQuery,)

    @extend_schema(
        summary="The matching photos' pictures as a ZIP file",
        description="What goes while the file is made is listed in its `missing.txt`.",
        responses=answers({(200, "application/zip"): OpenApiTypes.BINARY}, 400, 404),
    )
    def get(self, request: ApiRequest) -> StreamingHttpResponse:
        photos = Wanted(request, PhotoQuery, self.version).photos()
        record(Kind.EXPORTED, about="by the API, as pictures")
        return download_pictures(photos)
