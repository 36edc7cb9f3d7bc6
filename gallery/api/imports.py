"""What people said, brought back from an export."""

from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.api.base import Api
from gallery.api.schema import answers
from gallery.api.serializers import PictureField
from gallery.exchange.imports import ImportFailed, import_corrections
from gallery.models import Gallery


class BadFile(ValidationError):
    default_code = "bad_file"


class ImportUpload(serializers.Serializer):
    """JSON lines as `GET /photos/export.jsonl` writes them."""

    file = PictureField(allow_empty_file=True)


class UnmatchedSerializer(serializers.Serializer):
    line = serializers.IntegerField(help_text="Counted from 1.")
    reason = serializers.CharField()


class ImportedSerializer(serializers.Serializer):
    applied = serializers.IntegerField(help_text="How many answers are new or changed.")
    drawn = serializers.IntegerField(
        help_text="How many faces are drawn; their photos are queued to have them scored."
    )
    removed = serializers.IntegerField(help_text="How many more places are said to hold no face.")
    unchanged = serializers.IntegerField(help_text="How many answers and boxes stood already.")
    batch = serializers.UUIDField(help_text="What undoing takes back.")
    unmatched = UnmatchedSerializer(many=True, help_text="The lines whose face was not found.")


class ImportView(Api):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        summary="Bring people's answers and boxes back from JSON lines",
        description="Photos are found by their hash, faces by their id or else by their place. "
        "A face that somebody drew is drawn where there is none; what somebody called no face is "
        "removed. It all becomes yours. A file that is wrong anywhere changes nothing.",
        request={"multipart/form-data": ImportUpload},
        responses=answers({200: ImportedSerializer}, 400, 403, 404, 413, 415),
    )
    def post(self, request: Request, id: UUID) -> Response:
        gallery = get_object_or_404(Gallery.objects.visible_to(request.user), uuid=id)
        upload = ImportUpload(data=request.data)
        upload.is_valid(raise_exception=True)
        file = upload.validated_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES).replace("\xa0", " ")
            raise BadFile({"file": [f"The file is larger than {limit}. Send it in parts."]})
        try:
            imported = import_corrections(gallery, file.open(), request.user)
        except ImportFailed as error:
            raise BadFile({"file": [str(error)]}) from error
        return Response(ImportedSerializer(imported).data)
