import os
from collections.abc import Iterator

import pytest

from tests.system.site import Site, database_url_for


@pytest.fixture(scope="session")
def running(tmp_path_factory) -> Iterator[Site]:
    """The web server of a site for all tests; each starts the workers it needs."""
    folder = tmp_path_factory.mktemp("site")
    database_url, drop = database_url_for(folder, f"celebattr_system_{os.getpid()}")
    more = {"METRICS_TOKEN": "for-the-tests-only", "WEBHOOK_PRIVATE": "on"}
    site = Site(folder, database_url, BATCH_SIZE="30", **more)
    try:
        site.redis.start()
        site.set_up()
        site.start_web()
        yield site
    finally:
        site.stop(*site.processes)
        site.redis.stop()
        drop()


@pytest.fixture
def site(running) -> Iterator[Site]:
    """The site without photos and, after the test, without workers."""
    running.redis.stop()
    running.redis.start()
    running.delete_photos()
    web = running.processes[0]
    yield running
    running.stop(*(process for process in running.processes if process is not web))
