"""Galleries over REST."""

from typing import cast

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from gallery.api.authentication import refuse_one_gallery
from gallery.api.base import ApiRequest, Rows
from gallery.api.schema import GONE, answers
from gallery.api.serializers import GallerySerializer
from gallery.library.trash import trash_gallery
from gallery.models import Gallery, Role
from gallery.models.counts import with_status_counts
from gallery.models.gallery import GalleryQuerySet
from gallery.models.membership import check_role, with_roles


@extend_schema_view(
    list=extend_schema(
        summary="Your galleries, and those that you are a member of",
        description="Newest first.",
        responses=answers({200: GallerySerializer}, 400),
    ),
    create=extend_schema(
        summary="Make a gallery", responses=answers({201: GallerySerializer}, 400, 403, 413, 415)
    ),
    retrieve=extend_schema(summary="A gallery", responses=answers({200: GallerySerializer}, 404)),
    partial_update=extend_schema(
        summary="Rename a gallery, or change whether models may learn from it",
        responses=answers({200: GallerySerializer}, 400, 403, 404, 413, 415),
    ),
    destroy=extend_schema(
        summary="Delete a gallery and its photos",
        description="It goes to the trash, or is gone at once where the site keeps none.",
        responses=answers({204: GONE}, 403, 404),
    ),
)
class GalleryViewSet(ModelViewSet[Gallery], Rows[Gallery]):
    request: ApiRequest
    serializer_class = GallerySerializer

    def get_queryset(self) -> GalleryQuerySet:
        user = self.request.user
        galleries = Gallery.objects.visible_to(user).select_related("owner")
        return with_roles(with_status_counts(galleries), user)

    def perform_create(self, serializer: BaseSerializer[Gallery]) -> None:
        refuse_one_gallery(self.request)
        serializer.save(owner=self.request.user).role = Role.OWNER

    def perform_update(self, serializer: BaseSerializer[Gallery]) -> None:
        gallery = cast(Gallery, serializer.instance)
        check_role(self.request.user, gallery, Role.OWNER)
        serializer.save()

    def perform_destroy(self, gallery: Gallery) -> None:
        check_role(self.request.user, gallery, Role.OWNER)
        trash_gallery(gallery)
