"""One request of a webhook: to a checked address, within a time limit, with a short answer.

It uses http.client because a library that resolves the name itself could be led elsewhere.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache

from django.utils.translation import gettext_noop

from gallery.webhooks.addresses import Refused, Target, read_url, resolve

SECONDS = 10.0  # for the whole request, from the connection to the answer
MOST_BYTES = 4096  # of an answer that are read, at most

SLOW = gettext_noop("It did not answer within 10 seconds.")
UNREACHABLE = gettext_noop("It cannot be reached.")
NO_TLS = gettext_noop("Its certificate is not valid, or it does not support TLS.")
NO_HTTP = gettext_noop("It does not speak HTTP.")


class Undelivered(Exception):
    """There was no answer; the message, in English, says why."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a message, and return the status of the answer. Redirects are not followed.

    Raises:
        Undelivered: there was no answer.
    """
    try:
        target = read_url(url)
        addresses = resolve(target)
    except Refused as error:
        raise Undelivered(str(error)) from None
    end = time.monotonic() + SECONDS
    try:
        with _connected(target, addresses, end) as connection:
            connection.request("POST", target.path, body, {"Host": target.netloc, **headers})
            response = connection.getresponse()
            response.read(MOST_BYTES)
            if time.monotonic() >= end:  # an answer that was cut off looks complete
                raise TimeoutError
            return response.status
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(_reason(error, end)) from error


@contextmanager
def _connected(
    target: Target, addresses: list[str], end: float
) -> Iterator[http.client.HTTPConnection]:
    """A connection that is cut off at `end`, whatever it is doing."""
    raw = _connect(addresses, target.port, end)
    with raw if target.scheme == "http" else _with_tls(raw, target.host) as sock:
        guard = threading.Timer(max(end - time.monotonic(), 0), _cut_off, [sock])
        guard.start()
        try:
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = sock
            yield connection
        finally:
            guard.cancel()


def _connect(addresses: list[str], port: int, end: float) -> socket.socket:
    """A socket to the first of the addresses that accepts it."""
    for left, address in enumerate(addresses, start=1 - len(addresses)):
        try:
            seconds = max(end - time.monotonic(), 0.1)
            return socket.create_connection((address, port), seconds if not left else seconds / 2)
        except OSError:
            if not left:
                raise
    raise OSError  # there are none


def _with_tls(raw: socket.socket, host: str) -> ssl.SSLSocket:
    return _tls().wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _cut_off(sock: socket.socket) -> None:
    # Not SSLSocket's own: it would take the TLS state away from the thread that reads.
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _reason(error: Exception, end: float) -> str:
    if isinstance(error, TimeoutError) or time.monotonic() >= end:
        return SLOW
    if isinstance(error, ssl.SSLError):
        return NO_TLS
    return NO_HTTP if isinstance(error, http.client.HTTPException) else UNREACHABLE
