"""Lines of the log: the request's id is in them, secrets are not."""

import json
import logging

import pytest
from django.urls import reverse

from celebattr.logs import JsonLineFormatter, LineFormatter, OncePerRequest, RequestId
from gallery import trace
from gallery.models import Photo
from gallery.tests.factories import make_api_client, make_gallery, make_user
from gallery.tests.pictures import make_upload


def record(message: str, name: str = "gallery", **extra) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": message, "name": name, "levelname": "INFO", **extra})
    RequestId().filter(made)
    return made


def line(message: str) -> str:
    return LineFormatter().format(record(message))


def test_a_line_holds_the_id_of_its_request():
    with trace.following("request-1"):
        inside = line("hello")

    assert " INFO gallery [request-1]: hello" in inside
    assert "[-]: hello" in line("hello")


def test_a_line_of_json_has_what_a_program_looks_for():
    with trace.following("request-1"):
        said = json.loads(JsonLineFormatter().format(record("hello", status=201)))

    assert said.pop("time")
    assert said == {
        "level": "INFO",
        "logger": "gallery",
        "message": "hello",
        "request_id": "request-1",
        "status": 201,
    }


@pytest.mark.parametrize(
    "text, secret",
    [
        ("Internal Server Error: /account/reset/MQ/c0ffee-1234567890/", "c0ffee"),
        ("Forbidden: /accounts/confirm-email/Mjpxyz:1abc/", "Mjpxyz"),
        ("Not Found: /s/Zr2-aBcD_efgh0123/photos/", "Zr2-aBcD"),
        ("Forbidden: /account/invite/Zr2-aBcD_efgh0123/", "Zr2-aBcD"),
        ("Authorization: Token 0123456789abcdef", "0123456789"),
        ("Cookie: celebattr_session=abcdefgh12345; theme=dark", "abcdefgh"),
        ("cannot reach redis://:hunter22@queue:6379/0", "hunter22"),
        ("postgres://celebattr:hunter22@database/celebattr failed", "hunter22"),
        ("{'password': 'hunter22'}", "hunter22"),
    ],
)
def test_a_secret_is_left_out(text, secret):
    assert secret in text and secret not in line(text)
    assert secret not in JsonLineFormatter().format(record(text))


def test_a_secret_in_a_traceback_is_left_out():
    try:
        raise OSError("redis://:hunter22@queue cannot be reached")
    except OSError as error:
        failed = record("failed", exc_info=(type(error), error, error.__traceback__))

    assert "Traceback" in LineFormatter().format(failed)
    assert "hunter22" not in LineFormatter().format(failed)


@pytest.mark.parametrize("text", ["photo 2f6c: analyzed", "https://example.org/galleries/1/"])
def test_what_is_no_secret_stays(text):
    assert text in line(text)


def test_a_damaged_file_gives_one_line_per_request():
    damage, once = record("Skipping tag 1", name="py.warnings"), OncePerRequest()

    with trace.following("request-1"):
        first = [once.filter(damage) for _ in range(3)]
    with trace.following("request-2"):
        second = once.filter(damage)

    assert first == [True, False, False] and second


@pytest.mark.django_db
def test_an_answer_carries_the_id_that_a_proxy_gave(client):
    assert client.get("/", headers={"X-Request-ID": "from-the-proxy"})["X-Request-ID"] == (
        "from-the-proxy"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "short", "x" * 65, "forged\nline-of-log", "<script>!!"])
def test_an_id_that_is_not_safe_is_replaced(client, given):
    made = client.get("/", headers={"X-Request-ID": given})["X-Request-ID"]

    assert made != given and len(made) == 32


@pytest.mark.django_db
def test_probes_carry_an_id_too(client):
    assert client.get("/healthz")["X-Request-ID"]


@pytest.mark.django_db
def test_a_request_that_changes_something_has_a_line_without_its_address(client, caplog):
    caplog.set_level(logging.INFO, logger="celebattr")

    client.post(reverse("account_login"), {"login": "alice", "password": "hunter22"})

    (said,) = [entry for entry in caplog.records if entry.name == "celebattr.middleware"]
    assert said.getMessage().startswith("POST account_login: 200 in ")
    assert "hunter22" not in caplog.text


@pytest.mark.django_db
def test_a_photo_keeps_the_id_of_its_upload():
    gallery = make_gallery(owner=make_user())
    api = make_api_client(gallery.owner)
    form = {"gallery": str(gallery.uuid), "image": make_upload()}

    answer = api.post("/api/v1/photos/", form, headers={"X-Request-ID": "upload-1"})

    assert answer.status_code == 201
    assert Photo.objects.get().request_id == "upload-1"
