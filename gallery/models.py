"""What is kept: galleries of photos, the faces in them, what people say of them, and API tokens."""

import uuid
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.urls import reverse
from knox.models import AbstractAuthToken

from gallery.fields import RealField
from gallery.filters import MATCHES, MAX_LENGTH
from gallery.querysets import (
    CorrectionQuerySet,
    FaceQuerySet,
    GalleryQuerySet,
    PhotoQuerySet,
    SavedFilterQuerySet,
)
from ml.attributes import ATTRIBUTES, FIELDS, NAMES
from ml.models import ModelVersion

MAX_ATTEMPTS = 3


class Gallery(models.Model):
    """A person's set of photos."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="galleries"
    )
    name = models.CharField(max_length=100)
    allows_training = models.BooleanField(
        default=False
    )  # with its corrections: the owner's consent
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GalleryQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        verbose_name_plural = "galleries"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("gallery:gallery", args=[self.uuid])


class Photo(models.Model):
    """One uploaded picture and how far its analysis has come."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        ANALYSING = "analysing"
        READY = "ready"
        FAILED = "failed"

    class Priority(models.IntegerChoices):
        UPLOAD = 0
        RERUN = 10

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="photos")
    original_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    failure = models.CharField(max_length=300, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.UPLOAD)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    analysed_at = models.DateTimeField(null=True, editable=False)
    face_count = models.PositiveSmallIntegerField(default=0, editable=False)  # found or drawn
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="photos"
    )

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            UniqueConstraint("gallery", "sha256", name="photo_once_in_a_gallery"),
            CheckConstraint(
                condition=Q(status="analysing", lease__isnull=False, lease_until__isnull=False)
                | (~Q(status="analysing") & Q(lease__isnull=True, lease_until__isnull=True)),
                name="photo_leased_while_analysing",
            ),
        )
        indexes = (
            models.Index("gallery", F("id").desc(), name="photo_newest"),
            models.Index("status", "priority", "id", name="photo_waiting"),
            models.Index("gallery", "status", F("id").desc(), name="photo_at_status"),
        )

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        return reverse("gallery:photo", args=[self.uuid])

    @property
    def is_pending(self) -> bool:
        """Whether the worker has still to answer."""
        return self.status in (self.Status.QUEUED, self.Status.ANALYSING)

    @property
    def waits_for_model(self) -> bool:
        """Whether it was analysed, and is queued for a re-run: what stands is still shown."""
        return self.status == self.Status.QUEUED and self.priority == self.Priority.RERUN

    def file_name(self, variant: str = "") -> str:
        """Where a variant ("", "preview" or "thumbnail") of the picture lies in private storage."""
        name = f"{self.uuid}{VARIANTS[variant]}.jpg"
        return str(PurePosixPath(name[:2], name))

    def delete_files(self) -> None:
        """Remove the picture and its smaller variants from private storage."""
        for variant in VARIANTS:
            default_storage.delete(self.file_name(variant))


# The suffix of each stored size's file name: the longest side, in pixels.
VARIANTS = {"": "", "preview": "-1600", "thumbnail": "-480"}


class Box(models.Model):
    """A box in fractions of the upright picture, from its left upper corner."""

    x = RealField()
    y = RealField()
    w = RealField()
    h = RealField()

    class Meta:
        abstract = True
        constraints = (
            CheckConstraint(
                condition=Q(x__gte=0, y__gte=0, w__gt=0, h__gt=0, x__lte=1, y__lte=1),
                name="%(class)s_box_inside",
            ),
        )


class Face(Box):
    """One face of a photo: its box, and the probability of each of the 40 attributes.

    The 40 columns, named as in `ml.attributes.FIELDS`, hold probabilities rounded to four decimals;
    what a person answered stands there as 1 or 0, and as a Correction.
    """

    class Detector(models.TextChoices):
        HAAR = "haar", "OpenCV cascade"
        YUNET = "yunet", "YuNet"
        PERSON = "person", "drawn by a person"
        WHOLE = "whole", "no face found: the whole picture"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="faces")
    gallery = models.ForeignKey(
        Gallery, on_delete=models.CASCADE, related_name="faces", db_index=False
    )  # see the indexes
    angle = RealField(default=0)  # degrees by which the face is turned clockwise
    detector = models.CharField(max_length=10, choices=Detector)
    score = RealField()
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="faces")

    for _attribute in ATTRIBUTES:
        locals()[_attribute.field] = RealField(_attribute.label)
    del _attribute

    objects = FaceQuerySet.as_manager()

    class Meta:
        ordering = ("photo", "id")
        constraints = (
            *Box.Meta.constraints,
            *(
                CheckConstraint(
                    condition=Q(**{f"{field}__range": (0, 1)}),
                    name=f"face_{field}_is_a_probability",
                )
                for field in FIELDS
            ),
        )
        indexes = (
            models.Index("gallery", F("photo").desc(), name="face_of_newest_photo"),
            models.Index("gallery", F("id").desc(), name="face_newest"),
        )

    def __str__(self) -> str:
        return f"face {self.uuid}"

    @property
    def is_whole(self) -> bool:
        """Whether no face was found and the whole picture was scored instead."""
        return self.detector == self.Detector.WHOLE

    def probabilities(self) -> dict[str, float]:
        """Probability by CelebA name, in the data set's order."""
        return {attribute.name: getattr(self, attribute.field) for attribute in ATTRIBUTES}


class DecisionBlock(models.Model):
    """The decisions about some photos' faces, packed to be counted: see `gallery.blocks`.

    Made, emptied and counted up by the store, whenever such a face is written.
    """

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="decision_blocks")
    number = models.PositiveBigIntegerField()  # a photo's id // blocks.PHOTOS
    changes = models.PositiveBigIntegerField()
    packed = models.BinaryField(null=True)  # null: not packed since the last change
    faces = models.BinaryField(null=True)  # their ids, for what is not packed
    decided_by = models.CharField(max_length=64, db_default="")  # what thresholds

    class Meta:
        constraints = (UniqueConstraint("gallery", "number", name="block_once_in_a_gallery"),)

    def __str__(self) -> str:
        return f"block {self.number} of gallery {self.gallery_id}"


class Correction(models.Model):
    """A person's answer about one attribute of a face: it stands above every model's."""

    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="corrections")
    attribute = models.CharField(max_length=20, choices=[(name, name) for name in NAMES])
    is_yes = models.BooleanField()
    probability = RealField()  # what the face's model version says
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    batch = models.UUIDField(default=uuid.uuid4, editable=False)  # what is undone together
    before = models.JSONField(default=list, editable=False)  # earlier answers, the latest last

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            UniqueConstraint("face", "attribute", name="one_answer_for_an_attribute"),
            CheckConstraint(
                condition=Q(probability__range=(0, 1)), name="correction_has_a_probability"
            ),
        )
        indexes = (models.Index("batch", name="correction_batch"),)

    def __str__(self) -> str:
        return f"{self.attribute}: {'yes' if self.is_yes else 'no'}"


class BoxCorrection(Box):
    """A person's word on where a photo has a face, and where not: no detector overrules it."""

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="box_corrections")
    is_face = models.BooleanField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    batch = models.UUIDField(null=True, editable=False)  # what is undone together

    class Meta(Box.Meta):
        ordering = ("photo", "id")
        indexes = (models.Index("batch", name="box_correction_batch"),)

    def __str__(self) -> str:
        return "a face" if self.is_face else "no face"


class RemovedFace(models.Model):
    """A face that a person took away, as it was: an undo brings it back."""

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="removed_faces")
    batch = models.UUIDField(editable=False)  # what is undone together
    rows = models.JSONField()  # the face, the answers about it, and its drawn box
    newest = models.PositiveBigIntegerField()  # of the photo's faces then: others came since

    class Meta:
        ordering = ("photo", "id")
        indexes = (models.Index("batch", name="removed_face_batch"),)

    def __str__(self) -> str:
        return f"a face removed from photo {self.photo_id}"


class SavedFilter(models.Model):
    """A filter that a person gave a name."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters"
    )
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=100)
    attrs = models.CharField(max_length=MAX_LENGTH, blank=True)  # the expression
    match = models.CharField(max_length=5, choices=[(match, match) for match in MATCHES])
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (UniqueConstraint("owner", "gallery", "name", name="filter_name_once"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("gallery:saved_filter", args=[self.uuid])


class ApiToken(AbstractAuthToken):
    """A REST token: only its hash is kept. The name tells its owner what it is for."""

    name = models.CharField(max_length=100)
