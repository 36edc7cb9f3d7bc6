"""Every page in another language holds no English."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from gallery.answers.corrections import answer
from gallery.models import Face, Photo, Sign
from gallery.models.picture import MISSING
from gallery.models.sign import BACKUP, SWEEP, WORKER
from gallery.tests.factories import make_photo, make_photo_with
from gallery.tests.versions import EPOCHS, make_listed, metrics
from ml.attributes import FIELDS, NAMES
from ml.models import ModelVersion
from tests.access.conftest import no_limits, world  # noqa: F401
from tests.access.routes import Route
from tests.access.table import OWN, ROUTES, ROWS
from tests.access.world import FAILURE, World
from tests.languages.catalogs import OTHERS, pairs_of, read_catalog
from tests.languages.pages import ENGLISH, texts_of_page

pytestmark = pytest.mark.django_db

ACTORS = ("owner", "superuser", "anonymous")  # together they see every page
COMMA = re.compile(r'(?<![\w-])(?:[xy][12]?|c[xy]|width|height|value|min|max|step)="-?\d+,\d.*?"')
OWN_WORDS = (FAILURE, "to revoke")  # what the owner's token is called
LOOKS = (
    "?attrs=Smiling,-Bald,?Bangs,Young>=0.5,faces>0&sort=Smiling",
    "?attrs=Bald",
    "?attrs=Smilling",
    "?attrs=detector=finder",
    "?view=faces",
    "?say=smiling+xyzzy",
)


def routes(method: str, *statuses: str) -> Iterator[tuple[str, Route]]:
    """The addresses of pages, each with the first who gets one of the statuses there."""
    for name in OWN:
        if ROUTES[name].address.startswith(("/api/", "/admin/", "/metrics", "/django-rq/")):
            continue
        rows = [row for row in ROWS[name] if method in row.methods]
        who = [a for a in ACTORS if any(row.answers[a] in statuses for row in rows)]
        for actor in who[:1]:
            yield actor, ROUTES[name]


@pytest.fixture
def full(world) -> World:  # noqa: F811
    """The owner's gallery has photos in each state, and the site has all that its pages show."""
    gallery = world.theirs.galleries
    reliability = {
        name: {"grade": "poor", "reason": "finds 1 in 5; all hits are right"} for name in NAMES
    }
    ModelVersion.objects.update(reliability=reliability, metrics=metrics(), history=EPOCHS)
    make_listed("second", history=EPOCHS, metrics=metrics(0.8))
    sure = dict.fromkeys(FIELDS[:10], 0.95) | dict.fromkeys(FIELDS[10:20], 0.05)
    photo = make_photo_with(*4 * [sure], sure | {"x": 0.125}, gallery=gallery)
    answer(Face.objects.filter(photo=photo), "Young", False, world.owner)
    make_photo(gallery=gallery)
    make_photo(
        gallery=gallery,
        status=Photo.Status.ANALYSING,
        lease=uuid4(),
        lease_until=timezone.now(),
    )
    make_photo(gallery=gallery, status=Photo.Status.FAILED, failure=MISSING)
    Photo.objects.pending().update(created_at=timezone.now() - timedelta(hours=1))
    Sign.objects.leave(BACKUP, pictures=3, folder="/backups")
    Sign.objects.leave(SWEEP, files=1)
    Sign.objects.leave(WORKER, "host-1", version="test")
    return world


def english_on(html: str, language: str) -> set[str]:
    """The texts of a page that the catalog has otherwise, or that read like English."""
    pairs = dict(pairs_of(read_catalog(language, "django")))
    texts = [text for text in texts_of_page(html) if not any(own in text for own in OWN_WORDS)]
    known = {text for text in texts if pairs.get(text, text) != text}
    return known | {text for text in texts if ENGLISH.search(text)}


def speak(world: World, language: str) -> None:  # noqa: F811
    for actor in ACTORS:
        world.clients[actor].cookies["celebattr_language"] = language


def found_on(pages: Iterator[tuple[str, Any]], language: str) -> dict[str, set[str]]:
    """What is English, by page; only pages are looked at."""
    found = {}
    for name, response in pages:
        is_page = response.get("Content-Type", "").startswith("text/html")
        if english := english_on(response.content.decode(), language) if is_page else set():
            found[name] = english
    return found


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_no_page_holds_english(full, language):
    speak(full, language)
    pages = (
        (f"{actor} {route.name}", full.ask(actor, "GET", route))
        for actor, route in routes("GET", "200")
    )

    assert found_on(pages, language) == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_no_way_to_look_at_a_gallery_or_a_photo_shows_english(full, language):
    speak(full, language)
    client, gallery = full.clients["owner"], full.theirs.galleries
    photos = [photo.get_absolute_url() for photo in gallery.photos.all()]
    addresses = [gallery.get_absolute_url() + look for look in LOOKS] + photos
    assert len(photos) == 5
    answers = [(address, client.get(address, follow=True)) for address in addresses]
    answers.append(("welcome", full.clients["anonymous"].get("/")))

    assert found_on(iter(answers), language) == {}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("detector", ["finder", "haar"])
def test_a_filter_names_the_detector_in_the_readers_language(full, language, detector):
    speak(full, language)
    gallery = full.theirs.galleries.get_absolute_url()

    page = full.clients["owner"].get(f"{gallery}?attrs=detector={detector}").content.decode()

    with translation.override(language):
        assert f" {Face.Detector(detector).label}" in page
    assert "networks" not in page and "cascade" not in page


@pytest.mark.parametrize("language", OTHERS)
def test_numbers_that_a_browser_reads_have_a_point(full, language):
    """A decimal comma would leave the boxes and bars of a drawing out."""
    speak(full, language)
    gallery = full.theirs.galleries.get_absolute_url()
    photo = Photo.objects.get(faces__x=0.125).get_absolute_url()

    pages = [
        full.clients["owner"].get(a).content.decode()
        for a in (photo, gallery + "insight/", gallery)
    ]

    assert 'x="12.5%"' in pages[0] and "tag" in pages[0]
    assert [COMMA.findall(page) for page in pages] == [[], [], []]


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_what_is_said_after_a_form_is_not_english(full, language):
    """Each form as it should be, and empty: messages, and what is wrong."""
    speak(full, language)

    def answers() -> Iterator[tuple[str, Any]]:
        for actor, route in routes("POST", "200", "302", "400"):
            for body in (full.body(route.name, "POST"), {}):
                with full.undone(actor):
                    path = full.path(route)
                    yield (
                        f"{actor} {route.name} {len(body)}",
                        full.clients[actor].post(path, body, follow=True),
                    )

    assert found_on(answers(), language) == {}
