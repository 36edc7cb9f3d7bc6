"""Webhooks over REST: made, listed, changed, tried and deleted by their owners."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from gallery.api.authentication import refuse_one_gallery
from gallery.api.base import Rows
from gallery.api.errors import Conflict
from gallery.api.fields import FlagField, IdField, TextField
from gallery.api.queries import BoundedListField, HintedChoiceField, PageQuery
from gallery.api.schema import GONE, answers
from gallery.models import Gallery, Webhook, WebhookDelivery
from gallery.models.changes import change
from gallery.models.webhook import MOST_OF_A_PERSON, TEST, URL_LENGTH, WebhookQuerySet
from gallery.webhooks import managing
from gallery.webhooks.addresses import Refused, check_url

EVENTS = Webhook.Event.values


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    gallery = IdField(
        source="gallery.uuid",
        default=None,
        allow_null=True,
        help_text="The only gallery that it hears of; null: all that you own. It stays.",
    )
    url = TextField(
        max_length=URL_LENGTH,
        help_text="Where messages are sent to, by POST: `https://`, and no private network.",
    )
    events = BoundedListField(
        child=HintedChoiceField(choices=EVENTS),
        min_length=1,
        max_length=len(EVENTS),
        help_text="What it hears of.",
    )
    is_active = FlagField(
        default=True, help_text="False: nothing is sent. True again forgets earlier failures."
    )
    disabled_because = serializers.CharField(
        read_only=True, help_text="Why the site turned it off; else empty."
    )
    secret = serializers.SerializerMethodField(
        help_text="What signs the messages. It is told once, when it is made; null afterwards.",
        allow_null=True,
    )

    class Meta:
        model = Webhook
        fields = (
            "id",
            "gallery",
            "url",
            "events",
            "is_active",
            "disabled_because",
            "failing_since",
            "created_at",
            "secret",
        )
        read_only_fields = ("failing_since", "created_at")

    def get_secret(self, hook: Webhook) -> str | None:
        told: str | None = self.context.get("secret")
        return told

    def validate_url(self, url: str) -> str:
        try:
            check_url(url)
        except Refused as error:
            raise serializers.ValidationError(str(error)) from error
        return url

    def validate_events(self, events: list[str]) -> list[str]:
        return [event for event in EVENTS if event in events]  # each once, in one order

    def create(self, data: dict[str, Any]) -> Webhook:
        user, wanted = self.context["request"].user, data.pop("gallery")["uuid"]
        if wanted is None:
            refuse_one_gallery(self.context["request"])
        galleries = Gallery.objects.owned_by(user)
        gallery = get_object_or_404(galleries, uuid=wanted) if wanted else None
        try:
            hook, self.context["secret"] = managing.make_webhook(user, gallery=gallery, **data)
        except managing.TooMany as error:
            raise Conflict(str(error)) from error
        return hook

    def update(self, hook: Webhook, data: dict[str, Any]) -> Webhook:
        data.pop("gallery", None)
        is_active = data.pop("is_active", None)
        for name, value in data.items():
            setattr(hook, name, value)
        change(hook, *data)
        if is_active is not None:
            (managing.turn_on if is_active else managing.turn_off)(hook)
        hook.refresh_from_db()
        return hook


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    id = serializers.CharField(
        source="message_id", help_text="What the header `webhook-id` says at each try."
    )
    event = serializers.ChoiceField(choices=[*EVENTS, TEST])
    status = serializers.IntegerField(
        allow_null=True, help_text="The status of the last answer; null if there was none."
    )
    failure = serializers.CharField(help_text="Why the last try failed; else empty.")
    next_at = serializers.DateTimeField(
        allow_null=True, help_text="When it is tried next; null if it is sent no more."
    )

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "event",
            "created_at",
            "tries",
            "status",
            "failure",
            "next_at",
            "delivered_at",
        )
        read_only_fields = fields


class SecretSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="The new secret. It is told this once.")


@extend_schema_view(
    list=extend_schema(
        summary="Your webhooks",
        description="Newest first.",
        responses=answers({200: WebhookSerializer(many=True)}, 400),
    ),
    create=extend_schema(
        summary="Make a webhook",
        description=f"At most {MOST_OF_A_PERSON} a person; then 409.",
        responses=answers({201: WebhookSerializer}, 400, 403, 404, 409, 413, 415),
    ),
    retrieve=extend_schema(summary="A webhook", responses=answers({200: WebhookSerializer}, 404)),
    partial_update=extend_schema(
        summary="Change a webhook, or turn it off or on",
        responses=answers({200: WebhookSerializer}, 400, 403, 404, 413, 415),
    ),
    destroy=extend_schema(
        summary="Delete a webhook",
        description="What it has not been sent goes, too.",
        responses=answers({204: GONE}, 403, 404),
    ),
)
class WebhookViewSet(ModelViewSet[Webhook], Rows[Webhook]):
    queries = {"list": (PageQuery,), "deliveries": (PageQuery,)}
    serializer_class = WebhookSerializer

    def get_queryset(self) -> WebhookQuerySet:
        return Webhook.objects.visible_to(self.request.user).with_gallery()

    def perform_create(self, serializer: BaseSerializer[Webhook]) -> None:
        serializer.save()

    def perform_destroy(self, hook: Webhook) -> None:
        managing.delete_webhook(hook)

    @extend_schema(
        summary="Send a test message",
        description="Its type is `test`. It is tried once; `deliveries` tells how it went.",
        request=None,
        responses=answers({202: OpenApiResponse(description="It is on its way.")}, 403, 404, 409),
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: UUID) -> Response:
        if not managing.send_test(self.get_object()):
            raise Conflict(managing.TURNED_OFF)
        return Response(status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="Make a new secret",
        description="For a day, messages are signed by the old one, too.",
        request=None,
        responses=answers({200: SecretSerializer}, 403, 404),
    )
    @action(detail=True, methods=["post"])
    def secret(self, request: Request, id: UUID) -> Response:
        return Response({"secret": managing.renew_secret(self.get_object())})

    @extend_schema(
        summary="What a webhook was sent, or is to be sent",
        description="Newest first; messages are kept for seven days.",
        responses=answers({200: DeliverySerializer(many=True)}, 400, 404),
    )
    @action(detail=True, methods=["get"])
    def deliveries(self, request: Request, id: UUID) -> Response:
        sent: Any = self.get_object().deliveries.all()  # not of this view's own rows
        rows = self.paginate_queryset(sent)
        return self.get_paginated_response(DeliverySerializer(rows, many=True).data)
