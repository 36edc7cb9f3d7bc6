"""The web server of `manage.py serve`: python -m celebattr.server HOST PORT

It takes in a whole request before a thread sees it, and hands out answers as they are taken. So
slow and silent connections hold no thread, and `make run` needs no proxy in front of it.
"""

import signal
import sys
import time
from types import FrameType
from typing import Any

import waitress
from django.conf import settings
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.utilities import BadRequest

from celebattr.wsgi import application
from gallery.uploads.decoder import decoder

THREADS = 8
CONNECTIONS = 500  # of which each may hold a body on the disk
SILENCE = 30  # seconds until an incomplete request without any news is given up
GRACE = 20  # seconds from its first byte in which its headers have to come
LEAST_RATE = 2000  # bytes of its body for each second after that: a bad line has ten times it
FORM = 2 * 1024 * 1024  # bytes of a body around its file
HEADERS = 32 * 1024  # bytes; the longest filter, encoded, takes 6000, and htmx sends it twice
AHEAD = 256 * 1024 * 1024  # bytes of an answer that its reader has not taken yet


def main(host: str, port: int) -> None:
    """Serve until SIGTERM; requests that are being answered then have a few seconds."""
    signal.signal(signal.SIGTERM, _end)
    decoder.start()
    BaseWSGIServer.channel_class = Channel  # waitress has no setting for it
    waitress.serve(
        application,
        host=host,
        port=port,
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=SILENCE,
        cleanup_interval=5,
        max_request_header_size=HEADERS,
        max_request_body_size=settings.MAX_UPLOAD_BYTES + FORM,
        outbuf_high_watermark=AHEAD,
        recv_bytes=64 * 1024,
        asyncore_use_poll=True,  # select() knows 1,024 files
        clear_untrusted_proxy_headers=False,  # Django decides whose to believe
        ident=None,
        _quiet=True,
    )


class Request(HTTPRequestParser):
    """A request as it comes in."""

    def __init__(self, adjustments: Any) -> None:
        super().__init__(adjustments)
        self.begun = time.monotonic()

    def received(self, data: bytes) -> int:
        """See HTTPRequestParser. Blank lines are an error: they could go on for ever."""
        count = super().received(data)
        if self.empty:
            self.empty, self.error = False, BadRequest("There is no request.")
        return count

    def is_late(self) -> bool:
        """Whether it comes so slowly that it only keeps a connection."""
        late = time.monotonic() - self.begun - GRACE
        return late > 0 and self.body_bytes_received < late * LEAST_RATE


class Channel(HTTPChannel):
    """A connection, which is closed if its request is late."""

    parser_class = Request
    request: Request | None

    def readable(self) -> bool:
        """See HTTPChannel; the server asks it every second, and whenever anything arrives."""
        if self.request and not self.requests and self.request.is_late():
            self.will_close = True
        return super().readable()


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
