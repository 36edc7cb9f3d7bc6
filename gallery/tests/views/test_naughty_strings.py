"""Names and filters that are meant to break pages: shown as text, or refused in words."""

from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from django.urls import reverse

from gallery.models import Gallery, Photo, ShareLink
from gallery.tests.factories import make_ready
from gallery.tests.uploads.test_hostile import FOLDER
from tests.sizes import IS_FULL

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OWN = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "{{ 7*7 }}{% debug %}",
    "'; DROP TABLE gallery_photo; --",
    "\u202etxt.exe",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "a\x00b",
    "%00%0d%0aX-Evil: 1",
    "Ω≈ç√∫˜µ≤≥÷",
    "田中さんにあげて下さい",
    "1" * 5000,
]
CODE = ("javascript:", "data:", "vbscript:")  # addresses that a browser would run
TARGETS = ("href", "src", "action", "formaction", "hx-get", "hx-post")
COLLECTED = FOLDER / "strings" / "blns.txt"


def strings() -> list[str]:
    lines = COLLECTED.read_text().split("\n") if COLLECTED.exists() else []
    collected = [line for line in lines if line and not line.startswith("#")]
    return OWN + collected[:: 1 if IS_FULL else 40]


class Page(HTMLParser):
    """What a browser would run, or go to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name.startswith("on"):
                self.dangers.append(f"{tag} {name}")
            if name in TARGETS and (value or "").strip().lower().startswith(CODE):
                self.dangers.append(f"{tag} {name}={value}")
        if tag == "script" and "src" not in dict(attributes):
            self.dangers.append("a script in the page")


def dangers(client, address: str, *statuses: int) -> list[str]:
    response = client.get(address)
    assert response.status_code in statuses
    assert "X-Evil" not in response.headers
    return Page(response.content.decode()).dangers


def test_the_page_of_a_danger_shows_it():
    page = f"<p title='{OWN[2]}'>{OWN[0]}{OWN[1]}<a href='{OWN[3]}'>x</a>"

    assert len(Page(page).dangers) == 4


def test_a_name_is_text_wherever_it_is_shown(client, gallery):
    photo = make_ready(gallery, smiling=0.9)
    shared = reverse("gallery:shared", args=[ShareLink.objects.share(gallery).token])
    pages = (gallery.get_absolute_url(), photo.get_absolute_url(), shared, "/")

    for text in strings():
        Gallery.objects.filter(pk=gallery.pk).update(name=text.replace("\0", "")[:100])
        Photo.objects.filter(pk=photo.pk).update(original_name=text.replace("\0", "")[:200])
        for address in pages:
            assert (text, dangers(client, address, 200)) == (text, [])


def test_a_filter_is_text_or_refused(client, gallery):
    make_ready(gallery, smiling=0.9)

    for text in strings():
        address = f"{gallery.get_absolute_url()}?attrs={quote(text[:1500])}"
        assert (text, dangers(client, address, 200, 400)) == (text, [])


def test_a_name_that_is_typed_is_taken_or_refused_in_words(client, api):
    for text in strings():
        response = api.post("/api/v1/galleries/", {"name": text}, format="json")

        assert response.status_code in (201, 400), text
        if response.status_code == 400:
            assert response.json()["error"]["fields"]["name"]
