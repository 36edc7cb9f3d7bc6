"""Uploads that end half way: the sender goes, says a wrong length, or the web server is killed."""

import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.system.processes import PATIENCE
from tests.system.site import Site, photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

LINE = "line-between-parts"
SIZE = 4_000_000  # bytes: files of more than 2.5 MB go through the disk


def request_with(site: Site, gallery: str, content: bytes, length: int = 0) -> bytes:
    """An upload over the API, which says this length of its body if it is not 0."""
    named = 'Content-Disposition: form-data; name="{}"'
    body = f"--{LINE}\r\n{named.format('gallery')}\r\n\r\n{gallery}\r\n--{LINE}\r\n".encode()
    body += f'{named.format("image")}; filename="a.png"\r\n\r\n'.encode()
    body += content + f"\r\n--{LINE}--\r\n".encode()
    head = (
        "POST /api/v1/photos/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Token {site.token}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={LINE}\r\n"
        f"Content-Length: {length or len(body)}\r\n\r\n"
    )
    return head.encode() + body


@pytest.fixture
def sender(site) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as connection:
        yield connection


def begin(sender: socket.socket, site: Site) -> psutil.Process:
    """Send the first half of a large upload; returns the process that receives it."""
    data = request_with(site, site.make_gallery(), bytes(SIZE))
    sender.sendall(data[: len(data) // 2])
    wait_for(lambda: receiving(site))
    ((process, file),) = receiving(site)
    assert file.endswith(" (deleted)")  # it has no name that could outlive the process
    return process


def receiving(site: Site) -> list[tuple[psutil.Process, str]]:
    """The web server's processes that have a large file open, and what that is called."""
    web = psutil.Process(site.processes[0].pid)
    return [(process, name) for process in web.children() for name in large_files(process, site)]


def large_files(process: psutil.Process, site: Site) -> Iterator[str]:
    """Those that are none of the site's own."""
    with suppress(OSError):
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            with suppress(OSError):
                name, size = str(descriptor.readlink()), descriptor.stat().st_size
                if size > SIZE // 4 and not name.startswith(str(site.folder)):
                    yield name


def assert_nothing_is_left(site: Site) -> None:
    assert site.count("queued", "ready", "failed") == 0
    assert stored(site) == []


def stored(site: Site) -> list[Path]:
    return list((site.folder / "media").rglob("*.*"))


@pytest.fixture(autouse=True)
def empty(site) -> None:
    """No picture is stored that an earlier test has left."""
    for path in stored(site):
        path.unlink()


def test_of_an_upload_whose_sender_goes_nothing_is_left(site, sender):
    begin(sender, site)

    sender.close()

    wait_for(lambda: not receiving(site))
    assert_nothing_is_left(site)
    assert site.upload(site.make_gallery(), photo(1)) == 201


def test_of_an_upload_whose_receiver_is_killed_nothing_is_left(site, sender):
    receiver = begin(sender, site)

    receiver.send_signal(signal.SIGKILL)

    receiver.wait(PATIENCE)
    assert_nothing_is_left(site)
    wait_for(site.answers)
    assert site.upload(site.make_gallery(), photo(1)) == 201


@pytest.mark.parametrize("wrong", [-1000, -100])
def test_a_body_that_is_longer_than_it_says_is_refused(site, sender, wrong):
    data = request_with(site, site.make_gallery(), photo(1))
    length = int(data.split(b"Content-Length: ")[1].split(b"\r\n")[0])

    sender.sendall(data.replace(b"Length: %d" % length, b"Length: %d" % (length + wrong)))

    assert sender.recv(100).startswith(b"HTTP/1.1 400 ")
    assert_nothing_is_left(site)
