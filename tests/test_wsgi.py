"""Which processes share connections to PostgreSQL: those of the web server, and only there."""

from types import SimpleNamespace

import pytest

from celebattr import wsgi

POSTGRESQL = "django.db.backends.postgresql"


@pytest.fixture
def shared(monkeypatch):
    """The entry of the database after a web process has started with that engine and pool."""

    def start(engine: str, pool: int) -> dict:
        database = {"ENGINE": engine, "OPTIONS": {"options": "-c jit=off"}}
        own = SimpleNamespace(DATABASES={"default": database}, DATABASE_POOL=pool)
        monkeypatch.setattr(wsgi, "settings", own)
        wsgi.share_connections()
        return database

    return start


def test_the_threads_of_a_web_process_share_connections(shared):
    database = shared(POSTGRESQL, 8)

    assert database["OPTIONS"]["pool"]["max_size"] == 8
    assert database["OPTIONS"]["options"] == "-c jit=off"
    assert database["CONN_MAX_AGE"] == 0 and database["CONN_HEALTH_CHECKS"]


@pytest.mark.parametrize("engine, pool", [(POSTGRESQL, 0), ("django.db.backends.sqlite3", 8)])
def test_none_are_shared_where_that_is_not_wanted_or_not_possible(shared, engine, pool):
    assert "pool" not in shared(engine, pool)["OPTIONS"]
