"""The site below a path."""

from types import SimpleNamespace

import pytest

from celebattr import wsgi


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
