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
from gallery.api.bodies import StrictSerializer, either, read_body
from gallery.api.fields import ExpressionField, IdField
from gallery.api.queries import (
    BoundedListField,
    HintedChoiceField,
    PhotoQuery,
    Wanted,
    read_query,
)
from gallery.api.schema import answers
from gallery.audit import Kind, record
from gallery.exchange.pictures import download_pictures
from gallery.filters.look import Look
from gallery.library.moves import GalleryGone, move_photos
from gallery.library.trash import trash_photos
from gallery.models import Gallery, Photo, Role
from gallery.models.membership import check_role, check_roles
from gallery.models.photo import PhotoQuerySet
from gallery.models.saved_filter import MATCHES
from gallery.uploads.copying import copy_photos
from ml.models import ModelVersion

MOST_PHOTOS = 1000  # that a body may name, and that are copied in one request


class NamedPhotos(StrictSerializer):
    """These photos."""

    photos = BoundedListField(child=IdField(), min_length=1, max_length=MOST_PHOTOS)


class MatchingPhotos(StrictSerializer):
    """All photos of a gallery that match a filter, if there is one."""

    gallery = IdField(help_text="All its photos that match the filter.")
    attrs = ExpressionField(
        required=False, allow_blank=True, help_text="The filter, as for `GET /photos/`."
    )
    match = HintedChoiceField(choices=MATCHES, required=False)
    status = HintedChoiceField(choices=Photo.Status.choices, required=False)


class Destination(StrictSerializer):
    to = IdField(help_text="The gallery that they go to.")


class NamedPhotosToMove(NamedPhotos, Destination):
    """These photos, and where they go."""


class MatchingPhotosToMove(MatchingPhotos, Destination):
    """All photos of a gallery that match a filter, and where they go."""


PHOTOS = (NamedPhotos, MatchingPhotos)
PHOTOS_TO_MOVE = (NamedPhotosToMove, MatchingPhotosToMove)


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


def named(photos: PhotoQuerySet, uuids: list[UUID]) -> PhotoQuerySet:
    """The photos with these uuids; Http404 if they are not all there."""
    found = photos.among(set(uuids))
    if found.count() < len(set(uuids)):
        raise Http404
    return found


def taken(request: ApiRequest, given: dict[str, Any], role: Role = Role.VIEWER) -> PhotoQuerySet:
    """The photos that a body asks for, among those that the person may see.

    Raises PermissionDenied, with a sentence, if they lack the role in one of the galleries.
    """
    photos = _asked(request, given)
    if role != Role.VIEWER:
        check_roles(request.user, photos, role)
    return photos


def _asked(request: ApiRequest, given: dict[str, Any]) -> PhotoQuerySet:
    photos = Photo.objects.visible_to(request.user)
    if "photos" in given:
        return named(photos, given["photos"])
    photos = photos.in_gallery(_gallery(request, given["gallery"]))
    if "status" in given:
        photos = photos.with_status(given["status"])
    look = Look.of(attrs=given.get("attrs", ""), match=given.get("match", "any"))
    look.check(request.user)
    return look.photos(photos, ModelVersion.objects.active())


def _gallery(request: ApiRequest, uuid: UUID, role: Role = Role.VIEWER) -> Gallery:
    gallery = get_object_or_404(Gallery.objects.visible_to(request.user), uuid=uuid)
    if role != Role.VIEWER:
        check_role(request.user, gallery, role)
    return gallery


class DeletePhotosView(Api):
    @extend_schema(
        summary="Delete many photos",
        description="They go to the trash, or are gone at once where the site keeps none. If one "
        "of the photos is not in a gallery that you may edit, nothing is deleted.",
        request=either(PHOTOS),
        responses=answers({200: TrashedSerializer}, 400, 403, 404, 413, 415),
    )
    def post(self, request: ApiRequest) -> Response:
        trashed = trash_photos(taken(request, read_body(request, *PHOTOS), Role.EDITOR))
        return Response(TrashedSerializer(trashed).data)


class MovePhotosView(Api):
    @extend_schema(
        summary="Move many photos to another gallery",
        description="With their faces and people's answers; their ids stay. Both galleries must be "
        "your own.",
        request=either(PHOTOS_TO_MOVE),
        responses=answers({200: MovedSerializer}, 400, 403, 404, 413, 415),
    )
    def post(self, request: ApiRequest) -> Response:
        given = read_body(request, *PHOTOS_TO_MOVE)
        photos = taken(request, given, Role.OWNER)
        target = _gallery(request, given["to"], Role.OWNER)
        try:
            return Response(MovedSerializer(move_photos(photos, target)).data)
        except GalleryGone:
            raise Http404 from None


class CopyPhotosView(Api):
    @extend_schema(
        summary="Copy many photos to another gallery",
        description="The copies have files, faces and answers of their own, and are not analyzed "
        "again. They count in the quota of the gallery's owner. "
        f"At most {MOST_PHOTOS} photos in one request.",
        request=either(PHOTOS_TO_MOVE),
        responses=answers({200: CopiedSerializer}, 400, 403, 404, 413, 415, 503, 507),
    )
    def post(self, request: ApiRequest) -> Response:
        given = read_body(request, *PHOTOS_TO_MOVE)
        photos, target = taken(request, given), _gallery(request, given["to"], Role.EDITOR)
        seen = Photo.objects.visible_to(request.user)
        if (count := photos.count()) > MOST_PHOTOS:
            raise serializers.ValidationError(
                f"{count} photos match: copy at most {MOST_PHOTOS} in one request."
            )
        return Response(CopiedSerializer(copy_photos(photos, target, seen)).data)


class OriginalsQuery(serializers.Serializer[Any]):
    originals = serializers.BooleanField(
        default=False, help_text="The files as they were uploaded, of the galleries that you own."
    )


class PicturesView(Api):
    is_streamed = True

    def taken(self) -> tuple[Query, ...]:
        return (PhotoQuery, OriginalsQuery)

    @extend_schema(
        summary="The matching photos' pictures as a ZIP file",
        description="What goes while the file is made is listed in its `missing.txt`. With "
        "`originals`, a photo's file as it was uploaded takes its place, where that is kept.",
        responses=answers({(200, "application/zip"): OpenApiTypes.BINARY}, 400, 404),
    )
    def get(self, request: ApiRequest) -> StreamingHttpResponse:
        wanted = Wanted(request, PhotoQuery, self.version)
        has_originals = read_query(OriginalsQuery, request)["originals"]
        owner = wanted.gallery.owner if wanted.gallery else None
        record(Kind.EXPORTED, person=owner, about="by the API, as pictures")
        return download_pictures(
            wanted.photos(), request.user, wanted.gallery, has_originals=has_originals
        )
