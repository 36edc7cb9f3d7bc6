"""The events that webhooks get: written in the transaction of the event, and sent after it.

The messages hold ids and counts, but no names or pictures.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone

from gallery.models import Gallery, Photo, Rerun, Webhook, WebhookDelivery
from gallery.models.webhook import TEST
from gallery.webhooks import bell

Event = Webhook.Event
AT_ONCE = 500  # rows of one statement


def photos_ready(photos: Collection[Photo]) -> None:
    """Tell, after the commit, that photos are analyzed."""
    _tell_of_photos(Event.READY, photos)


def photos_failed(photos: Collection[Photo]) -> None:
    """Tell, after the commit, that the analysis of photos has failed."""
    _tell_of_photos(Event.FAILED, photos)


def rerun_done(rerun: Rerun) -> None:
    """Tell, after the commit, that a gallery was analyzed again, unless it is in the trash."""
    for gallery in Gallery.objects.kept().filter(pk=rerun.gallery_id):
        version = {"name": rerun.version.name, "hash": rerun.version.sha256[:8]}
        data = {"gallery": str(gallery.uuid), "model": version, "photos": rerun.photos}
        _write(_message(hook, Event.RERUN, data) for hook in _hooks({gallery.pk}, Event.RERUN))


def test(hook: Webhook) -> None:
    """Queue a test message, for one try."""
    _write([_message(hook, TEST, {"webhook": str(hook.uuid)})])


def _tell_of_photos(event: str, photos: Collection[Photo]) -> None:
    if hooks := _hooks({photo.gallery_id for photo in photos}, event):
        rows = Photo.objects.filter(pk__in=[photo.pk for photo in photos], gallery__deleted_at=None)
        names = ("uuid", "gallery", "gallery__owner", "gallery__uuid", "face_count")
        _write(
            _message(hook, event, _data(event, photo))
            for photo in rows.order_by("pk").values(*names)
            for hook in hooks
            if hook.owner_id == photo["gallery__owner"]
            and hook.gallery_id in (None, photo["gallery"])
        )


def _hooks(galleries: Collection[int], event: str) -> list[Webhook]:
    """The webhooks that want this event in one of the galleries with these keys."""
    hooks = Webhook.objects.of_galleries(galleries) if galleries else ()
    return [hook for hook in hooks if event in hook.events]


def _data(event: str, photo: dict[str, Any]) -> dict[str, Any]:
    data = {"photo": str(photo["uuid"]), "gallery": str(photo["gallery__uuid"])}
    return {**data, "faces": photo["face_count"]} if event == Event.READY else data


def _message(hook: Webhook, event: str, data: dict[str, Any]) -> WebhookDelivery:
    now = timezone.now().isoformat(timespec="milliseconds")
    body = {"type": str(event), "timestamp": now, "data": data}
    text = json.dumps(body, separators=(",", ":"))
    return WebhookDelivery(webhook=hook, event=event, body=text)


def _write(messages: Iterator[WebhookDelivery] | list[WebhookDelivery]) -> None:
    if WebhookDelivery.objects.bulk_create(messages, batch_size=AT_ONCE):
        transaction.on_commit(bell.ring, robust=True)
