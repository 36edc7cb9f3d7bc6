from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as site
from django.contrib.auth import get_user_model
from django.urls import reverse

from gallery.tests.factories import make_user
from gallery.tests.people.entering import is_in
from tests.oidc_server import CLIENT, SECRET, Provider

pytestmark = pytest.mark.django_db

BUTTON = "Log in with the company"


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    """A provider that the site knows."""
    provider = Provider()
    app = {
        **site.OIDC_APP,
        "name": "the company",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": provider.url},
    }
    settings.OIDC_URL, settings.OIDC_APP = provider.url, app
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {**site.SOCIALACCOUNT_PROVIDERS["openid_connect"], "APPS": [app]}
    }
    yield provider
    provider.close()


def log_in(client, query: str = ""):
    """Go to the provider as a browser does, and come back with what it says."""
    to_provider = client.get("/account/oidc/sso/login/" + query).url
    back = requests.get(to_provider, allow_redirects=False, timeout=10).headers["Location"]
    return client.get(back.removeprefix("http://testserver"))


def test_without_a_provider_there_is_no_button_and_no_way(client):
    assert "Log in with single" not in client.get(reverse("account_login")).content.decode()
    assert client.get("/account/oidc/sso/login/").status_code == 404


def test_who_is_known_to_the_provider_gets_an_account(client, provider):
    provider.person |= {"given_name": "Nadia", "email": "nadia@example.org"}
    assert BUTTON in client.get(reverse("account_login")).content.decode()

    response = log_in(client)

    assert response.url == "/" and is_in(client)
    user = get_user_model().objects.get()
    assert (user.username, user.first_name, user.email) == ("nadia", "Nadia", "nadia@example.org")
    assert not user.has_usable_password()


def test_the_second_time_it_is_the_same_account(client, provider):
    log_in(client)
    client.post(reverse("account_logout"))

    provider.person |= {"preferred_username": "renamed"}
    log_in(client)

    assert is_in(client)
    assert get_user_model().objects.get().username == "nadia"


def test_one_comes_back_to_where_one_wanted_to_go(client, provider):
    assert log_in(client, "?next=/account/").url == "/account/"


def test_a_closed_site_lets_those_in_whom_the_provider_knows(client, provider, settings):
    settings.SIGNUP = "closed"

    log_in(client)

    assert is_in(client)


def test_an_address_alone_gives_nobody_someone_elses_account(client, provider):
    anna = make_user("anna", email="anna@example.org")
    EmailAddress.objects.create(user=anna, email=anna.email, verified=True, primary=True)
    provider.person |= {"email": "anna@example.org", "email_verified": True}

    log_in(client)

    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_one_connects_an_account_that_one_has(client, provider):
    anna = make_user("anna")
    client.force_login(anna)

    log_in(client, "?process=connect")
    page = client.get(reverse("gallery:account")).content.decode()
    client.post(reverse("account_logout"))
    log_in(client)

    assert "Connected" in page
    assert client.session["_auth_user_id"] == str(anna.pk)


def test_the_site_proves_that_it_asked_itself(client, provider):
    asked = parse_qs(urlsplit(client.get("/account/oidc/sso/login/").url).query)

    assert asked["code_challenge_method"] == ["S256"] and asked["state"]
    foreign = client.get("/account/oidc/sso/login/callback/?code=stolen&state=invented")
    assert "did not say who you are" in " ".join(foreign.content.decode().split())
    assert not is_in(client)


def test_a_provider_that_is_down_is_said_in_words(client, provider):
    provider.close()

    answer = client.get("/account/oidc/sso/login/")

    assert answer.status_code == 502
    assert "That did not work" in answer.content.decode()


def test_a_wrong_secret_is_said_in_words(client, provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["secret"] = "wrong"

    answer = log_in(client)

    assert "That did not work" in answer.content.decode() and not is_in(client)
