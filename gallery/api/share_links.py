"""Links to shared albums over REST: listed, made and revoked."""

from datetime import timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import CreateModelMixin, DestroyModelMixin, ListModelMixin

from gallery.api.base import Rows
from gallery.api.fields import OF_COLUMNS, IdField, TextField, WholeNumberField
from gallery.api.schema import GONE, answers
from gallery.models import Gallery, Role, SavedFilter, ShareLink
from gallery.models.membership import check_role
from gallery.models.share_link import ShareLinkQuerySet
from gallery.sharing.links import make_link, revoke_link

MOST_DAYS = 3650


class ShareLinkSerializer(serializers.ModelSerializer[ShareLink]):
    serializer_field_mapping = OF_COLUMNS

    id = serializers.UUIDField(source="uuid", read_only=True)
    gallery = IdField(source="gallery.uuid", help_text="The gallery it opens.")
    filter = IdField(
        source="saved_filter.uuid",
        default=None,
        allow_null=True,
        help_text="A saved filter of the gallery: the link shows what it finds. Null: all photos.",
    )
    days = WholeNumberField(
        write_only=True,
        default=30,
        allow_null=True,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="For how many days it opens. Null: until it is revoked.",
    )
    password = TextField(
        write_only=True,
        default=None,
        allow_null=True,
        trim_whitespace=False,
        min_length=6,
        max_length=100,
        help_text="What visitors have to type first. Null: nothing.",
    )
    address = serializers.SerializerMethodField(
        help_text="Where it opens. It is told once, when the link is made; null afterwards.",
        allow_null=True,
    )

    class Meta:
        model = ShareLink
        fields = (
            "id",
            "gallery",
            "filter",
            "days",
            "password",
            "has_password",
            "allows_download",
            "shows_sensitive",
            "views",
            "created_at",
            "expires_at",
            "address",
        )
        extra_kwargs = {
            "allows_download": {"help_text": "Whether photos can be had in full size."},
            "shows_sensitive": {"help_text": "Whether attributes are shown that may offend."},
            "views": {"help_text": "How often the album was opened."},
        }

    def get_address(self, link: ShareLink) -> str | None:
        if not link.token:
            return None
        path = reverse("gallery:shared", args=[link.token])
        return str(self.context["request"].build_absolute_uri(path))

    def create(self, data: dict[str, Any]) -> ShareLink:
        user = self.context["request"].user
        galleries = Gallery.objects.visible_to(user)
        gallery = get_object_or_404(galleries, uuid=data.pop("gallery")["uuid"])
        check_role(user, gallery, Role.OWNER)
        wanted, days = data.pop("saved_filter")["uuid"], data.pop("days")
        filters = SavedFilter.objects.visible_to(user).in_gallery(gallery)
        saved = get_object_or_404(filters, uuid=wanted) if wanted else None
        lasts = days and timedelta(days=days)
        return make_link(gallery, saved_filter=saved, lasts=lasts, **data)


@extend_schema_view(
    list=extend_schema(
        summary="Your links to shared albums",
        description="Newest first, without those that were revoked.",
        responses=answers({200: ShareLinkSerializer(many=True)}, 400),
    ),
    create=extend_schema(
        summary="Share a gallery, or what a saved filter finds, by a link",
        responses=answers({201: ShareLinkSerializer}, 400, 403, 404, 413, 415),
    ),
    destroy=extend_schema(
        summary="Revoke a link",
        description="From then on it opens nothing, not even thumbnails on a page that is open.",
        responses=answers({204: GONE}, 403, 404),
    ),
)
class ShareLinkViewSet(ListModelMixin, CreateModelMixin, DestroyModelMixin, Rows[ShareLink]):
    serializer_class = ShareLinkSerializer

    def get_queryset(self) -> ShareLinkQuerySet:
        return ShareLink.objects.visible_to(self.request.user).kept().with_album()

    def perform_destroy(self, link: ShareLink) -> None:
        revoke_link(link)
