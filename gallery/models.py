"""What is kept: galleries of photos, the faces in them, and the people's API tokens."""

import uuid
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.urls import reverse
from knox.models import AbstractAuthToken

from gallery.fields import RealField
from gallery.querysets import FaceQuerySet, GalleryQuerySet, PhotoQuerySet
from ml.attributes import ATTRIBUTES, FIELDS
from ml.models import ModelVersion

MAX_ATTEMPTS = 3


class Gallery(models.Model):
    """A person's set of photos."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="galleries"
    )
    name = models.CharField(max_length=100)
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
        )

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        return reverse("gallery:photo", args=[self.uuid])

    @property
    def is_pending(self) -> bool:
        """Whether the worker has still to answer."""
        return self.status in (self.Status.QUEUED, self.Status.ANALYSING)

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


class Face(models.Model):
    """One face of a photo: its box, and the probability of each of the 40 attributes.

    The box is in fractions of the upright picture. The 40 columns, named as in
    `ml.attributes.FIELDS`, hold probabilities rounded to four decimals.
    """

    class Detector(models.TextChoices):
        HAAR = "haar", "OpenCV cascade"
        WHOLE = "whole", "no face found: the whole picture"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="faces")
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="faces")
    x = RealField()
    y = RealField()
    w = RealField()
    h = RealField()
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
            CheckConstraint(
                condition=Q(x__gte=0, y__gte=0, w__gt=0, h__gt=0, x__lte=1, y__lte=1),
                name="face_box_inside",
            ),
            *(
                CheckConstraint(
                    condition=Q(**{f"{field}__range": (0, 1)}),
                    name=f"face_{field}_is_a_probability",
                )
                for field in FIELDS
            ),
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


class ApiToken(AbstractAuthToken):
    """A REST token: only its hash is kept. The name tells its owner what it is for."""

    name = models.CharField(max_length=100)
