"""Photos that look alike, over REST."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from gallery.api.base import Api, ApiRequest, Rows
from gallery.api.bodies import StrictSerializer, read_body
from gallery.api.bulk import named
from gallery.api.fields import IdField
from gallery.api.queries import BoundedListField
from gallery.api.schema import answers
from gallery.api.serializers import LinkField
from gallery.library.duplicates import LARGEST, MOST_PHOTOS, find_alike
from gallery.models import Gallery, KeptPair, Photo, Role
from gallery.models.membership import check_role
from gallery.models.photo import PhotoQuerySet


class AlikePhoto(serializers.ModelSerializer[Photo]):
    """A photo that looks like another."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField(source="original_name")
    url = LinkField("api:photo-detail")

    class Meta:
        model = Photo
        fields = ("id", "name", "width", "height", "bytes", "created_at", "url")


class AlikeSerializer(serializers.Serializer[Any]):
    """Photos that look alike."""

    best = AlikePhoto(help_text="The most pixels, then bytes, then answers, then the oldest.")
    others = AlikePhoto(many=True)


class PhotosToKeep(StrictSerializer):
    photos = BoundedListField(child=IdField(), min_length=2, max_length=LARGEST)


def photos_of(request: ApiRequest, gallery: UUID, role: Role = Role.VIEWER) -> PhotoQuerySet:
    """The photos of a gallery.

    Raises Http404 if the person may not see it, or PermissionDenied, with a sentence, if they
    lack the role.
    """
    found = get_object_or_404(Gallery.objects.visible_to(request.user), uuid=gallery)
    check_role(request.user, found, role)
    return Photo.objects.visible_to(request.user).in_gallery(found)


class DuplicatesView(Rows[Photo]):
    serializer_class = AlikeSerializer

    @extend_schema(
        summary="Photos of a gallery that look alike",
        description="Groups around the best of each, those with the newest best one first. The "
        f"newest {MOST_PHOTOS:,} photos are compared. To keep the best, send the others to "
        "`POST /photos/delete/`.",
        responses=answers({200: AlikeSerializer(many=True)}, 400, 404),
    )
    def list(self, request: ApiRequest, id: UUID) -> Response:
        photos = photos_of(request, id)
        groups = {group.best: group.others for group in find_alike(photos)}
        page = self.paginate_queryset(photos.filter(pk__in=groups)) or []
        rows = photos.in_bulk([key for photo in page for key in groups[photo.pk]])
        alike = [
            {"best": photo, "others": [rows[key] for key in groups[photo.pk] if key in rows]}
            for photo in page
        ]
        return self.get_paginated_response(self.get_serializer(alike, many=True).data)


class KeepView(Api):
    @extend_schema(
        summary="Keep photos that look alike",
        description="None of them is listed beside another of them again.",
        request=PhotosToKeep,
        responses=answers({204: None}, 400, 403, 404, 413, 415),
    )
    def post(self, request: ApiRequest, id: UUID) -> Response:
        photos = named(
            photos_of(request, id, Role.EDITOR), read_body(request, PhotosToKeep)["photos"]
        )
        KeptPair.objects.keep(photos.values_list("pk", flat=True))
        return Response(status=status.HTTP_204_NO_CONTENT)
