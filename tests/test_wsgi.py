"""The site below a path, and which processes share connections to PostgreSQL."""

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


@pytest.fixture
def ask(monkeypatch):
    """What the site is asked for where it is below BASE_PATH; None where it is not asked."""

    def one(base: str, path: str, name: str = "") -> tuple[str | None, str]:
        asked: list[str] = []

        def site(environ, start_response):
            asked.append(environ["PATH_INFO"])
            return [b""]

        monkeypatch.setattr(wsgi, "settings", SimpleNamespace(BASE_PATH=base))
        monkeypatch.setattr(wsgi, "site", site)
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": name}
        body = b"".join(wsgi.application(environ, lambda status, headers: None))
        return (asked or [None])[0], body.decode()

    return one


@pytest.mark.parametrize(
    ("base", "path", "asked"),
    [
        ("", "/photos/", "/photos/"),
        ("/faces", "/photos/", "/photos/"),  # the proxy has cut it off
        ("/faces", "/faces/photos/", "/photos/"),
        ("/faces", "/faces/", "/"),
        ("/faces", "/faces", "/"),
        ("/faces", "/faces2/", "/faces2/"),
        ("/a/b", "/a/b/healthz", "/healthz"),
    ],
)
def test_a_path_is_read_whether_the_proxy_cuts_off_the_sites_own_or_not(ask, base, path, asked):
    assert ask(base, path)[0] == asked


def test_a_path_that_only_the_web_server_knows_is_refused_in_words(ask):
    asked, said = ask("", "/photos/", name="/faces")

    assert asked is None
    assert "Set BASE_PATH" in said and "/faces" in said
    assert ask("/faces", "/photos/", name="/faces")[0] == "/photos/"
