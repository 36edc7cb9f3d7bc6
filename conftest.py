"""Fixtures that every test may use."""

import os
from collections.abc import Iterator

import pytest

from tests.redis_server import RedisServer
from tests.side_work import leave_out_side_work
from tests.sizes import IS_FULL

# Several processes share few cores: torch's threads would only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")


# Fixtures that reach one.
STORES = {"db", "transactional_db", "redis_server", "running", "pooled", "cut_off"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stores",
        action="store_true",
        help="run only the tests that use the database or the queue, and not the browser's",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start with the longest tests: the processes that run short ones then share the rest."""
    items.sort(key=lambda item: (not _is(item, "system"), not _is(item, "browser")))
    if config.getoption("--stores"):
        kept = [item for item in items if _uses_a_store(item) and not _is(item, "browser")]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _is(item: pytest.Item, marker: str) -> bool:
    return item.get_closest_marker(marker) is not None


def _uses_a_store(item: pytest.Item) -> bool:
    return _is(item, "django_db") or bool(STORES & set(getattr(item, "fixturenames", ())))


def pytest_report_header() -> str:
    size = "full size" if IS_FULL else "a tenth of their size; TEST_SIZE=full runs all of it"
    return f"long tests: {size}"


@pytest.fixture(autouse=True)
def quick_and_private(settings, tmp_path):
    """Files of a test go to a folder of its own, its rings to no one's Redis; quick passwords."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock"
    settings.CACHES = cache_at(settings.REDIS_URL)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def cache_at(url: str) -> dict[str, dict[str, str]]:
    """The setting for a cache in that Redis."""
    return {"default": {"BACKEND": "celebattr.cache.SharedCache", "LOCATION": url}}


@pytest.fixture
def redis_server(settings, tmp_path_factory) -> Iterator[RedisServer]:
    """A running Redis, which the settings of the test name."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    settings.REDIS_URL = server.url
    settings.RQ_QUEUES = {"default": {**settings.RQ_QUEUES["default"], "URL": server.url}}
    settings.CACHES = cache_at(server.url)
    yield server
    server.stop()


@pytest.fixture
def no_side_work(monkeypatch):
    """Training runs only train: no plots, no measured speed."""
    leave_out_side_work(monkeypatch.setattr)
