"""The threads of a worker that send webhooks, beside the thread that analyzes.

A slow receiver blocks one of these threads, but no photo.
"""

import logging
import threading

from django.conf import settings
from django.db import connections

from gallery.webhooks import bell
from gallery.webhooks.deliveries import send_some

logger = logging.getLogger(__name__)

THREADS = 3


def start() -> None:
    """Start the threads, which end with the process."""
    for _ in range(THREADS):
        threading.Thread(target=send_forever, daemon=True).start()


def send_forever() -> None:
    """Send what is due; then wait for a ring, at most for the time between two sweeps."""
    while True:
        try:
            while send_some():
                pass
        except Exception:  # the thread must survive any failure of the database
            logger.exception("webhooks could not be sent; they are tried again")
        finally:
            connections.close_all()
        bell.wait(settings.SWEEP_SECONDS)
