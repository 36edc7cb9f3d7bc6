"""deploy/nginx.conf in front of a real site: who gets a picture, and who holds up whom."""

import hashlib
import http.client
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest

from tests.system.processes import ROOT
from tests.system.site import Site, database_url_for, free_port, photo, wait_for

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx (apt install nginx-light)"),
]

THREADS = 16  # of gunicorn: two processes with eight each


def configuration(site: Site, port: int) -> str:
    """The repository's file with what a test has elsewhere."""
    text = (ROOT / "deploy/nginx.conf").read_text()
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server web:80;": f"server 127.0.0.1:{site.port};",
        "alias /data/media/;": f"alias {site.folder}/media/;",
        "/tmp/nginx": f"{site.folder}/nginx",
    }.items():
        assert old in text
        text = text.replace(old, new)
    return f"user {'root' if os.getuid() == 0 else 'nobody'};\ndaemon off;\n{text}"


@pytest.fixture(scope="module")
def direct(tmp_path_factory) -> Iterator[Site]:
    """A site that leaves the sending of pictures to nginx."""
    folder = tmp_path_factory.mktemp("behind")
    database_url, drop = database_url_for(folder, f"celebattr_nginx_{os.getpid()}")
    site = Site(folder, database_url, ACCEL_REDIRECT="/protected/")
    site.set_up()
    site.start_web()
    yield site
    site.stop(*site.processes)
    drop()


@pytest.fixture(scope="module")
def proxied(direct) -> Iterator[Site]:
    """The same site, asked through nginx."""
    port, own = free_port(), direct.port
    file = direct.folder / "nginx.conf"
    file.write_text(configuration(direct, port))
    nginx = subprocess.Popen(["nginx", "-c", file, "-e", "stderr"])
    direct.port = port
    wait_for(direct.answers)
    yield direct
    direct.port = own
    nginx.terminate()
    nginx.wait()


@pytest.fixture(scope="module")
def uploaded(proxied) -> tuple[str, Path]:
    """The address of a picture, and its file."""
    assert proxied.upload(proxied.make_gallery(), photo(1)) == 201
    ((text,),) = proxied.sql("SELECT uuid FROM gallery_photo")
    uuid = UUID(str(text))
    file = proxied.folder / "media" / str(uuid)[:2] / f"{uuid}.jpg"
    return f"/api/v1/photos/{uuid}/picture.jpg", file


def etag(file: Path) -> str:
    return f'"{file.parent.name}/{file.name}"'


def get(site: Site, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def owner(site: Site) -> dict[str, str]:
    return {"Authorization": f"Token {site.token}"}


def test_the_owner_gets_the_file_with_the_headers_that_django_gave_it(proxied, uploaded):
    address, file = uploaded

    answer = get(proxied, address, **owner(proxied))

    assert hashlib.sha256(answer.read()).digest() == hashlib.sha256(file.read_bytes()).digest()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Accept-Ranges"] == "bytes"  # it is nginx that sends
    assert "X-Accel-Redirect" not in answer.headers
    assert answer.headers.get_all("ETag") == [etag(file)]


def test_a_picture_that_the_browser_has_is_not_sent_again(proxied, uploaded):
    address, file = uploaded

    answer = get(proxied, address, **owner(proxied), **{"If-None-Match": etag(file)})

    assert answer.status == 304


def test_nginx_sends_a_part_of_a_picture(proxied, uploaded):
    address, file = uploaded

    answer = get(proxied, address, **owner(proxied), Range="bytes=100-299")

    assert (answer.status, answer.read()) == (206, file.read_bytes()[100:300])


def test_nginx_sends_the_whole_to_whoever_asks_for_many_parts(proxied, uploaded):
    address, file = uploaded
    many = ",".join(f"{2 * number}-{2 * number}" for number in range(1000))

    answer = get(proxied, address, **owner(proxied), Range=f"bytes={many}")

    assert (answer.status, answer.read()) == (200, file.read_bytes())


def test_a_download_through_nginx_keeps_its_name(proxied, uploaded):
    answer = get(proxied, f"{uploaded[0]}?download=1", **owner(proxied))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="me.jpg"'


def test_a_stranger_gets_nothing_and_nobody_gets_past_django(proxied, uploaded):
    address, file = uploaded
    stored = f"/protected/{file.parent.name}/{file.name}"

    assert get(proxied, address).status == 401
    assert get(proxied, address.replace("/api/v1", "")).status == 404
    assert get(proxied, stored, **owner(proxied)).status == 404
    assert get(proxied, f"/x/..{stored}", **owner(proxied)).status == 404


def test_many_who_send_half_a_body_hold_up_nobody(proxied):
    with ExitStack() as stack:
        for _ in range(2 * THREADS):
            sender = stack.enter_context(socket.create_connection(("127.0.0.1", proxied.port)))
            sender.sendall(b"POST /api/v1/photos/ HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            sender.sendall(b"Content-Length: 1000000\r\n\r\nhalf a body")

        assert get(proxied, "/").status == 200


def test_a_body_that_is_far_too_large_is_refused_before_django(proxied):
    head = {"Content-Length": str(28 * 1024 * 1024), **owner(proxied)}
    connection = http.client.HTTPConnection("127.0.0.1", proxied.port, timeout=60)
    connection.request("POST", "/api/v1/photos/", headers=head)

    assert connection.getresponse().status == 413


def test_text_is_compressed(proxied):
    answer = get(proxied, "/", **{"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
