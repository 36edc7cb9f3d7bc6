"""People's answers over REST: given for many faces at once, taken back, and listed."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from gallery.answers import undo as undoing
from gallery.answers.corrections import MOST_FACES, answer, withdraw
from gallery.api.base import ApiRequest, Rows
from gallery.api.fields import IdField
from gallery.api.queries import BoundedListField, HintedChoiceField, PageQuery, read_query
from gallery.api.schema import answers
from gallery.api.serializers import ANSWERS, AnswerSerializer
from gallery.models import Correction, Face, Gallery, Role
from gallery.models.answer import CorrectionQuerySet
from gallery.models.face import FaceQuerySet
from gallery.models.membership import check_roles
from ml.attributes import NAMES


class CorrectionQuery(serializers.Serializer[Any]):
    gallery = serializers.UUIDField(default=None, help_text="Only about faces of this gallery.")
    attribute = HintedChoiceField(
        choices=NAMES, default=None, help_text="Only about this attribute."
    )


class CorrectionSerializer(AnswerSerializer):
    """An answer, and what it is about."""

    face = serializers.UUIDField(source="face.uuid")
    photo = serializers.UUIDField(source="face.photo.uuid")
    attribute = serializers.ChoiceField(choices=NAMES)

    class Meta(AnswerSerializer.Meta):
        fields = ("face", "photo", "attribute", *AnswerSerializer.Meta.fields, "batch")
        read_only_fields = fields


class AnswerToGive(serializers.Serializer[Any]):
    """An answer about one attribute of some faces; null withdraws earlier answers."""

    faces = BoundedListField(child=IdField(), min_length=1, max_length=MOST_FACES)
    attribute = HintedChoiceField(choices=NAMES)
    answer = HintedChoiceField(choices=ANSWERS, allow_null=True)


class AnsweredSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many faces changed.")
    batch = serializers.UUIDField(
        allow_null=True, help_text="What `undo` takes back; null if nothing can be undone."
    )


class BatchToUndo(serializers.Serializer[Any]):
    batch = IdField()


class UndoneSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(
        help_text="How many answers, boxes and deletions were taken back."
    )


class CorrectionViewSet(Rows[Correction]):
    queries = {"list": (CorrectionQuery, PageQuery)}
    serializer_class = CorrectionSerializer

    def get_queryset(self) -> CorrectionQuerySet:
        return Correction.objects.visible_to(self.request.user)

    @extend_schema(
        summary="What people answered",
        description="Newest first; an answer that an undo brought back keeps its time.",
        responses=answers({200: CorrectionSerializer(many=True)}, 400, 404),
    )
    def list(self, request: ApiRequest) -> Response:
        query = read_query(CorrectionQuery, request)
        corrections = self.get_queryset().with_details()
        if query["gallery"]:
            galleries = Gallery.objects.visible_to(request.user)
            corrections = corrections.in_gallery(
                get_object_or_404(galleries, uuid=query["gallery"])
            )
        if query["attribute"]:
            corrections = corrections.about(query["attribute"])
        page = self.paginate_queryset(corrections)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Answer about an attribute of some faces",
        description="If one of the faces is in no gallery that you may edit, nothing is changed.",
        request=AnswerToGive,
        responses=answers({200: AnsweredSerializer}, 400, 403, 404, 413, 415),
    )
    def create(self, request: ApiRequest) -> Response:
        given = _read(AnswerToGive, request)
        faces = _faces(request.user, given["faces"])
        if given["answer"] is None:
            count = withdraw(faces, given["attribute"], request.user)
            done: dict[str, Any] = {"count": count, "batch": None}
        else:
            answered = answer(faces, given["attribute"], given["answer"] == "yes", request.user)
            done = {"count": answered.count, "batch": answered.batch}
        return Response(AnsweredSerializer(done).data)

    @extend_schema(
        summary='Undo one batch of answers, or a "not a face"',
        description="What was there before is restored. A removed face comes back with people's "
        "answers; if its photo has changed since, it is analyzed again. After a "
        "deletion, the photos come back from the trash.",
        request=BatchToUndo,
        responses=answers({200: UndoneSerializer}, 400, 403, 404, 413, 415),
    )
    @action(detail=False, methods=["post"])
    def undo(self, request: ApiRequest) -> Response:
        undone = undoing.undo(request.user, _read(BatchToUndo, request)["batch"])
        if not undone.count:
            raise Http404
        return Response(UndoneSerializer(undone).data)


def _faces(user: User, uuids: list[UUID]) -> FaceQuerySet:
    """The faces with these uuids; Http404 if the person may not see them all."""
    faces = Face.objects.visible_to(user).among(set(uuids))
    if faces.count() < len(set(uuids)):
        raise Http404
    check_roles(user, faces, Role.EDITOR)
    return faces


def _read(serializer: type[serializers.Serializer[Any]], request: ApiRequest) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    values: dict[str, Any] = body.validated_data
    return values
