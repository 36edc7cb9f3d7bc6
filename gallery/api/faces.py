"""Faces over REST: listed, drawn by people, and removed as "not a face"."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.mixins import RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.answers import boxes
from gallery.api.base import Api, ApiRequest, Rows
from gallery.api.fields import NumberField, SideField
from gallery.api.queries import FaceQuery, PageQuery, Wanted
from gallery.api.schema import answers
from gallery.api.serializers import FaceSerializer, PhotoSerializer
from gallery.models import Face, Photo, Role
from gallery.models.answer import with_corrections, with_details
from gallery.models.face import FaceQuerySet
from gallery.models.membership import check_role


class BoxToDraw(serializers.Serializer[Any]):
    """A box within the upright picture, in fractions of it, from its upper left corner.

    It is at least 16 pixels wide and high.
    """

    x = NumberField(min_value=0, max_value=1)
    y = NumberField(min_value=0, max_value=1)
    w = SideField(max_value=1)
    h = SideField(max_value=1)


class RemovedSerializer(serializers.Serializer[Any]):
    batch = serializers.UUIDField(help_text="What `POST /corrections/undo/` takes back.")


@extend_schema_view(
    retrieve=extend_schema(summary="A face", responses=answers({200: FaceSerializer}, 404))
)
class FaceViewSet(RetrieveModelMixin, Rows[Face]):
    queries = {"list": (FaceQuery, PageQuery)}
    serializer_class = FaceSerializer

    def get_queryset(self) -> FaceQuerySet:
        return with_corrections(Face.objects.visible_to(self.request.user).with_photo())

    @extend_schema(
        summary="Faces, filtered and sorted",
        description="With `match=every` only faces of photos on which every face matches.",
        responses=answers({200: FaceSerializer(many=True)}, 400, 404),
    )
    def list(self, request: Request) -> Response:
        wanted = Wanted(request, FaceQuery, self.version)
        faces = self.paginate_queryset(with_corrections(wanted.faces().with_photo()))
        return self.get_paginated_response(self.get_serializer(faces, many=True).data)

    @extend_schema(
        summary="Remove a box that does not hold a face",
        description="It goes together with the answers about it, and no later analysis brings it "
        "back; `POST /corrections/undo/` does. Where it was drawn, an analysis may still find a "
        "face.",
        responses=answers({200: RemovedSerializer}, 403, 404),
    )
    def destroy(self, request: ApiRequest, id: UUID) -> Response:
        face = self.get_object()
        check_role(request.user, face.photo.gallery, Role.EDITOR)
        batch = boxes.remove_face(face, request.user)
        if batch is None:
            raise Http404
        return Response(RemovedSerializer({"batch": batch}).data)


class DrawnFacesView(Api):
    @extend_schema(
        summary="Draw a face that was not found",
        description="The box, made square, is kept; the photo is queued and scored again.",
        request=BoxToDraw,
        responses=answers({202: PhotoSerializer}, 400, 403, 404, 413, 415),
    )
    def post(self, request: ApiRequest, id: UUID) -> Response:
        photos = with_details(Photo.objects.visible_to(request.user))
        photo = get_object_or_404(photos, uuid=id)
        check_role(request.user, photo.gallery, Role.EDITOR)
        box = BoxToDraw(data=request.data)
        box.is_valid(raise_exception=True)
        place = box.validated_data
        try:
            boxes.draw_face(photo, (place["x"], place["y"], place["w"], place["h"]), request.user)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        return Response(self._represent(photos, id), status.HTTP_202_ACCEPTED)

    def _represent(self, photos: Any, id: UUID) -> dict[str, Any]:
        context = {"request": self.request, "view": self}
        return PhotoSerializer(get_object_or_404(photos, uuid=id), context=context).data
