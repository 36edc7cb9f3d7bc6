"""Pictures in a bucket, and a bucket that goes away and comes back, with real processes."""

import os
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from gallery.tests.buckets import NAME, s3_server
from tests.system.site import Site, database_url_for, photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

COUNT = 6


@pytest.fixture
def bucket() -> Iterator[ThreadedMotoServer]:
    """A running S3 server that keeps its files, in this process, while it is stopped."""
    with s3_server() as server:
        yield server


@pytest.fixture
def in_a_bucket(tmp_path, bucket) -> Iterator[Site]:
    """A site with its pictures in the bucket, without a worker."""
    database_url, drop = database_url_for(tmp_path, f"celebattr_bucket_{os.getpid()}")
    host, port = bucket.get_host_and_port()
    url = f"s3+http://key:secret@{host}:{port}/{NAME}"
    site = Site(tmp_path, database_url, STORAGE_URL=url)
    site.redis.start()
    site.set_up()
    site.start_web()
    yield site
    site.stop(*site.processes)
    site.redis.stop()
    drop()


def restart(bucket: ThreadedMotoServer) -> ThreadedMotoServer:
    """Start it again at the same address, with all its files."""
    host, port = bucket.get_host_and_port()
    server = ThreadedMotoServer(host, port, verbose=False)
    server.start()
    return server


def test_uploads_are_refused_and_photos_wait_while_the_bucket_is_away(in_a_bucket, bucket):
    site, gallery = in_a_bucket, in_a_bucket.make_gallery()
    assert {site.upload(gallery, photo(number)) for number in range(COUNT)} == {201}

    bucket.stop()
    refused = site.upload(gallery, photo(COUNT))
    readiness = site.request("GET", "/readyz")
    worker = site.start_worker()
    log = site.folder / "worker.log"
    wait_for(lambda: log.exists() and "photos wait" in log.read_text())
    waiting = site.sql("SELECT status, attempts FROM gallery_photo")

    assert refused == 503
    assert readiness == (503, {"missing": ["storage"]})
    assert waiting == [("queued", 0)] * COUNT
    server = restart(bucket)
    wait_for(lambda: site.pending() == 0)
    assert site.count("ready") == COUNT
    assert site.upload(gallery, photo(COUNT)) == 201
    assert worker.poll() is None
    server.stop()
