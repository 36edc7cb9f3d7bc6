"""Senders who are silent, slow or send too much: the server of `manage.py serve` cuts them off."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.system.processes import PATIENCE
from tests.system.site import Site, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

# The server that `serve` starts, with less patience.
IMPATIENT = """
import sys
from celebattr import server
server.SILENCE, server.GRACE, server.LEAST_RATE, server.FORM = 2, 1, 200, 0
server.main("127.0.0.1", int(sys.argv[1]))
"""
LARGEST = 3_000_000  # bytes of a body
GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    """Where such a server listens."""
    site = Site(tmp_path_factory.mktemp("site"), "sqlite://:memory:")
    site.env["MAX_UPLOAD_BYTES"] = str(LARGEST)
    site.start("server", "-c", IMPATIENT, str(site.port))
    wait_for(lambda: is_open(site.port))
    yield site.port
    site.stop(*site.processes)


def is_open(port: int) -> bool:
    try:
        connect(port).close()
    except OSError:
        return False
    return True


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def is_cut_off(sender: socket.socket, drop: bytes) -> bool:
    """Whether the server closes the connection while one sends these bytes again and again."""
    sender.settimeout(0.05)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if not sender.recv(1000):
                return True
        except TimeoutError:
            pass
        except ConnectionError:
            return True
        try:
            sender.sendall(drop)
        except ConnectionError:
            return True
    return False


@pytest.mark.parametrize("begun", [b"", POST + b"Content-Length: 9\r\n\r\nhalf"])
def test_a_silent_sender_is_cut_off(port, begun):
    with connect(port) as sender:
        sender.sendall(begun)

        assert sender.recv(1000) == b""


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (b"", b"G"),
        (b"", b"\r\n"),
        (GET + b"X-A: ", b"a"),
        (GET + b"\r\n", b"G"),  # after an answer
        (POST + b"Content-Length: 90000\r\n\r\n", b"a"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
)
def test_a_sender_of_a_byte_now_and_then_is_cut_off(port, begun, drop):
    with connect(port) as sender:
        sender.sendall(begun)

        assert is_cut_off(sender, drop)


def test_a_slow_line_is_waited_for(port):
    with connect(port) as sender:
        sender.sendall(POST[:20])
        sender.sendall(POST[20:] + b"Content-Length: 12000\r\nConnection: close\r\n\r\n")
        for _ in range(12):  # in thrice the time that headers have
            sender.sendall(bytes(1000))
            time.sleep(0.25)

        assert sender.makefile("rb").read().startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(("size", "status"), [(LARGEST - 1000, 200), (LARGEST + 1, 413)])
@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_body_is_taken_up_to_the_limit_however_its_length_is_told(port, size, status, is_chunked):
    how, body = b"Content-Length: %d" % size, bytes(size)
    if is_chunked:
        how, body = b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)

    with connect(port) as sender:
        sender.sendall(POST + how + b"\r\nConnection: close\r\n\r\n")
        with suppress(ConnectionError):  # it may answer before all has come
            sender.sendall(body)
        answer = sender.recv(100)

    assert answer.startswith(b"HTTP/1.1 %d" % status)
    with connect(port) as another:
        another.sendall(GET + b"Connection: close\r\n\r\n")
        assert another.makefile("rb").read().startswith(b"HTTP/1.1 200")
