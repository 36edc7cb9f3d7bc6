"""What the API shows of a row, and what it accepts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from gallery.api.fields import OF_COLUMNS
from gallery.filters.terms import Decision
from gallery.models import Correction, Face, Gallery, Photo, Role
from gallery.models.changes import change
from ml.attributes import NAMES
from ml.models import ModelVersion

DECISIONS = ("yes", "no", "unsure")
ANSWERS = ("yes", "no")


def of_each_attribute(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object that holds one value for each of the 40 names."""
    properties = {name: schema.copy() for name in NAMES}
    return {"type": "object", "properties": properties, "required": list(NAMES)}


@extend_schema_field(OpenApiTypes.URI)
class LinkField(serializers.Field[UUID, Any, str, Any]):
    """The absolute address of a view that takes the row's uuid."""

    def __init__(self, view: str, **kwargs: Any) -> None:
        self.view = view
        super().__init__(source="uuid", read_only=True, **kwargs)

    def to_representation(self, uuid: UUID) -> str:
        request: Request = self.context["request"]
        return request.build_absolute_uri(reverse(self.view, args=[uuid]))


# --- Galleries --------------------------------------------------------------------------------


class PhotoCounts(serializers.Serializer[Any]):
    """How many photos have each status; a gallery that was just made has no counts yet."""

    queued = serializers.IntegerField(source="queued_count", default=0)
    analysing = serializers.IntegerField(source="analysing_count", default=0)
    ready = serializers.IntegerField(source="ready_count", default=0)
    failed = serializers.IntegerField(source="failed_count", default=0)


class GallerySerializer(serializers.ModelSerializer[Gallery]):
    serializer_field_mapping = OF_COLUMNS

    id = serializers.UUIDField(source="uuid", read_only=True)
    role = serializers.ChoiceField(
        choices=Role.choices, read_only=True, help_text="What you may do in it."
    )
    owner = serializers.CharField(source="owner.username", read_only=True, help_text="Whose it is.")
    photos = PhotoCounts(source="*", read_only=True)
    url = LinkField("api:gallery-detail")
    page = LinkField("gallery:gallery")

    class Meta:
        model = Gallery
        fields = (
            "id",
            "name",
            "role",
            "owner",
            "allows_training",
            "created_at",
            "photos",
            "url",
            "page",
        )
        extra_kwargs = {
            "allows_training": {
                "help_text": "The owner's consent: models may learn from its corrected faces."
            }
        }

    def update(self, gallery: Gallery, data: dict[str, Any]) -> Gallery:
        for name, value in data.items():
            setattr(gallery, name, value)
        change(gallery, *data)
        return gallery


# --- Faces ------------------------------------------------------------------------------------


class BoxSerializer(serializers.Serializer[Any]):
    """Where the face is, in fractions of the upright picture, from its upper left corner."""

    x = serializers.FloatField()
    y = serializers.FloatField()
    w = serializers.FloatField()
    h = serializers.FloatField()


@extend_schema_field(
    of_each_attribute({"type": "number", "minimum": 0, "maximum": 1}),
    component_name="Probabilities",
)
class ProbabilitiesField(serializers.Field[Face, Any, dict[str, float], Any]):
    """The 40 probabilities of a face."""

    def to_representation(self, face: Face) -> dict[str, float]:
        return face.probabilities()


@extend_schema_field(
    of_each_attribute({"type": "string", "enum": list(DECISIONS)}) | {"nullable": True},
    component_name="Decisions",
)
class DecisionsField(serializers.Field[Face, Any, dict[str, Decision] | None, Any]):
    """What the 40 probabilities mean by the active model's thresholds; null without a model."""

    def to_representation(self, face: Face) -> dict[str, Decision] | None:
        decider = self.context["view"].decider
        if decider is None:
            return None
        probabilities = face.probabilities()
        return dict(zip(probabilities, decider.decide(probabilities.values()), strict=True))


class AnswerSerializer(serializers.ModelSerializer[Correction]):
    """What a person answered about one attribute of a face."""

    answer = serializers.SerializerMethodField()
    by = serializers.CharField(
        source="person.username",
        default=None,
        allow_null=True,
        help_text="Who; null once the account is deleted.",
    )
    at = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Correction
        fields: tuple[str, ...] = ("answer", "probability", "by", "at")
        read_only_fields = fields
        extra_kwargs = {"probability": {"help_text": "What the model says."}}

    @extend_schema_field(serializers.ChoiceField(ANSWERS))
    def get_answer(self, correction: Correction) -> str:
        return "yes" if correction.is_yes else "no"


class FaceSerializer(serializers.ModelSerializer[Face]):
    id = serializers.UUIDField(source="uuid")
    photo = serializers.UUIDField(source="photo.uuid")
    box = BoxSerializer(source="*")
    found = serializers.SerializerMethodField(
        help_text="False if no face was found and the whole picture was scored instead."
    )
    probabilities = ProbabilitiesField(source="*", read_only=True)
    decisions = DecisionsField(source="*", read_only=True)
    corrections = serializers.SerializerMethodField(
        help_text="People's answers by attribute: they override the model."
    )
    crop = LinkField("api:crop")

    class Meta:
        model = Face
        fields = (
            "id",
            "photo",
            "box",
            "angle",
            "detector",
            "score",
            "found",
            "probabilities",
            "decisions",
            "corrections",
            "crop",
        )
        read_only_fields = fields
        extra_kwargs = {
            "angle": {"help_text": "Degrees by which the face, and its box, is turned clockwise."},
            "detector": {
                "help_text": "`finder`: the site's own networks; `yunet`: the YuNet network; "
                "`haar`: OpenCV's cascades, in versions before 0.3; `person`: drawn by a person; "
                "`whole`: no face was found."
            },
            "score": {"help_text": "How sure the detector is: 0 to 1."},
        }

    def get_found(self, face: Face) -> bool:
        return not face.is_whole

    @extend_schema_field(serializers.DictField(child=AnswerSerializer()))
    def get_corrections(self, face: Face) -> dict[str, Any]:
        given = sorted(face.corrections.all(), key=lambda one: NAMES.index(one.attribute))
        return {one.attribute: AnswerSerializer(one).data for one in given}


# --- Photos -----------------------------------------------------------------------------------


class Model(serializers.ModelSerializer[ModelVersion]):
    """The model version that scored the photo."""

    hash = serializers.CharField(source="sha256")

    class Meta:
        model = ModelVersion
        fields = ("name", "hash")
        read_only_fields = fields

    def to_representation(self, version: ModelVersion) -> dict[str, str]:
        return {"name": version.name, "hash": version.sha256[:8]}


@extend_schema_field(
    {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"}
    | {"nullable": True, "example": "2024-06-03T14:05:09"}
)
class TakenField(serializers.Field[datetime, Any, str, Any]):
    """A day and time without a zone, which nothing shifts."""

    def to_representation(self, at: datetime) -> str:
        return at.isoformat(timespec="seconds")


@extend_schema_field(OpenApiTypes.URI)
class OriginalField(LinkField):
    """The address of the file as it was uploaded; null for whom it is not there."""

    def get_attribute(self, photo: Photo) -> UUID | None:
        user = self.context["request"].user
        return photo.uuid if photo.gives_original_to(user) else None


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    id = serializers.UUIDField(source="uuid")
    gallery = serializers.UUIDField(source="gallery.uuid")
    name = serializers.CharField(source="original_name")
    taken_at = TakenField(
        read_only=True,
        help_text="What the camera's clock showed when the picture was taken, by the uploaded "
        "file; null if it does not say.",
    )
    model = Model(source="model_version", allow_null=True)
    faces = FaceSerializer(
        many=True, help_text="Or the whole picture, with `found` false, if no face was found."
    )
    url = LinkField("api:photo-detail")
    page = LinkField("gallery:photo")
    picture = LinkField("api:picture")
    original = OriginalField(
        "api:original",
        allow_null=True,
        help_text="The file as it was uploaded, for the gallery's owner; null if it is not kept.",
    )
    preview = LinkField("api:preview")
    thumbnail = LinkField("api:thumbnail")

    class Meta:
        model = Photo
        fields = (
            "id",
            "gallery",
            "name",
            "status",
            "failure",
            "width",
            "height",
            "bytes",
            "taken_at",
            "taken_offset",
            "created_at",
            "analysed_at",
            "model",
            "face_count",
            "faces",
            "url",
            "page",
            "picture",
            "original",
            "preview",
            "thumbnail",
        )
        read_only_fields = fields
        extra_kwargs = {
            "failure": {"help_text": "Why the analysis failed; else empty."},
            "taken_offset": {
                "help_text": "Minutes by which that clock was ahead of UTC; null if unknown."
            },
            "face_count": {"help_text": "How many faces were found or drawn."},
        }


@extend_schema_field(OpenApiTypes.BINARY)
class PictureField(serializers.FileField):
    """The bytes of one file."""


class PhotoUpload(serializers.Serializer[Any]):
    """A new photo: its gallery, and one picture."""

    gallery = serializers.UUIDField()
    image = PictureField(
        allow_empty_file=True,  # clean_image refuses it, with advice
        help_text="JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF.",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        files = self.context["request"].FILES
        if sum(len(files.getlist(name)) for name in files) > 1:
            raise serializers.ValidationError({"image": "Send one picture in each request."})
        return data


# --- Errors -----------------------------------------------------------------------------------


class ErrorDetails(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="A short name, for programs.")
    message = serializers.CharField(help_text="What is wrong and what to do, for people.")
    fields = serializers.DictField(  # type: ignore[assignment]  # shadows Serializer.fields
        child=serializers.ListField(child=serializers.CharField()),
        help_text="The messages, by field or query parameter.",
    )


class ErrorSerializer(serializers.Serializer[Any]):
    error = ErrorDetails()
