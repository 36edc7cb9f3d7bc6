"""How much a person keeps over REST, and how much they may."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from gallery.api.base import Api, ApiRequest
from gallery.api.schema import answers
from gallery.models.quota import Limits, Usage


class UsedSerializer(serializers.Serializer[Any]):
    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True, help_text="Null: no limit.")


class UsageSerializer(serializers.Serializer[Any]):
    photos = UsedSerializer()
    bytes = UsedSerializer()


class UsageView(Api):
    @extend_schema(
        summary="How much you keep, and may keep",
        description="Photos, and bytes of their pictures and originals, of all your galleries "
        "together, whichever of them the token opens.",
        responses=answers({200: UsageSerializer}),
    )
    def get(self, request: ApiRequest) -> Response:
        used, limits = Usage.of(request.user.pk), Limits.of(request.user.pk)
        return Response(
            {
                "photos": {"used": used.photos, "limit": limits.photos or None},
                "bytes": {"used": used.bytes, "limit": limits.bytes or None},
            }
        )
