"""The web server of `manage.py serve`: python -m celebattr.server HOST PORT

It takes in a whole request before a thread sees it, and hands out answers as they are taken. So
slow and silent connections hold no thread, and `make run` needs no proxy in front of it.
"""

import signal
import sys
from types import FrameType

import waitress
from django.conf import settings

from celebattr.wsgi import application
from gallery.uploads.decoder import decoder

THREADS = 8
CONNECTIONS = 500  # of which each may hold a body on the disk
SILENCE = 30  # seconds until an incomplete request without any news is given up
FORM = 2 * 1024 * 1024  # bytes of a body around its file
HEADERS = 32 * 1024  # bytes; the longest filter, encoded, takes 6000, and htmx sends it twice
AHEAD = 256 * 1024 * 1024  # bytes of an answer that its reader has not taken yet


def main(host: str, port: int) -> None:
    """Serve until SIGTERM; requests that are being answered then have a few seconds."""
    signal.signal(signal.SIGTERM, _end)
    decoder.start()
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


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
