"""Webhooks made, changed, tried and deleted by their owners."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from gallery.audit import Kind, record
from gallery.models import Webhook
from gallery.models.quota import hold
from gallery.models.webhook import MOST_OF_A_PERSON
from gallery.webhooks import events
from gallery.webhooks.secret import make_secret

TOO_MANY = gettext_noop("You have 10 webhooks already. Delete one that you no longer need.")
TURNED_OFF = gettext_noop("The webhook is turned off. Turn it on first.")


class TooMany(Exception):
    """The person has the largest number of webhooks; the message, in English, says so."""


@transaction.atomic
def make_webhook(owner: User, **columns: Any) -> tuple[Webhook, str]:
    """Make a webhook. Returns it, and its secret, which is shown this once.

    Raises:
        TooMany: the person has too many already.
    """
    hold(owner.pk)  # of two requests at once, the second waits and counts the first
    if Webhook.objects.filter(owner=owner).count() >= MOST_OF_A_PERSON:
        raise TooMany(TOO_MANY)
    told, stored = make_secret()
    hook = Webhook.objects.create(owner=owner, secret=stored, **columns)
    record(Kind.WEBHOOK_MADE, about=hook.host)
    return hook, told


def renew_secret(hook: Webhook) -> str:
    """Make a new secret and return it, this once. The previous one also signs for a day."""
    told, stored = make_secret()
    same = Webhook.objects.filter(pk=hook.pk)
    same.update(former_secret=F("secret"), secret=stored, renewed_at=timezone.now())
    return told


def turn_on(hook: Webhook) -> None:
    """Turn it on again, whatever failed before."""
    clean = {"disabled_because": "", "failing_since": None, "paused_until": None}
    Webhook.objects.filter(pk=hook.pk).update(is_active=True, **clean)


def turn_off(hook: Webhook) -> None:
    """Turn it off until its owner turns it on."""
    Webhook.objects.filter(pk=hook.pk).update(is_active=False, disabled_because="")


def send_test(hook: Webhook) -> bool:
    """Send it a test message, once, unless one waits already. Returns whether it is turned on."""
    if hook.is_active and not hook.deliveries.tests().waiting().exists():
        events.test(hook)
    return hook.is_active


def delete_webhook(hook: Webhook) -> None:
    """Delete it, and the messages that it has not been sent."""
    hook.delete()
    record(Kind.WEBHOOK_DELETED, about=hook.host)
