"""The 40 attributes over REST, and how many photos each would leave."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.api.base import Api
from gallery.api.queries import FilterQuery, Wanted
from gallery.api.schema import answers
from ml.attributes import ATTRIBUTES, GROUPS, NAMES
from ml.evaluation.calibration import Thresholds


class ThresholdsSerializer(serializers.Serializer):
    """At or above `yes` it is yes, below `no` it is no, between them unsure."""

    yes = serializers.FloatField(min_value=0, max_value=1)
    no = serializers.FloatField(min_value=0, max_value=1)


class AttributeSerializer(serializers.Serializer):
    name = serializers.ChoiceField(choices=NAMES)
    label = serializers.CharField()
    group = serializers.ChoiceField(choices=GROUPS)
    thresholds = ThresholdsSerializer(
        allow_null=True, help_text="Of the active model; null without one."
    )


def describe_attributes(thresholds: dict[str, Thresholds] | None) -> list[dict[str, Any]]:
    """The 40 attributes as AttributeSerializer takes them."""
    return [
        {
            "name": attribute.name,
            "label": attribute.label,
            "group": attribute.group,
            "thresholds": thresholds and thresholds[attribute.name],
        }
        for attribute in ATTRIBUTES
    ]


class FacetCount(serializers.Serializer):
    """How many photos an attribute's yes, its no and its unsure would leave."""

    yes = serializers.IntegerField()
    no = serializers.IntegerField()
    unsure = serializers.IntegerField()


class FacetCounts(serializers.Serializer):
    """The counts of each of the 40 attributes."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {name: FacetCount() for name in NAMES}


class FacetsSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="How many photos match the filter as it is.")
    attributes = FacetCounts()


class FacetsView(Api):
    queries = {"get": (FilterQuery,)}

    @extend_schema(
        summary="How many photos each attribute would leave",
        description="The photos that match, counted; and for each attribute how many there would "
        "be with its yes, its no or its unsure in the filter.",
        responses=answers({200: FacetsSerializer}, 400, 404),
    )
    def get(self, request: Request) -> Response:
        facets = Wanted(request, FilterQuery, self.version).facets()
        counts = {"count": facets.found, "attributes": facets.counts}
        return Response(FacetsSerializer(counts).data)


class AttributesView(Api):
    @extend_schema(
        summary="The 40 attributes",
        description="In the data set's own order, with the active model's thresholds.",
        responses=answers({200: AttributeSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        return Response(AttributeSerializer(describe_attributes(self.thresholds), many=True).data)
