"""Requests that a proxy has changed: the answer says what is wrong, and what to set."""

import pytest
from django.conf import settings
from django.test import Client

LOGIN = "/account/login/"
HERE = {"HTTP_HOST": "127.0.0.1:8000"}  # what nginx sends to its upstream, unless it is told to


@pytest.fixture
def client(db):
    client = Client(enforce_csrf_checks=True)
    client.get(LOGIN)
    return client


def post(client, origin: str, **more):
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    form = {"username": "a", "password": "b", "csrfmiddlewaretoken": token}
    return client.post(LOGIN, form, HTTP_ORIGIN=origin, **HERE, **more)


@pytest.mark.parametrize(
    "origin",
    ["http://photos.example.org", "https://photos.example.org:8443", "https://127.0.0.1:8000"],
)
def test_a_wrong_origin_is_named_with_what_to_set(client, origin):
    answer = post(client, origin)

    page = answer.content.decode()
    assert answer.status_code == 403
    assert f"CSRF_TRUSTED_ORIGINS={origin}" in page
    assert "as if for http://127.0.0.1:8000" in page
    assert "proxy_set_header Host $http_host" in page


def test_a_program_gets_the_same_as_json(client):
    answer = post(client, "http://photos.example.org", HTTP_ACCEPT="application/json")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "csrf_failed")
    assert "CSRF_TRUSTED_ORIGINS=http://photos.example.org" in error["message"]


@pytest.mark.parametrize("origin", ["null", "http://<script>", "http://a/b", "x" * 100])
def test_an_origin_that_is_none_is_not_shown(client, origin):
    page = post(client, origin).content.decode()

    assert "This form has expired" in page
    assert origin not in page.replace("null", "") or origin == "null"


def test_the_right_origin_without_a_token_is_an_expired_form(client):
    client.cookies.clear()

    answer = client.post(LOGIN, {}, HTTP_ORIGIN="http://127.0.0.1:8000", **HERE)

    assert "This form has expired" in answer.content.decode()


@pytest.mark.parametrize("host", ["photos.example.org", "photos.example.org:8000", "10.0.0.7"])
def test_a_host_that_is_not_allowed_is_named_with_what_to_set(db, host):
    answer = Client().get("/", HTTP_HOST=host)

    assert answer.status_code == 400
    assert f"does not answer to the name {host.split(':')[0]}" in answer.content.decode()
    assert "ALLOWED_HOSTS" in answer.content.decode()


def test_a_host_that_is_none_is_not_shown(db):
    answer = Client().get("/", HTTP_HOST="<script>")

    assert answer.status_code == 400
    assert "script>" not in answer.content.decode().split("<main")[1].split("</main")[0]
