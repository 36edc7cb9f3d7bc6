"""A backup of a site that takes uploads, restored elsewhere: on SQLite and on PostgreSQL."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.site import Site, database_url_for, photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture
def source(tmp_path) -> Iterator[Site]:
    """A running site with a worker."""
    folder = tmp_path / "source"
    folder.mkdir()
    database_url, drop = database_url_for(folder, f"celebattr_backup_{os.getpid()}")
    site = Site(folder, database_url)
    site.redis.start()
    site.set_up()
    site.start_web()
    yield site
    site.stop(*site.processes)
    site.redis.stop()
    drop()


@pytest.fixture
def empty(tmp_path) -> Iterator[Site]:
    """A machine on which there is no site yet."""
    folder = tmp_path / "empty"
    folder.mkdir()
    database_url, drop = database_url_for(folder, f"celebattr_restored_{os.getpid()}")
    yield Site(folder, database_url)
    drop()


class Load:
    """People who upload photos, and delete every third, until they are told to stop."""

    def __init__(self, site: Site, gallery: str) -> None:
        self.site, self.gallery, self.over = site, gallery, threading.Event()
        self.count = 0
        self.thread = threading.Thread(target=self._go_on, daemon=True)
        self.thread.start()

    def _go_on(self) -> None:
        while not self.over.is_set():
            assert self.site.upload(self.gallery, photo(self.count, 64)) == 201
            self.count += 1
            if self.count % 3 == 0:
                photos = self.site.request("GET", "/api/v1/photos/")[1]["results"]
                self.site.erase(photos[0]["id"])

    def end(self) -> None:
        self.over.set()
        self.thread.join()


def files_of(site: Site) -> dict[str, bytes]:
    media = site.folder / "media"
    return {path.name: path.read_bytes() for path in media.glob("??/*.jpg")}


def export(site: Site, gallery: str) -> bytes:
    file = site.folder / "faces.csv"
    site.manage("export_faces", gallery, str(file), "--format", "csv")
    return file.read_bytes()


def restore_sqlite(folder: Path, backups: Path) -> Site:
    folder.mkdir()
    site = Site(folder, f"sqlite:///{folder / 'db.sqlite3'}")
    site.manage("restore", str(backups))
    return site


def test_a_backup_under_load_is_whole_and_a_restored_site_is_equal(source, empty, tmp_path):
    backups, gallery = tmp_path / "backups", source.make_gallery()
    load = Load(source, gallery)
    wait_for(lambda: load.count > 10)
    said = [source.manage("backup", str(backups)) for _ in range(3)]
    load.end()
    between = restore_sqlite(tmp_path / "between", backups)
    source.start_worker()
    wait_for(lambda: not source.pending())
    source.manage("backup", str(backups), "--keep", "2")

    words = empty.manage("restore", str(backups))

    assert all(" originals\n" in line for line in said)
    assert between.manage("verify") == "All photos have their files.\n"
    assert len(list(backups.glob("20*"))) == 2
    assert "1 people, 1 galleries" in words
    assert export(empty, gallery) == export(source, gallery)
    assert files_of(empty) == files_of(source) != {}
    assert empty.manage("verify") == "All photos have their files.\n"


def test_a_restored_site_runs_with_the_old_tokens(source, empty, tmp_path):
    gallery = source.make_gallery()
    assert source.upload(gallery, photo(1)) == 201
    source.manage("backup", str(tmp_path / "backups"))
    empty.manage("restore", str(tmp_path / "backups"))
    empty.token = source.token
    empty.redis.start()
    try:
        empty.start_web()
        empty.start_worker()
        assert empty.upload(gallery, photo(2)) == 201  # keys go on where they were
        wait_for(lambda: empty.count("ready") == 2)
    finally:
        empty.stop(*empty.processes)
        empty.redis.stop()
