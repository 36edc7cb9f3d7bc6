"""Light or dark pages, as a person chose for their browser."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

CHOOSE = reverse("gallery:choose_theme")


def theme(client) -> str:
    page = client.get("/").content.decode()
    return page.partition('<html lang="en"')[2].partition(">")[0].strip()


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_a_theme_is_kept_for_the_browser(client, chosen):
    client.post(CHOOSE, {"theme": chosen})

    assert theme(client) == f'data-theme="{chosen}"'


def test_the_system_decides_again_if_the_person_wants_it(client):
    client.post(CHOOSE, {"theme": "dark"})
    client.post(CHOOSE, {"theme": ""})

    assert theme(client) == ""


def test_an_unknown_theme_in_the_cookie_is_not_shown(client):
    client.cookies["celebattr_theme"] = '"><script>'

    assert theme(client) == ""


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/galleries/?sort=Bald", "http://testserver/galleries/?sort=Bald"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_choosing_leads_back_to_the_page_but_never_off_the_site(client, came_from, leads_to):
    response = client.post(CHOOSE, {"theme": "dark"}, headers={"referer": came_from})

    assert response.url == leads_to
