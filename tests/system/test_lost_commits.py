"""PostgreSQL that goes away at a commit, so that nobody knows whether it was made."""

import os
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.system.site import Site, database_url_for, photo, wait_for

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL", "").startswith("postgres"),
        reason="needs PostgreSQL in DATABASE_URL",
    ),
]

NEW_PHOTO, COMMIT = b'INSERT INTO "gallery_photo"', b"COMMIT\0"


class Between:
    """Stands between a site and PostgreSQL, and cuts the connection that commits a new photo.

    It does so once after `cut` was called: before the server gets to know of the commit, or when
    the server has made it, before the site gets to know.
    """

    def __init__(self, server: tuple[str, int]) -> None:
        self.server, self._is_to_cut, self._is_made = server, False, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, is_made: bool) -> None:
        self._is_to_cut, self._is_made = True, is_made

    def _accept(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Hand on what both sides send, until one of them ends, or a commit is to be cut."""
        has_photo = False
        with ExitStack() as stack, suppress(OSError):
            stack.enter_context(client)
            server = stack.enter_context(socket.create_connection(self.server))
            watch = stack.enter_context(selectors.DefaultSelector())
            for one, other in ((client, server), (server, client)):
                watch.register(one, selectors.EVENT_READ, other)
            while True:
                for key, _ in watch.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    has_photo |= key.fileobj is client and NEW_PHOTO in data
                    if self._is_to_cut and has_photo and key.fileobj is client and COMMIT in data:
                        return self._end(server, data)
                    key.data.sendall(data)

    def _end(self, server: socket.socket, commit: bytes) -> None:
        self._is_to_cut = False
        if self._is_made:
            server.sendall(commit)
            server.recv(65536)  # that it is made


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("lost")


@pytest.fixture(scope="module")
def cut_off(folder) -> Iterator[tuple[Site, Between]]:
    """A site, and what stands between it and its database."""
    direct, drop = database_url_for(folder, f"celebattr_lost_{os.getpid()}")
    parts = urlsplit(direct)
    between = Between((parts.hostname or "127.0.0.1", parts.port or 5432))
    site = Site(folder, direct)
    site.set_up()
    through = parts._replace(netloc=f"{parts.username}@127.0.0.1:{between.port}")
    site.env["DATABASE_URL"] = through.geturl()
    site.redis.start()
    site.start_web()
    yield site, between
    site.stop(*site.processes)
    between.listener.close()
    site.redis.stop()
    drop()


@pytest.mark.parametrize("is_made", [True, False])
def test_a_photo_whose_commit_nobody_confirmed_is_there_with_its_file_or_not(cut_off, is_made):
    site, between = cut_off
    site.delete_photos()
    gallery = site.make_gallery()

    between.cut(is_made=is_made)
    answer = site.upload(gallery, photo(1))

    assert (answer, site.count("queued")) == (503, int(is_made))
    site.manage("verify", "--quick")  # it ends with an error where a row has no file
    assert site.upload(gallery, photo(1)) == (200 if is_made else 201)
    worker = site.start_worker()
    wait_for(lambda: site.pending() == 0)
    site.stop(worker)
    assert site.count("ready") == len(site.faces()) == 1
