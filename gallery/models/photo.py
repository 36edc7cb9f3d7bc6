"""Photos and the progress of their analysis."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import CheckConstraint, Count, F, Q, Sum, UniqueConstraint
from django.db.models.functions import Lower
from django.urls import reverse

from gallery.fields import WallTimeField
from gallery.models.block import hold_blocks
from gallery.models.failures import in_words
from gallery.models.gallery import Gallery, LinkHolder, Role, Visitor, seen_by
from gallery.models.orders import ByValue
from gallery.models.pages import KeysetQuerySet
from gallery.models.picture import StoredPicture
from ml.models import ModelVersion

MAX_ATTEMPTS = 3  # then the analysis of a photo has failed


class PhotoQuerySet(KeysetQuerySet["Photo"]):
    def visible_to(self, user: Visitor | LinkHolder, role: Role = Role.VIEWER) -> Self:
        """What they may see: the photos in galleries that a person sees, or in that of a link.

        With a role, only those in galleries in which they have at least that role.
        """
        if not user.is_authenticated:
            return self.none()
        return self.within(**seen_by(user, role=role)).asked_by(user)

    def with_original_for(self, user: Visitor | LinkHolder) -> Self:
        """Photos whose original they may have: only the gallery's owner, and nobody by a link."""
        if not isinstance(user, User):
            return self.none()
        return self.visible_to(user).with_originals().filter(gallery__owner=user)

    def with_originals(self) -> Self:
        """Those whose original is kept."""
        return self.filter(original_bytes__gt=0)

    def in_trash_of(self, user: Visitor, role: Role = Role.EDITOR) -> Self:
        """What this person may restore: the photos in the trash of galleries that they edit.

        They may delete for good only those for which they have the role OWNER.
        """
        if not user.is_authenticated:
            return self.none()
        return self.within(**seen_by(user, "gallery__trash_of", role))

    def in_gallery(self, gallery: Gallery) -> Self:
        """The photos of one gallery."""
        return self.within(gallery=gallery)

    def deleted_from(self, gallery: Gallery) -> Self:
        """Those in the trash of one gallery."""
        return self.filter(gallery__trash_of=gallery)

    def deleted_before(self, time: datetime) -> Self:
        """Those that were put into the trash earlier."""
        return self.filter(deleted_at__lt=time)

    def last_deleted_first(self) -> Self:
        """The photos of a trash, in the order that people look for them."""
        return self.in_order(ByValue("time"), sort_key=F("deleted_at"))

    def queued(self) -> Self:
        """Those that no worker has taken yet."""
        return self.filter(status=Photo.Status.QUEUED)

    def pending(self) -> Self:
        """Those whose analysis has not ended."""
        return self.filter(status__in=(Photo.Status.QUEUED, Photo.Status.ANALYSING))

    def before(self, photo: "Photo") -> Self:
        """Those in the queue whose turn comes before this photo's."""
        sooner = Q(priority=photo.priority, turn__lt=photo.turn)
        older = Q(priority=photo.priority, turn=photo.turn, pk__lt=photo.pk)
        return self.queued().filter(Q(priority__lt=photo.priority) | sooner | older)

    def ended(self) -> Self:
        """Those whose analysis has ended, well or not."""
        return self.filter(status__in=(Photo.Status.READY, Photo.Status.FAILED))

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

    def without_likeness(self) -> Self:
        """Photos that have a picture, but no likeness to compare yet."""
        return self.filter(likeness_across=None, is_lost=False)

    def among(self, uuids: Iterable[UUID]) -> Self:
        """Those with one of these uuids."""
        return self.filter(uuid__in=uuids)

    def with_hashes(self, hashes: Iterable[str]) -> dict[str, UUID]:
        """The uuids of the photos made from these files, by the file's SHA-256.

        Leaves out photos whose picture was lost since, or whose original could be kept now: they
        can use the file again.
        """
        found = self.filter(sha256__in=hashes, is_lost=False)
        if settings.KEEP_ORIGINALS:
            found = found.with_originals()
        return dict(found.values_list("sha256", "uuid"))

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

    def count_faces(self) -> int:
        """How many faces were found or drawn on these photos."""
        total: int = self.aggregate(total=Sum("face_count", default=0))["total"]
        return total

    def status_counts(self) -> dict[str, int]:
        """How many photos have each status, zeros included."""
        rows = self.order_by().values_list("status").annotate(count=Count("pk"))
        return dict.fromkeys(Photo.Status.values, 0) | dict(rows)


class Photo(StoredPicture):
    """One uploaded picture and the progress of its analysis."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        ANALYSING = "analysing"
        READY = "ready"
        FAILED = "failed"

    class Priority(models.IntegerChoices):  # the worker takes the lowest first
        UPLOAD = 0
        RERUN = 10

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
    # The size of the original, which is stored beside the picture; 0 if it is not kept.
    original_bytes = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # What the camera's clock showed, and its minutes ahead of UTC, where the file said so.
    taken_at = WallTimeField(null=True, editable=False)
    taken_offset = models.SmallIntegerField(null=True, editable=False)
    # The mean color, 0xRRGGBB, shown until the picture is loaded; null for those of before 0.3.
    color = models.PositiveIntegerField(null=True, editable=False)
    # Similar pictures share most of these bits (`ml.likeness`). Null for photos from before 0.3
    # until a sweep.
    likeness_across = models.BigIntegerField(null=True, editable=False)
    likeness_down = models.BigIntegerField(null=True, editable=False)
    # Of its upload, for the worker's log.
    request_id = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    # Since when it is in the trash (`gallery.library.trash`), and what is undone together.
    deleted_at = models.DateTimeField(null=True, editable=False)
    batch = models.UUIDField(null=True, editable=False)

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
            CheckConstraint(
                condition=Q(taken_offset__isnull=True) | Q(taken_at__isnull=False),
                name="photo_zone_of_a_date",
            ),
        )
        indexes = (
            models.Index("gallery", F("id").desc(), name="photo_newest"),
            models.Index("status", "priority", "turn", "id", name="photo_waiting"),
            models.Index("gallery", "status", F("id").desc(), name="photo_at_status"),
            models.Index("gallery", "bytes", "original_bytes", name="photo_bytes"),
            # Read from either end, these are in the order of a list, whose ties are by id.
            models.Index("gallery", "face_count", "id", name="photo_by_face_count"),
            models.Index("gallery", "taken_at", "id", name="photo_by_day"),
            models.Index("gallery", Lower("original_name"), "id", name="photo_by_name"),
            models.Index(
                fields=("gallery", "deleted_at", "id"),
                condition=Q(deleted_at__isnull=False),
                name="photo_in_trash",
            ),
        )

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        return reverse("gallery:photo", args=[self.uuid])

    @property
    def kept_bytes(self) -> int:
        """What the quota counts: the picture and its original."""
        return self.bytes + self.original_bytes

    def gives_original_to(self, user: Visitor) -> bool:
        """Whether this person may have the original, which only the gallery's owner may."""
        return self.original_bytes > 0 and self.gallery.owner_id == user.pk

    @property
    def is_pending(self) -> bool:
        """Whether its analysis has not ended."""
        return self.status in (self.Status.QUEUED, self.Status.ANALYSING)

    @property
    def waits_for_model(self) -> bool:
        """Whether it is queued for another analysis; its old faces are shown until then."""
        return self.status == self.Status.QUEUED and self.priority == self.Priority.RERUN

    @property
    def failure_in_words(self) -> str:
        """Why its analysis failed, in the reader's language."""
        return in_words(self.failure)

    @property
    def css_color(self) -> str:
        """The mean color as style sheets write it; "" if it is unknown."""
        return "" if self.color is None else f"#{self.color:06x}"

    @property
    def taken_zone(self) -> str:
        """The zone of `taken_at` in words: "UTC+2", "UTC−3:30"; "" where it is unknown."""
        if self.taken_offset is None:
            return ""
        sign = "\N{MINUS SIGN}" if self.taken_offset < 0 else "+"
        hours, minutes = divmod(abs(self.taken_offset), 60)
        return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
