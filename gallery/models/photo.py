"""Photos and the progress of their analysis."""

import uuid
from collections.abc import Iterable
from typing import Self
from uuid import UUID

from django.core.files.base import File
from django.db import models
from django.db.models import CheckConstraint, Count, F, Q, UniqueConstraint
from django.urls import reverse
from PIL import Image

from gallery import storage
from gallery.models.block import hold_blocks
from gallery.models.gallery import Gallery, Visitor, seen_by
from gallery.models.pages import KeysetQuerySet
from ml.models import ModelVersion

MAX_ATTEMPTS = 3  # then the analysis of a photo has failed

ENOUGH = (1500, 1500)  # pixels: at that size the faces of larger pictures are still sharp

LOST = "The stored picture is gone or damaged. Upload the same file again to bring it back."
MISSING = "The stored picture is missing."
DAMAGED = "The stored picture is damaged."


Content = File[bytes]  # named here, as `bytes` is a column of Photo


class PictureError(Exception):
    """Why a stored picture cannot be read, in words for the photo's owner."""


class PhotoQuerySet(KeysetQuerySet["Photo"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: the photos in their own galleries."""
        return self.within(**seen_by(user)) if user.is_authenticated else self.none()

    def in_gallery(self, gallery: Gallery) -> Self:
        """The photos of one gallery."""
        return self.within(gallery=gallery)

    def queued(self) -> Self:
        """Those that no worker has taken yet."""
        return self.filter(status=Photo.Status.QUEUED)

    def pending(self) -> Self:
        """Those whose analysis has not ended."""
        return self.filter(status__in=(Photo.Status.QUEUED, Photo.Status.ANALYSING))

    def ready(self) -> Self:
        """Those with a finished analysis."""
        return self.filter(status=Photo.Status.READY)

    def failed(self) -> Self:
        """Those whose analysis failed."""
        return self.filter(status=Photo.Status.FAILED)

    def lost(self) -> Self:
        """Those whose stored picture is gone or damaged."""
        return self.filter(is_lost=True)

    def analysed_before(self) -> Self:
        """Those that were analyzed once and are not queued again, even if the last try failed."""
        return self.filter(
            status__in=(Photo.Status.READY, Photo.Status.FAILED),
            model_version__isnull=False,
        )

    def not_by(self, version: ModelVersion) -> Self:
        """Those not analyzed by this version."""
        return self.exclude(model_version=version)

    def in_high_lane(self) -> Self:
        """Those queued after an upload or a box that somebody drew."""
        return self.filter(priority=Photo.Priority.UPLOAD)

    def in_low_lane(self) -> Self:
        """Those queued for another analysis, after all uploads."""
        return self.filter(priority=Photo.Priority.RERUN)

    def with_status(self, status: str) -> Self:
        """Those at this status."""
        return self.filter(status=status)

    def among(self, uuids: Iterable[UUID]) -> Self:
        """Those with one of these uuids."""
        return self.filter(uuid__in=uuids)

    def lock(self) -> list[int]:
        """Lock the rows of these photos until the transaction ends, and return their keys.

        Everyone locks the owner first, if at all (`gallery.models.quota`), then photos in ascending
        order of key, then their blocks, then their gallery, so that no two transactions wait for
        each other.
        """
        rows = self.model.objects.filter(pk__in=self.order_by().values("pk")).order_by("pk")
        return list(rows.select_for_update().values_list("pk", flat=True))

    def locked(self) -> list["Photo"]:
        """These photos, locked together with their blocks until the transaction ends."""
        photos = list(self.order_by("pk").select_for_update())
        hold_blocks((photo.gallery_id, photo.pk) for photo in photos)
        return photos

    def with_gallery(self) -> Self:
        """Fetch each photo's gallery along with it."""
        return self.select_related("gallery")

    def with_faces(self) -> Self:
        """Fetch the faces of all the photos together."""
        return self.prefetch_related("faces")

    def status_counts(self) -> dict[str, int]:
        """How many photos have each status, zeros included."""
        rows = self.order_by().values_list("status").annotate(count=Count("pk"))
        return dict.fromkeys(Photo.Status.values, 0) | dict(rows)


class Photo(models.Model):
    """One uploaded picture and the progress of its analysis."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        ANALYSING = "analysing"
        READY = "ready"
        FAILED = "failed"

    class Priority(models.IntegerChoices):  # the worker takes the lowest first
        UPLOAD = 0
        RERUN = 10

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="photos")
    original_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)  # of the uploaded bytes
    # Of the stored picture; empty for those of before 0.3 until `verify --repair` or a backup.
    stored_sha256 = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    # Its stored picture is gone or damaged: the same upload heals it.
    is_lost = models.BooleanField(default=False, db_default=False, editable=False)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    # Of its upload, for the worker's log.
    request_id = models.CharField(max_length=64, blank=True, db_default="", editable=False)

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    failure = models.CharField(max_length=300, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.UPLOAD)
    # The lowest first, within a priority (`gallery.analysis.turns`).
    turn = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
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
            models.Index("status", "priority", "turn", "id", name="photo_waiting"),
            models.Index("gallery", "status", F("id").desc(), name="photo_at_status"),
            models.Index("gallery", "bytes", name="photo_bytes"),
        )

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        return reverse("gallery:photo", args=[self.uuid])

    @property
    def is_pending(self) -> bool:
        """Whether its analysis has not ended."""
        return self.status in (self.Status.QUEUED, self.Status.ANALYSING)

    @property
    def waits_for_model(self) -> bool:
        """Whether it is queued for another analysis; its old faces are shown until then."""
        return self.status == self.Status.QUEUED and self.priority == self.Priority.RERUN

    def file_name(self, variant: str = "") -> str:
        """The path in private storage of the picture, or of a smaller one (`gallery.variants`)."""
        return f"{self._folder}/{variant}" if variant else f"{self._folder}.jpg"

    def open_file(self, variant: str = "") -> Content:
        """The bytes of the picture, or of a smaller one.

        Raises:
            PictureError: the file is missing.
            StorageError: the storage cannot be asked.
        """
        try:
            return storage.open_file(self.file_name(variant))
        except FileNotFoundError:
            raise PictureError(MISSING) from None

    def open_picture(self, enough: tuple[int, int] = ENOUGH) -> Image.Image:
        """The picture in RGB, not reduced below `enough` (width, height).

        Raises:
            PictureError: the file is missing or damaged.
            StorageError: the storage cannot be asked.
        """
        try:
            with self.open_file() as file:
                image = Image.open(file)
                # A JPEG is decoded at half, a quarter or an eighth of its size if that is enough,
                # which saves most of the time.
                image.draft("RGB", enough)
                return image.convert("RGB")
        # What Pillow raises for damaged files depends on the format and on the damage.
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise PictureError(DAMAGED) from error

    def list_variants(self) -> set[str]:
        """The smaller pictures that are stored."""
        return set(storage.names_in(self._folder))

    def delete_files(self) -> None:
        """Delete the picture and the smaller ones from private storage.

        Raises:
            StorageError: some remain; the sweep deletes them once the photo has no row.
        """
        storage.delete(self.file_name())
        for variant in self.list_variants():
            storage.delete(self.file_name(variant))
        storage.delete(self._folder)

    @property
    def _folder(self) -> str:
        """Where the smaller pictures are."""
        return f"{str(self.uuid)[:2]}/{self.uuid}"
