import html
import re
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from gallery.models import Gallery
from gallery.tests.factories import make_gallery, make_user

pytestmark = pytest.mark.django_db

SECRET = "a-good-long-secret"


@pytest.fixture
def alice(client):
    user = make_user("alice", first_name="Alice", email="alice@example.org")
    client.force_login(user)
    return user


def sign_up(client, **data):
    defaults = {"username": "nadia", "password1": SECRET, "password2": SECRET}
    return client.post(reverse("account_signup"), {**defaults, **data})


def test_signing_up_logs_in_and_greets_by_name(client):
    response = sign_up(client, first_name="Nadia")

    assert response.url == "/"
    assert "Hello Nadia" in client.get("/").content.decode()


def test_pages_of_people_who_are_signed_in_are_kept_by_no_cache(client):
    stranger = client.get("/")
    sign_up(client)

    assert "no-store" in client.get("/")["Cache-Control"]
    assert "no-store" not in stranger.get("Cache-Control", "")


def test_name_and_email_may_be_left_out(client):
    sign_up(client)

    assert "Hello nadia" in client.get("/").content.decode()


def test_a_weak_password_makes_no_account(client):
    response = sign_up(client, password1="12345", password2="12345")

    assert "too short" in response.content.decode()
    assert not get_user_model().objects.exists()


def test_a_name_that_is_taken_in_other_letters_is_refused(client):
    make_user("Nadia")

    sign_up(client)

    assert get_user_model().objects.count() == 1


def test_who_is_logged_in_does_not_sign_up_again(client, alice):
    assert client.get(reverse("account_signup")).url == "/"
    assert client.get(reverse("account_signup") + "?next=/account/").url == "/account/"


def test_signing_up_goes_where_one_wanted_to_go_before_the_page_to_log_in(client):
    where = reverse("gallery:account") + "?a=1&b=2"
    log_in = client.get(client.get(where).url).content.decode()
    links = set(re.findall(r'href="(/account/signup/[^"]*)"', log_in))

    (to_sign_up,) = links
    form = client.get(to_sign_up).content.decode()
    hidden = html.unescape(re.search(r'name="next" value="([^"]*)"', form)[1])
    response = sign_up(client, next=hidden)

    assert response.url == where


def test_a_refused_sign_up_still_knows_where_one_wanted_to_go(client):
    response = sign_up(client, password2="another", next="/account/")

    page = response.content.decode()
    assert 'name="next" value="/account/"' in page
    assert 'href="/account/login/?next=/account/"' in page


EVIL = [
    "//evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "/\\evil.example",
    "\tjavascript:alert(1)",
]


@pytest.mark.parametrize("evil", [*EVIL, "evil"])
def test_signing_up_never_leads_off_the_site(client, evil):
    address = f"{reverse('account_signup')}?{urlencode({'next': evil})}"

    assert evil not in client.get(address).content.decode()
    assert sign_up(client, next=evil).url == "/"


def test_logging_in_goes_where_one_wanted_to_go(client):
    gallery = make_gallery()
    where = gallery.get_absolute_url()
    to_log_in = client.get(where).url

    data = {"login": gallery.owner.username, "password": "correct-horse", "next": where}
    response = client.post(to_log_in, data)

    assert response.url == where


@pytest.mark.parametrize("evil", EVIL)
def test_logging_in_never_leads_off_the_site(client, evil):
    user = make_user()

    data = {"login": user.username, "password": "correct-horse", "next": evil}
    response = client.post(reverse("account_login"), data)

    assert response.url == "/"


def test_logging_out_takes_a_post(client, alice):
    assert "Log out?" in client.get(reverse("account_logout")).content.decode()
    assert "Hello" in client.get("/").content.decode()

    client.post(reverse("account_logout"))

    assert "Hello" not in client.get("/").content.decode()


# --- A form whose token has grown old


@pytest.fixture
def browser(alice) -> Client:
    """Alice's, for whom forms need their token."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    return browser


def send_old_form(browser, origin: str = "http://testserver", **data: str):
    fields = {"name": "Summer", "csrfmiddlewaretoken": "x" * 64, **data}
    return browser.post(reverse("gallery:create"), fields, HTTP_ORIGIN=origin)


def test_nothing_written_into_an_old_form_is_lost(browser):
    page = send_old_form(browser, name='Summer & "sun"')
    assert page.status_code == 403

    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.content.decode()))
    fields = {name: html.unescape(value) for name, value in hidden.items()}
    browser.post(reverse("gallery:create"), fields, HTTP_ORIGIN="http://testserver")

    assert Gallery.objects.get().name == 'Summer & "sun"'


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_form_of_another_site_is_not_offered_again(browser, origin):
    page = send_old_form(browser, origin)

    assert page.status_code == 403
    assert "Summer" not in page.content.decode()


def test_a_password_is_not_put_into_a_page(browser):
    page = send_old_form(browser, password="correct-horse")

    assert "correct-horse" not in page.content.decode()


def test_the_scripts_know_the_name_of_the_cookie():
    script = (settings.BASE_DIR / "static/js/csrf.js").read_text()

    assert f"{settings.CSRF_COOKIE_NAME}=" in script
