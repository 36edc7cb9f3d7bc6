"""The 40 attributes over REST, and how many photos match each."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.api.base import Api
from gallery.api.queries import FilterQuery, Wanted
from gallery.api.schema import answers
from gallery.filters.facets import FACE_COUNTS
from ml.attributes import ATTRIBUTES, GROUPS, NAMES
from ml.evaluation.decisions import Thresholds


class ThresholdsSerializer(serializers.Serializer[Any]):
    """At or above `yes` it is yes, below `no` it is no, between them unsure."""

    yes = serializers.FloatField(min_value=0, max_value=1)
    no = serializers.FloatField(min_value=0, max_value=1)


class AttributeSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=NAMES)
    label = serializers.CharField()  # type: ignore[assignment]  # shadows Field.label
    group = serializers.ChoiceField(choices=GROUPS)
    thresholds = ThresholdsSerializer(
        allow_null=True,
        help_text="The active model's, fitted on the faces that it was validated on; null without "
        "one.",
    )


def describe_attributes(thresholds: dict[str, Thresholds] | None) -> list[dict[str, Any]]:
    """The 40 attributes, as AttributeSerializer expects them."""
    return [
        {
            "name": attribute.name,
            "label": attribute.label,
            "group": attribute.group,
            "thresholds": thresholds[attribute.name] if thresholds else None,
        }
        for attribute in ATTRIBUTES
    ]


class FacetCountSerializer(serializers.Serializer[Any]):
    """How many photos match with the attribute's yes, no or unsure in the filter."""

    yes = serializers.IntegerField()
    no = serializers.IntegerField()
    unsure = serializers.IntegerField()


class FacetCounts(serializers.Serializer[Any]):
    """The counts of each of the 40 attributes."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: FacetCountSerializer() for name in NAMES}


class FaceCounts(serializers.Serializer[Any]):
    """How many photos match with each number of faces in the filter."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {term: serializers.IntegerField() for term in FACE_COUNTS}


class FacetsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many photos match the filter as it is.")
    faces = serializers.IntegerField(help_text="How many faces match, on these photos.")
    attributes = FacetCounts()
    face_counts = FaceCounts(
        help_text="With each of these terms instead of the filter's own about the number of faces."
    )


class FacetsView(Api):
    queries = {"get": (FilterQuery,)}

    @extend_schema(
        summary="How many photos match with each attribute",
        description="How many photos match the filter, and how many would with each attribute's "
        "yes, no or unsure in it, or with each number of faces.",
        responses=answers({200: FacetsSerializer}, 400, 404),
    )
    def get(self, request: Request) -> Response:
        facets = Wanted(request, FilterQuery, self.version).facets()
        counts = {
            "count": facets.found,
            "faces": facets.faces,
            "attributes": facets.counts,
            "face_counts": facets.face_counts,
        }
        return Response(FacetsSerializer(counts).data)


class AttributesView(Api):
    @extend_schema(
        summary="The 40 attributes",
        description="In CelebA's order, with the active model's thresholds.",
        responses=answers({200: AttributeSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        return Response(AttributeSerializer(describe_attributes(self.thresholds), many=True).data)
