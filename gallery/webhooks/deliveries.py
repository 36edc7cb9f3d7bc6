"""Deliveries: who sends a message, and what happens if it is not accepted.

The row is authoritative, and its lease keeps two senders apart, as for photos
(`gallery.analysis.claims`). If a sender dies after sending, another one sends again: a message
arrives once or more often, always with the same id.
"""

import logging
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext_noop

from celebattr import __version__
from gallery.figures import WEBHOOKS, tally
from gallery.models import Webhook, WebhookDelivery
from gallery.models.webhook import TEST, DeliveryQuerySet
from gallery.webhooks import sending
from gallery.webhooks.secret import signed_headers

logger = logging.getLogger(__name__)

AT_ONCE = 20  # messages to one webhook in one claim
SECONDS = 20.0  # after which the remaining messages are released
LEASE = timedelta(seconds=90)  # longer than SECONDS, one message, and a look-up
# The delays after failed tries; then the message is given up. About three days.
DELAYS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
JITTER = 0.2  # the largest random share added to a delay, so that not all come back together
# A failing webhook is paused for a quarter of the time for which it has failed.
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
PATIENCE = timedelta(days=5)  # of failures only; then the webhook is turned off
KEPT = timedelta(days=7)  # for which messages are kept, sent or not
GONE = 410  # status of a receiver that wants no more messages

SENT, FAILED, GIVEN_UP = "delivered", "failed", "given up"  # labels of a figure
AN_ERROR = gettext_noop("It answered with an error.")
REDIRECTED = gettext_noop("It answered with a redirect. The site does not follow redirects.")
UNREADABLE = gettext_noop("The site cannot read the secret. Make a new one.")
SAID_GONE = gettext_noop("The receiver answered that it is gone for good (410).")
TOO_LONG = gettext_noop("Every message has failed for five days.")


@dataclass(frozen=True)
class Claim:
    """Messages to one webhook, the oldest first, and the lease that holds them."""

    hook: Webhook
    lease: UUID
    deliveries: list[WebhookDelivery]

    def rows(self) -> DeliveryQuerySet:
        """The messages that still hold the lease."""
        return WebhookDelivery.objects.filter(lease=self.lease)

    def hand_back(self) -> None:
        """Release the messages that were not sent."""
        self.rows().update(lease=None, lease_until=None)


@dataclass(frozen=True)
class Result:
    """The result of a try: the status, if there was an answer, and the reason for a failure."""

    status: int | None
    failure: str = ""

    @property
    def is_taken(self) -> bool:
        return not self.failure


def send_some() -> bool:
    """Send the messages that are due to one webhook. Returns whether there were any."""
    batch = claim()
    if batch is None:
        return False
    end = time.monotonic() + SECONDS
    try:
        for delivery in batch.deliveries:
            if time.monotonic() > end or not _send(batch, delivery):
                break
    finally:
        batch.hand_back()
    return True


def claim() -> Claim | None:
    """Lease the messages due to the webhook that has waited longest; None if there are none."""
    # This runs often: beginning a transaction would lock SQLite each time.
    return _claim() if Webhook.objects.with_something_due().exists() else None


@transaction.atomic
def _claim() -> Claim | None:
    hooks = Webhook.objects.with_something_due()
    hook = hooks.select_for_update(skip_locked=True, of=("self",)).first()
    if hook is None:
        return None
    lease, due = uuid4(), WebhookDelivery.objects.due().filter(webhook=hook)
    keys = list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    # As for photos: the guard in the UPDATE keeps two senders apart.
    due.filter(pk__in=keys).update(lease=lease, lease_until=Now() + LEASE)
    batch = Claim(hook, lease, [])
    batch.deliveries.extend(batch.rows().order_by("next_at", "pk"))
    return batch


def _send(batch: Claim, delivery: WebhookDelivery) -> bool:
    """Send one message, and record the result. Returns whether it was accepted."""
    result = _post(batch.hook, delivery)
    rows = batch.rows().filter(pk=delivery.pk)
    if result.is_taken:
        _taken(batch.hook, rows, result)
    else:
        _failed(batch.hook, rows, delivery, result)
        logger.info("webhook %s: %s", batch.hook.uuid, result.status or result.failure)
    return result.is_taken


def _post(hook: Webhook, delivery: WebhookDelivery) -> Result:
    try:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"CelebAttr/{__version__}",
            **signed_headers(hook, delivery, timezone.now()),
        }
        status = sending.post(hook.url, delivery.body.encode(), headers)
    except InvalidToken:
        return Result(None, UNREADABLE)
    except sending.Undelivered as error:
        return Result(None, str(error))
    if 200 <= status < 300:
        return Result(status)
    return Result(status, REDIRECTED if 300 <= status < 400 else AN_ERROR)


@transaction.atomic
def _taken(hook: Webhook, rows: DeliveryQuerySet, result: Result) -> None:
    sent = rows.update(
        delivered_at=Now(),
        status=result.status,
        failure="",
        tries=F("tries") + 1,
        next_at=None,
        lease=None,
        lease_until=None,
    )
    if hook.failing_since:
        Webhook.objects.filter(pk=hook.pk).update(failing_since=None, paused_until=None)
        hook.failing_since = None
    tally.add(WEBHOOKS, SENT, sent)


@transaction.atomic
def _failed(
    hook: Webhook, rows: DeliveryQuerySet, delivery: WebhookDelivery, result: Result
) -> None:
    is_last = delivery.event == TEST or delivery.tries >= len(DELAYS)
    failed = rows.update(
        status=result.status,
        failure=result.failure,
        tries=F("tries") + 1,
        next_at=None if is_last else Now() + _delay(delivery.tries),
        lease=None,
        lease_until=None,
    )
    if not failed:  # another sender holds it
        return
    tally.add(WEBHOOKS, GIVEN_UP if is_last else FAILED, failed)
    lasting = timezone.now() - hook.failing_since if hook.failing_since else timedelta()
    Webhook.objects.filter(pk=hook.pk).update(
        failing_since=Coalesce("failing_since", Now()),
        paused_until=Now() + min(max(lasting / 4, SHORTEST_PAUSE), LONGEST_PAUSE),
    )
    if result.status == GONE:
        _disable(hook, SAID_GONE)
    elif lasting > PATIENCE:
        _disable(hook, TOO_LONG)


def _delay(tries: int) -> timedelta:
    """The delay after a failed try, by the number of tries before it."""
    return DELAYS[tries] * (1 + random.uniform(0, JITTER))  # noqa: S311  (not a secret)


def _disable(hook: Webhook, reason: str) -> None:
    Webhook.objects.filter(pk=hook.pk).update(is_active=False, disabled_because=reason)
    logger.warning("webhook %s was turned off: %s", hook.uuid, reason)


def forget_old() -> None:
    """Delete messages that are older than a week, sent or not."""
    old = WebhookDelivery.objects.before(timezone.now() - KEPT).order_by()
    while keys := list(old.values_list("pk", flat=True)[:1000]):
        WebhookDelivery.objects.filter(pk__in=keys).delete()
