"""Webhooks: addresses that are told what happens to a person's photos, and their messages."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from gallery.models.gallery import ONLY_GALLERY, Gallery, Visitor
from gallery.models.pages import KeysetQuerySet

MOST_OF_A_PERSON = 10
URL_LENGTH = 500
BOTH_SECRETS = timedelta(days=1)  # for which the previous secret signs, too
TEST = "test"  # the event that somebody asks for


class WebhookQuerySet(KeysetQuerySet["Webhook"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: their own, except those of galleries in the trash."""
        if not user.is_authenticated:
            return self.none()
        kept = Q(gallery=None) | Q(gallery__owner=user, gallery__deleted_at=None)
        mine, only = self.filter(kept, owner=user), getattr(user, ONLY_GALLERY, None)
        return mine.filter(gallery=only) if only else mine

    def with_gallery(self) -> Self:
        """Fetch each one's gallery along with it."""
        return self.select_related("gallery")

    def active(self) -> Self:
        """Those that are not turned off."""
        return self.filter(is_active=True)

    def of_galleries(self, galleries: Iterable[int]) -> Self:
        """The active webhooks, of these galleries' owners, that get their events."""
        keys = list(galleries)
        of_one = Q(gallery__in=keys, gallery__owner=F("owner"))
        owners = Gallery.objects.filter(pk__in=keys).values("owner")
        return self.active().filter(of_one | Q(gallery=None, owner__in=owners))

    def with_something_due(self) -> Self:
        """Webhooks with messages that are due, and to which nobody is sending.

        The one that has waited longest comes first.
        """
        of_hook = WebhookDelivery.objects.filter(webhook=OuterRef("pk"))
        due = of_hook.due().order_by("next_at").values("next_at")
        rows = self.active().filter(Q(paused_until=None) | Q(paused_until__lte=Now()))
        rows = rows.exclude(Exists(of_hook.leased())).annotate(since=Subquery(due[:1]))
        return rows.filter(since__isnull=False).order_by("since")


class Webhook(models.Model):
    """An address to which a person's events are sent."""

    class Event(models.TextChoices):
        READY = "photo.ready", gettext_lazy("a photo is analyzed")
        FAILED = "photo.failed", gettext_lazy("the analysis of a photo has failed")
        RERUN = "rerun.done", gettext_lazy("a gallery was analyzed again by another model")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    # The only gallery whose events it gets; None: all galleries of its owner.
    gallery = models.ForeignKey(
        Gallery, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    url = models.CharField(max_length=URL_LENGTH)
    events = models.JSONField(default=list)  # names of events
    # Encrypted (`gallery.webhooks.secret`); the previous one also signs for a day.
    secret = models.CharField(max_length=300, editable=False)
    former_secret = models.CharField(max_length=300, blank=True, editable=False)
    renewed_at = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(default=True)
    disabled_because = models.CharField(max_length=200, blank=True, editable=False)
    # The first failure since the last success, and the end of the pause after a failure.
    failing_since = models.DateTimeField(null=True, editable=False)
    paused_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.url

    @property
    def host(self) -> str:
        """The address without the parts that may be secret."""
        return urlsplit(self.url).hostname or ""

    @property
    def events_in_words(self) -> list[str]:
        return [str(self.Event(event).label) for event in self.events]

    @property
    def disabled_in_words(self) -> str:
        """Why it was turned off, in the reader's language; "" if its owner did that."""
        return gettext(self.disabled_because) if self.disabled_because else ""

    def secrets(self) -> list[str]:
        """The secrets that sign now, encrypted: the newest first."""
        is_new = self.renewed_at and timezone.now() - self.renewed_at < BOTH_SECRETS
        return [self.secret, self.former_secret] if is_new else [self.secret]


class DeliveryQuerySet(KeysetQuerySet["WebhookDelivery"]):
    def due(self) -> Self:
        """Messages that are due, and that nobody is sending."""
        free = Q(lease=None) | Q(lease_until__lt=Now())
        return self.filter(free, next_at__lte=Now())

    def leased(self) -> Self:
        """Messages that somebody is sending."""
        return self.filter(lease__isnull=False, lease_until__gte=Now())

    def waiting(self) -> Self:
        """Messages that will be sent, now or later, unless their webhook is turned off."""
        return self.filter(next_at__isnull=False, webhook__is_active=True)

    def tests(self) -> Self:
        """Test messages that somebody asked for."""
        return self.filter(event=TEST)

    def before(self, time: datetime) -> Self:
        """Messages of earlier events."""
        return self.filter(created_at__lt=time)


class WebhookDelivery(models.Model):
    """A message to a webhook: written with the event, and sent until it is accepted."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # No database constraint: if a webhook is deleted while a batch of photos is written, the batch
    # must not fail. Its message then belongs to no webhook, and is deleted unsent.
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False
    )
    event = models.CharField(max_length=20)
    body = models.TextField()  # the JSON, byte for byte as it is signed
    created_at = models.DateTimeField(db_default=Now())
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_default=Now())  # null: no further tries
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)  # of the last answer
    failure = models.CharField(max_length=200, blank=True)  # of the last try
    delivered_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index("webhook", F("id").desc(), name="delivery_newest"),
            models.Index(
                fields=("webhook", "next_at"),
                condition=Q(next_at__isnull=False),
                name="delivery_waiting",
            ),
            models.Index(
                fields=("webhook", "lease_until"),
                condition=Q(lease__isnull=False),
                name="delivery_leased",
            ),
        )

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """The id, the same at each try, so that a receiver recognizes repeated messages."""
        return f"msg_{self.uuid.hex}"

    @property
    def failure_in_words(self) -> str:
        """Why the last try failed, in the reader's language."""
        return gettext(self.failure) if self.failure else ""
