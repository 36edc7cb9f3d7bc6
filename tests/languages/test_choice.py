"""Which language a page has: the chosen one, else the browser's; programs get English."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from gallery.tests.factories import make_api_client, make_gallery, make_user

pytestmark = pytest.mark.django_db

HOME, CHOOSE = reverse("gallery:home"), reverse("set_language")
GERMAN, ENGLISH = {"accept-language": "de-AT,de;q=0.9,en;q=0.1"}, {"accept-language": "en"}


def language_of(response) -> str:
    return re.search(r'<html\s+lang="(\w+)"', response.content.decode())[1]


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("de", "de"), ("de-AT,en;q=0.5", "de"), ("en-US,de;q=0.5", "en"), ("fr", "en"), ("", "en")],
)
def test_the_browser_chooses(client, wanted, language):
    response = client.get(HOME, headers={"accept-language": wanted})

    assert language_of(response) == response["Content-Language"] == language


def test_a_choice_is_kept_for_a_year_and_goes_before_the_browsers(client):
    client.post(CHOOSE, {"language": "de"}, headers=ENGLISH)

    cookie = client.cookies["celebattr_language"]
    assert (cookie.value, cookie["max-age"], cookie["httponly"]) == ("de", 365 * 24 * 3600, True)
    assert language_of(client.get(HOME, headers=ENGLISH)) == "de"


def test_the_choice_leads_back_to_its_page_and_never_to_another_site(client):
    here = client.post(CHOOSE, {"language": "de"}, headers={"referer": "http://testserver/models/"})
    away = client.post(CHOOSE, {"language": "de"}, headers={"referer": "https://example.com/"})

    assert (here["Location"], away["Location"]) == ("http://testserver/models/", "/")


def test_an_unknown_language_changes_nothing(client):
    client.post(CHOOSE, {"language": '"><script>'})

    assert "celebattr_language" not in client.cookies


def test_the_choice_is_on_every_page_with_the_current_one_selected(client):
    page = client.get(HOME, headers=GERMAN).content.decode()

    assert f'action="{CHOOSE}"' in page
    assert re.search(r'<option value="de" lang="de"\s+selected>Deutsch</option>', page)


def test_a_cache_keeps_a_page_for_each_language(client):
    varies = client.get(HOME, headers=GERMAN)["Vary"]

    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in varies.split(",")}


@pytest.mark.parametrize(
    ("path", "code"), [("nothing/", "not_found"), ("galleries/?page_size=no", "bad_filter")]
)
def test_the_api_answers_in_english(path, code):
    client = make_api_client(make_user())

    answers = [client.get(f"/api/v1/{path}", headers=language) for language in (GERMAN, ENGLISH)]

    assert answers[0].content == answers[1].content
    assert "Content-Language" not in answers[0]


def test_an_unreadable_filter_is_explained_in_german_on_the_page_and_in_english_by_the_api(client):
    owner = make_user()
    client.force_login(owner)
    gallery = make_gallery(owner=owner)

    page = client.get(f"{gallery.get_absolute_url()}?attrs=Smilling", headers=GERMAN)
    answer = make_api_client(owner).get("/api/v1/photos/?attrs=Smilling", headers=GERMAN)

    assert "Unbekanntes Merkmal „Smilling“ bei Zeichen 1. Vielleicht Smiling?" in (
        page.content.decode()
    )
    assert "Unknown attribute" in answer.json()["error"]["message"]


def test_the_scripts_have_their_texts_in_german_from_an_address_that_caches_may_keep(client):
    response = client.get(reverse("gallery:words", args=["de"]), headers=ENGLISH)

    assert response["Content-Type"].startswith("text/javascript")
    assert response["Content-Language"] == "de" and "Cookie" not in response["Vary"]
    assert "public" in response["Cache-Control"] and "max-age=86400" in response["Cache-Control"]
    assert "Die Verbindung ist abgebrochen." in response.content.decode()
    assert client.get("/words/fr.js").status_code == 404


def test_only_another_language_than_english_loads_texts_for_the_scripts(client):
    pages = [client.get(HOME, headers=headers).content.decode() for headers in (GERMAN, ENGLISH)]

    assert ["/words/de.js" in page for page in pages] == [True, False]
    assert ["/words/" in page for page in pages] == [True, False]


def test_without_a_wish_the_site_speaks_english():
    assert settings.LANGUAGE_CODE == "en"
