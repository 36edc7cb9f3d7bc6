"""The trash over REST: listed, restored from, and emptied."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from gallery.api.base import ApiRequest, Rows
from gallery.api.bodies import StrictSerializer, either, read_body
from gallery.api.bulk import NamedPhotos, named
from gallery.api.fields import IdField
from gallery.api.queries import PageQuery
from gallery.api.schema import GONE, answers
from gallery.api.serializers import GallerySerializer
from gallery.library import trash
from gallery.models import Gallery, Photo, Role
from gallery.models.counts import with_status_counts
from gallery.models.gallery import GalleryQuerySet
from gallery.models.membership import check_roles, with_roles
from gallery.models.photo import PhotoQuerySet


class InTrash(serializers.Serializer[Any]):
    deleted_at = serializers.DateTimeField()
    goes_at = serializers.SerializerMethodField(
        help_text="From when on the daily sweep deletes it for good."
    )
    batch = serializers.UUIDField(help_text="What was deleted together.")

    def get_goes_at(self, row: Photo | Gallery) -> datetime:
        return trash.goes_at(row.deleted_at or row.created_at)


class TrashedPhoto(InTrash):
    """A photo in the trash."""

    id = serializers.UUIDField(source="uuid")
    gallery = serializers.UUIDField(
        source="gallery.trash_of.uuid", help_text="Where it comes from, and goes back to."
    )
    name = serializers.CharField(source="original_name")
    # Shadows a name of Python's, as in `Photo`.
    bytes = serializers.IntegerField()


class TrashedGallery(InTrash):
    """A gallery in the trash, with all its photos."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()


class PhotosOfBatch(StrictSerializer):
    """Photos that were deleted together."""

    batch = IdField()


TO_RESTORE = (NamedPhotos, PhotosOfBatch)


class RestoredSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(source="photos", help_text="How many photos came back.")
    stayed = serializers.IntegerField(
        help_text="How many stay in the trash: their gallery has their files again."
    )


class ErasedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many photos are gone for good.")


class TrashViewSet(Rows[Photo]):
    serializer_class = TrashedPhoto

    def get_queryset(self) -> PhotoQuerySet:
        photos = Photo.objects.in_trash_of(self.request.user).last_deleted_first()
        return photos.select_related("gallery__trash_of")

    @extend_schema(
        summary="The photos in the trash",
        description="What was deleted last comes first. They count in the quota until they go.",
        responses=answers({200: TrashedPhoto(many=True)}, 400),
    )
    def list(self, request: ApiRequest) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Restore photos from the trash",
        description="They go back to their galleries, with the ids, faces and answers that they "
        "had. If one of the photos is not in your trash, nothing is restored.",
        request=either(TO_RESTORE),
        responses=answers({200: RestoredSerializer}, 400, 403, 404, 413, 415),
    )
    @action(detail=False, methods=["post"])
    def restore(self, request: ApiRequest) -> Response:
        given = read_body(request, *TO_RESTORE)
        photos = Photo.objects.in_trash_of(request.user)
        photos = named(photos, given["photos"]) if "photos" in given else photos.filter(**given)
        return Response(RestoredSerializer(trash.restore_photos(photos)).data)

    @extend_schema(
        summary="Delete photos of the trash for good",
        description="They must be of your own galleries.",
        request=NamedPhotos,
        responses=answers({200: ErasedSerializer}, 400, 403, 404, 413, 415),
    )
    @action(detail=False, methods=["post"])
    def erase(self, request: ApiRequest) -> Response:
        uuids = read_body(request, NamedPhotos)["photos"]
        photos = named(Photo.objects.in_trash_of(request.user), uuids)
        check_roles(request.user, photos, Role.OWNER, "gallery__trash_of")
        return Response(ErasedSerializer({"count": trash.erase_photos(photos)}).data)

    @extend_schema(
        summary="Empty the trash",
        description="All photos and galleries of yours in it are deleted for good.",
        request=None,
        responses=answers({200: ErasedSerializer}, 403),
    )
    @action(detail=False, methods=["post"])
    def empty(self, request: ApiRequest) -> Response:
        return Response(ErasedSerializer({"count": trash.empty(request.user)}).data)


class TrashedGalleryViewSet(Rows[Gallery]):
    queries = {"list": (PageQuery,)}
    serializer_class = TrashedGallery

    def get_queryset(self) -> GalleryQuerySet:
        return Gallery.objects.in_trash_of(self.request.user)

    @extend_schema(
        summary="The galleries in the trash",
        description="The newest first.",
        responses=answers({200: TrashedGallery(many=True)}, 400),
    )
    def list(self, request: ApiRequest) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Delete a gallery of the trash for good",
        responses=answers({204: GONE}, 403, 404),
    )
    def destroy(self, request: ApiRequest, id: UUID) -> Response:
        trash.erase_galleries(self.get_queryset().only_this(self.get_object()))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Restore a gallery from the trash",
        request=None,
        responses=answers({200: GallerySerializer}, 403, 404),
    )
    @action(detail=True, methods=["post"])
    def restore(self, request: ApiRequest, id: UUID) -> Response:
        trash.restore_galleries(self.get_queryset().only_this(self.get_object()))
        back = with_roles(with_status_counts(Gallery.objects.owned_by(request.user)), request.user)
        gallery = get_object_or_404(back, uuid=id)
        return Response(GallerySerializer(gallery, context={"request": request}).data)
