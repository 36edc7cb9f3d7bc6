"""People's answers and boxes, from an export or from labels made elsewhere."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from gallery.api.base import Api, ApiRequest
from gallery.api.schema import answers, of_type
from gallery.api.serializers import PictureField
from gallery.exchange.imports import import_corrections
from gallery.exchange.labels import OVER_HTTP
from gallery.exchange.records import ImportFailed
from gallery.models import Gallery, Role
from gallery.models.membership import check_role
from gallery.uploads.gate import too_large


class BadFile(ValidationError):
    default_code = "bad_file"


class ImportUpload(serializers.Serializer[Any]):
    """JSON lines as `GET /photos/export.jsonl` writes them, a table of labels, or COCO."""

    file = PictureField(allow_empty_file=True)


class UnmatchedSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Counted from 1.")
    reason = serializers.CharField()


class ImportedSerializer(serializers.Serializer[Any]):
    applied = serializers.IntegerField(help_text="How many answers are new or changed.")
    drawn = serializers.IntegerField(
        help_text="How many faces are drawn; their photos are queued to have them scored."
    )
    removed = serializers.IntegerField(help_text="How many more places are marked as not a face.")
    unchanged = serializers.IntegerField(help_text="How many answers and boxes were there already.")
    batch = serializers.UUIDField(help_text="What `POST /corrections/undo/` takes back.")
    unmatched = UnmatchedSerializer(many=True, help_text="The lines whose face was not found.")


class ImportView(Api):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        summary="Import people's answers and boxes",
        description="From JSON lines: photos are found by their hash, faces by their id or else by "
        "their place. A drawn face is drawn again unless there is one; what somebody marked as not "
        "a face is removed. From labels made elsewhere, a table of file names and attributes or "
        "COCO's annotations: photos are found by their names. All answers become yours. A file "
        "with any error changes nothing.",
        request={"multipart/form-data": of_type(ImportUpload, file="application/jsonl")},
        responses=answers({200: ImportedSerializer}, 400, 403, 404, 413, 415),
    )
    def post(self, request: ApiRequest, id: UUID) -> Response:
        gallery = get_object_or_404(Gallery.objects.visible_to(request.user), uuid=id)
        check_role(request.user, gallery, Role.EDITOR)
        upload = ImportUpload(data=request.data)
        upload.is_valid(raise_exception=True)
        file = upload.validated_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            raise BadFile({"file": [too_large("Send it in parts.")]})
        try:
            imported = import_corrections(gallery, file.open(), request.user, OVER_HTTP)
        except ImportFailed as error:
            raise BadFile({"file": [str(error)]}) from error
        return Response(ImportedSerializer(imported).data)
