"""The client against the API's schema and against answers that go wrong."""

import errno
import itertools
import json
import os
from pathlib import Path

import httpx
import pytest
from celebattr_client import CelebAttrError, Client, cli, login, uploads

from tests.client_types import TYPES, live_types

ERROR = {"error": {"code": "bad_filter", "message": "attrs: Unknown attribute.", "fields": {}}}


@pytest.fixture
def waited(monkeypatch) -> list[float]:
    """For how many seconds the client has paused; nobody waits for them."""
    seconds: list[float] = []
    monkeypatch.setattr("celebattr_client.client.time.sleep", seconds.append)
    return seconds


def client_of(*answers: httpx.Response | Exception) -> Client:
    """A client that gets these answers in turn, and the last one for ever."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        return one

    return Client("http://site", "secret", transport=httpx.MockTransport(answer))


def test_its_types_are_those_of_the_schema():
    assert TYPES.read_text() == live_types(), "run `python -m tests.client_types`"


def test_it_waits_for_as_long_as_the_site_asks(waited):
    busy = httpx.Response(503, headers={"Retry-After": "7"})
    client = client_of(busy, httpx.Response(200, json={"ok": True}))

    assert client.request("GET", "usage/") == {"ok": True}
    assert waited == [7]


def test_without_a_connection_it_waits_twice_as_long_each_time(waited):
    client = client_of(httpx.ConnectError("refused"))

    with pytest.raises(CelebAttrError, match="The site cannot be reached: refused"):
        client.request("GET", "usage/")

    assert waited == [1, 2, 4, 8, 16]


def test_what_does_not_pass_is_said_at_once_in_the_sites_words(waited):
    client = client_of(httpx.Response(400, json=ERROR))

    with pytest.raises(CelebAttrError, match="Unknown attribute") as error:
        list(client.faces("Smilling"))

    assert (error.value.status, error.value.code) == (400, "bad_filter")
    assert waited == []


def test_an_answer_of_something_else_is_said():
    client = client_of(httpx.Response(404, text="<h1>Not found</h1>"))

    with pytest.raises(CelebAttrError, match="The site answered 404 Not Found."):
        client.gallery("Family")


def test_an_upload_is_sent_again_under_the_key_of_the_first_try(waited, tmp_path):
    keys: list[str] = []
    running = {"error": {"code": "in_progress", "message": "Not yet.", "fields": {}}}
    answers = [
        httpx.ReadError("reset"),
        httpx.Response(409, json=running, headers={"Retry-After": "2"}),
        httpx.Response(201, json={"id": "1"}),
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        one = answers.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"picture")
    client = Client("http://site", "secret", transport=httpx.MockTransport(answer))

    photo = client.upload(picture, "gallery")

    assert photo["id"] == "1"
    assert (len(keys), len(set(keys))) == (3, 1)
    assert waited == [1, 2]


def test_each_upload_has_a_key_of_its_own(tmp_path):
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx.Response(201, json={"id": "1"})

    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"picture")
    client = Client("http://site", "secret", transport=httpx.MockTransport(answer))

    for _ in range(2):
        client.upload(picture, "gallery")

    assert len(set(keys)) == 2


def test_of_a_list_every_page_is_read():
    first = {"results": [{"id": 1}], "next": "http://site/api/v1/faces/?cursor=x"}
    client = client_of(
        httpx.Response(200, json=first),
        httpx.Response(200, json={"results": [{"id": 2}], "next": None}),
    )

    assert [face["id"] for face in client.faces()] == [1, 2]


def test_a_log_in_is_kept_for_this_person_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(login.SITE, raising=False)

    login.keep("http://127.0.0.1:8000", "secret")

    assert login.read() == ("http://127.0.0.1:8000", "secret")
    assert login.login_file().stat().st_mode & 0o777 == 0o600


def test_the_environment_comes_before_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    login.keep("http://127.0.0.1:8000", "secret")
    monkeypatch.setenv(login.TOKEN, "other")

    assert login.read() == ("http://127.0.0.1:8000", "other")


def test_without_a_log_in_it_says_how(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(login.TOKEN, raising=False)

    assert cli.main(["answers"]) == cli.FAILED
    assert "Log in first: celebattr login SITE." in capsys.readouterr().err


def test_a_token_does_not_travel_unencrypted(capsys):
    assert cli.main(["login", "http://example.org"]) == cli.WRONG_INPUT
    assert "use https://" in capsys.readouterr().err


def test_a_watched_folder_sends_what_comes_once_it_is_complete(tmp_path, monkeypatch):
    sent: list[list[str]] = []
    monkeypatch.setattr(
        uploads, "upload_files", lambda client, paths, *rest: sent.append([p.name for p in paths])
    )
    contents = iter([b"half", b"whole"])

    def wait(seconds: float) -> None:
        if content := next(contents, None):
            (tmp_path / "later.jpg").write_bytes(content)
        elif len(sent) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(uploads.time, "sleep", wait)
    (tmp_path / "first.jpg").write_bytes(b"picture")

    with pytest.raises(KeyboardInterrupt):
        uploads.watch_folder(client_of(httpx.Response(200)), tmp_path, "gallery", print)

    assert sent == [["first.jpg"], [], [], ["later.jpg"], []]


def test_a_name_of_another_encoding_is_sent(tmp_path):
    Path(tmp_path, os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"picture")
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json={"known": {}})

    client = Client("http://site", "secret", transport=httpx.MockTransport(answer))

    counts = uploads.upload_folder(client, tmp_path, "gallery")

    assert counts == {"new": 1}
    assert 'filename="caf\N{REPLACEMENT CHARACTER}.jpg"'.encode() in sent[-1]


def test_a_file_that_changes_while_it_is_read_is_named(tmp_path, monkeypatch):
    Path(tmp_path, "a.jpg").write_bytes(b"picture")
    times = itertools.count()
    monkeypatch.setattr("celebattr_client.files.changes", lambda status: (7, next(times)))
    told: list[uploads.Uploaded] = []

    uploads.upload_folder(
        client_of(httpx.Response(200, json={"known": {}})), tmp_path, "gallery", told.append
    )

    assert [(one.outcome, one.reason) for one in told] == [
        ("refused", "It cannot be read: it changed meanwhile.")
    ]


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    Path(tmp_path, "a.jpg").write_bytes(b"picture")
    Path(tmp_path, "locked").mkdir()
    scandir = os.scandir

    def scan(path):
        if str(path).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)  # for root, nothing is locked
    told: list[uploads.Uploaded] = []

    uploads.upload_folder(
        client_of(httpx.Response(200, json={"known": {}})), tmp_path, "gallery", told.append
    )

    assert [(one.path.name, one.outcome) for one in told] == [
        ("locked", "refused"),
        ("a.jpg", "new"),
    ]


def test_a_full_quota_ends_the_upload(tmp_path):
    full = {"error": {"code": "quota_exceeded", "message": "You keep 5 of 5 photos.", "fields": {}}}
    for name in ("a.jpg", "b.jpg"):
        Path(tmp_path, name).write_bytes(name.encode())
    client = client_of(httpx.Response(200, json={"known": {}}), httpx.Response(403, json=full))

    with pytest.raises(CelebAttrError, match="You keep 5 of 5"):
        uploads.upload_folder(client, tmp_path, "gallery")


def test_labels_that_fit_no_face_are_named(tmp_path, monkeypatch, capsys):
    table = tmp_path / "labels.csv"
    table.write_text("file,Smiling\na.jpg,1\n")
    answer = {"applied": 3, "unchanged": 1, "unmatched": [{"line": 2, "reason": "no face"}]}
    gallery = {"results": [{"id": "1", "name": "Family"}], "next": None}
    client = client_of(httpx.Response(200, json=gallery), httpx.Response(200, json=answer))
    monkeypatch.setattr(cli, "_client", lambda: client)

    code = cli.main(["label", str(table), "--gallery", "Family"])

    told = capsys.readouterr()
    assert (code, told.out) == (cli.FAILED, "3 answers applied, 1 unchanged\n")
    assert told.err == f"{table}: line 2: no face\n"


def test_its_rules_for_folders_are_the_sites():
    from gallery.uploads import folders

    assert uploads.PICTURE.pattern == folders.PICTURE


def test_hashes_are_asked_for_in_parts_that_the_api_takes():
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(len(json.loads(request.content)["sha256"]))
        return httpx.Response(200, json={"known": {}})

    client = Client("http://site", "secret", transport=httpx.MockTransport(answer))

    client.known("gallery", ["0" * 64] * 2_500)

    assert asked == [1000, 1000, 500]
