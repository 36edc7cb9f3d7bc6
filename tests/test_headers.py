"""What each answer tells the browser, on a site with TLS: pages, pictures, errors, JSON."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from celebattr.settings import BASE_DIR
from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_user
from gallery.tests.pictures import make_upload
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db

LOGIN, PASSWORD = "/account/login/", "correct-horse"
# What HTTPS=on makes of the settings, as a process that has it reads them.
READ = """
import json
from celebattr import settings
names = [name for name in dir(settings) if name.startswith(("SECURE_", "SESSION_", "CSRF_COOKIE"))]
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def settings_with(**variables: str) -> dict[str, Any]:
    env = {**os.environ, "HTTPS": "on", "SECRET_KEY": "for-tests-only", **variables}
    command = [sys.executable, "-c", READ]
    return json.loads(subprocess.check_output(command, env=env, cwd=BASE_DIR, text=True))


@pytest.fixture(scope="session")
def with_tls() -> dict[str, Any]:
    return settings_with()


@pytest.fixture
def client(with_tls, settings) -> Client:
    """A browser, whose requests a proxy with TLS hands on."""
    for name, value in with_tls.items():
        setattr(settings, name, value)
    proxied = Client(headers={"X-Forwarded-Proto": "https"})
    proxied.raise_request_exception = False
    return proxied


@pytest.fixture
def alice(client):
    user = make_user("alice", is_staff=True)
    client.force_login(user)
    return user


def login(client: Client) -> HttpResponseBase:
    return client.get(LOGIN)


def first_page(client: Client) -> HttpResponseBase:
    return client.get("/")


def an_account_of_a_stranger(client: Client) -> HttpResponseBase:
    return Client(headers={"X-Forwarded-Proto": "https"}).get("/account/")


def no_page(client: Client) -> HttpResponseBase:
    return client.get("/nothing/")


def a_broken_page(client: Client) -> HttpResponseBase:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gallery.views.model_versions.versions_context", fail)
        return client.get("/models/")


def a_picture(client: Client) -> HttpResponseBase:
    photo = Photo.objects.get()
    return client.get(reverse("gallery:picture", args=[photo.uuid]))


def json_of_the_api(client: Client) -> HttpResponseBase:
    return client.get("/api/v1/galleries/")


def a_broken_api(client: Client) -> HttpResponseBase:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gallery.api.galleries.GalleryViewSet.get_queryset", fail)
        return client.get("/api/v1/galleries/")


def an_api_without_a_token(client: Client) -> HttpResponseBase:
    return Client(headers={"X-Forwarded-Proto": "https"}).get("/api/v1/galleries/")


def an_expired_form(client: Client) -> HttpResponseBase:
    strict = Client(enforce_csrf_checks=True, headers={"X-Forwarded-Proto": "https"})
    return strict.post(LOGIN, {"login": "alice"})


def a_table(client: Client) -> HttpResponseBase:
    gallery = Photo.objects.get().gallery
    return client.get(reverse("gallery:export", args=[gallery.uuid, "csv"]))


def fail(*_: object) -> None:
    raise RuntimeError("on purpose")


ANSWERS: list[tuple[Callable[[Client], HttpResponseBase], int]] = [
    (login, 302),
    (first_page, 200),
    (an_account_of_a_stranger, 302),
    (no_page, 404),
    (a_broken_page, 500),
    (a_picture, 200),
    (json_of_the_api, 200),
    (a_broken_api, 500),
    (an_api_without_a_token, 401),
    (an_expired_form, 403),
    (a_table, 200),
]


@pytest.fixture(params=ANSWERS, ids=lambda param: param[0].__name__)
def answer(request, client, alice) -> HttpResponseBase:
    """One of the site's answers, to a person with a photo."""
    ask, status = request.param
    add_photo(make_gallery(owner=alice), make_upload())
    response = ask(client)
    assert response.status_code == status
    return response


def test_each_answer_tells_the_browser_to_be_careful(answer):
    assert re.fullmatch(r"max-age=[1-9]\d+", answer["Strict-Transport-Security"])
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_each_answer_has_a_policy_without_scripts_of_others_or_in_the_page(answer):
    policy = answer["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'self'" in policy or policy == "default-src 'none'; sandbox"
    if "'self'" in policy:
        assert "frame-ancestors 'none'" in policy
        assert "object-src 'none'" in policy
        assert "base-uri 'none'" in policy


def test_no_answer_to_a_person_may_be_kept_by_others(answer):
    if answer.wsgi_request.user.is_authenticated:
        assert "private" in answer["Cache-Control"] or "no-store" in answer["Cache-Control"]


def test_cookies_travel_encrypted_and_scripts_cannot_read_the_session(client):
    make_user("alice")

    client.get(LOGIN)
    response = client.post(LOGIN, {"login": "alice", "password": PASSWORD})

    assert response.status_code == 302
    for cookie in client.cookies.values():
        assert cookie["secure"]
        assert cookie["samesite"] in ("Lax", "Strict")
    assert client.cookies[settings.SESSION_COOKIE_NAME]["httponly"]


def test_plain_http_is_led_to_tls(client):
    response = client.get(LOGIN, headers={"X-Forwarded-Proto": "http"})

    assert response.status_code == 301
    assert response.url.startswith("https://")


def test_the_site_has_cookies_of_its_own_names(client):
    """Cookies go to all ports of a host, where another Django site would overwrite these."""
    make_user("alice")

    client.get(LOGIN)
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})

    assert not {"sessionid", "csrftoken"} & client.cookies.keys()
    assert {name.split("_")[0] for name in client.cookies} == {"celebattr"}


def test_nothing_is_said_of_other_sites_of_the_domain_unless_that_is_set(with_tls):
    asked = settings_with(HSTS_SUBDOMAINS="on", HSTS_PRELOAD="on", HSTS_SECONDS="31536000")

    names = [f"SECURE_HSTS_{name}" for name in ("INCLUDE_SUBDOMAINS", "PRELOAD", "SECONDS")]
    *others, seconds = (with_tls[name] for name in names)
    assert others == [False, False]
    assert seconds <= 86_400  # a day, after which a mistake is over
    assert [asked[name] for name in names] == [True, True, 31_536_000]
