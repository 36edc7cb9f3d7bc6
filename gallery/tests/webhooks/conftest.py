"""A receiver of webhooks on this machine, and a clock that can be turned on."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db.models import F

from gallery.models import Webhook, WebhookDelivery
from gallery.tests.factories import make_webhook
from gallery.webhooks import events
from gallery.webhooks.deliveries import send_some


class Receiver:
    """Accepts requests, and answers with the status that it was given."""

    def __init__(self) -> None:
        self.status, self.headers = 204, {}
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.ends = threading.Event()  # of a receiver that hangs until then
        self.hangs = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/in?key=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.ends.set()
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({"path": self.path, **dict(self.headers.items())}, body))
                if receiver.hangs:
                    receiver.ends.wait()
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args: Any) -> None: ...

        return Handler


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.WEBHOOK_PRIVATE = True
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def hook(db, receiver) -> Webhook:
    """A webhook that leads to the receiver."""
    return make_webhook(url=receiver.url)


def tell(hook: Webhook, **columns: Any) -> WebhookDelivery:
    """A message for the webhook, which waits to be sent."""
    events.test(hook)
    delivery = hook.deliveries.latest("pk")
    WebhookDelivery.objects.filter(pk=delivery.pk).update(**{"event": "photo.ready", **columns})
    delivery.refresh_from_db()
    return delivery


def send_all() -> None:
    while send_some():
        pass


def pass_time(time: timedelta) -> None:
    """Let so much time pass for all webhooks and messages."""
    columns = {
        Webhook: ("failing_since", "paused_until", "renewed_at"),
        WebhookDelivery: ("created_at", "next_at", "lease_until"),
    }
    for model, names in columns.items():
        model.objects.update(**{name: F(name) - time for name in names})
