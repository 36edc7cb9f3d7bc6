"""Saved filters over REST: listed, made and deleted."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import CreateModelMixin, DestroyModelMixin, ListModelMixin

from gallery.api.base import Rows
from gallery.api.fields import OF_COLUMNS, ExpressionField, IdField
from gallery.api.queries import HintedChoiceField
from gallery.api.schema import GONE, answers
from gallery.api.serializers import LinkField
from gallery.filters.names import check_names
from gallery.filters.parsing import parse
from gallery.filters.saved import NameTaken, save_filter
from gallery.filters.terms import FilterError
from gallery.models import Gallery, SavedFilter
from gallery.models.saved_filter import SavedFilterQuerySet


class SavedFilterSerializer(serializers.ModelSerializer[SavedFilter]):
    serializer_choice_field = HintedChoiceField
    serializer_field_mapping = OF_COLUMNS

    id = serializers.UUIDField(source="uuid", read_only=True)
    gallery = IdField(source="gallery.uuid", help_text="The gallery it belongs to.")
    attrs = ExpressionField(
        default="",
        allow_blank=True,
        help_text="The filter, as `GET /photos/` takes it.",
    )
    page = LinkField("gallery:saved_filter")

    class Meta:
        model = SavedFilter
        fields = ("id", "gallery", "name", "attrs", "match", "created_at", "page")
        extra_kwargs = {
            "name": {"help_text": "Unique in the gallery."},
            "match": {"default": "any"},
        }

    def validate_attrs(self, text: str) -> str:
        """The filter in its canonical form."""
        try:
            expression = parse(text)
            check_names(expression, self.context["request"].user)
            return str(expression)
        except FilterError as error:
            raise serializers.ValidationError(str(error)) from error

    def create(self, data: dict[str, Any]) -> SavedFilter:
        user = self.context["request"].user
        uuid = data.pop("gallery")["uuid"]
        gallery = get_object_or_404(Gallery.objects.visible_to(user), uuid=uuid)
        row = SavedFilter(owner=user, gallery=gallery, **data)
        try:
            save_filter(row)
        except NameTaken as error:
            raise serializers.ValidationError({"name": [str(error)]}) from error
        return row


@extend_schema_view(
    list=extend_schema(
        summary="Your saved filters",
        description="Newest first.",
        responses=answers({200: SavedFilterSerializer(many=True)}, 400),
    ),
    create=extend_schema(
        summary="Save a filter under a name",
        responses=answers({201: SavedFilterSerializer}, 400, 403, 404, 413, 415),
    ),
    destroy=extend_schema(
        summary="Delete a saved filter",
        responses=answers({204: GONE}, 403, 404),
    ),
)
class SavedFilterViewSet(ListModelMixin, CreateModelMixin, DestroyModelMixin, Rows[SavedFilter]):
    serializer_class = SavedFilterSerializer

    def get_queryset(self) -> SavedFilterQuerySet:
        return SavedFilter.objects.visible_to(self.request.user).with_gallery()
