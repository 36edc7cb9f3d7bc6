"""The pages in German: words are longer, and scripts speak it too."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from gallery.tests.factories import make_gallery, make_photo_with
from tests.browser.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

WIDTHS = (390, 1440)
NAMES = (
    "welcome",
    "sign up",
    "home, full",
    "gallery, full",
    "gallery, filtered",
    "gallery, faces selected",
    "gallery, uploading",
    "gallery, exporting",
    "all photos",
    "photo, faces",
    "review list",
    "review",
    "account",
    "models",
    "operate",
)
# What sticks out of the window, or is cut off in a button, a label or a heading.
WRONG = """() => {
  const places = "button, .button, .segment, h2, h3, .own span, .match > p";
  const isCut = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest(".visually-hidden") &&
    element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1;
  const { clientWidth, scrollWidth } = document.documentElement;
  return [
    ...(scrollWidth > clientWidth + 1 ? ["wider than the window"] : []),
    ...[...document.querySelectorAll(places)]
      .filter(isCut)
      .map((element) => `cut: ${element.textContent.trim()}`),
  ];
}"""


@pytest.fixture
def german(page: Page, alice, server) -> Page:
    cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": "de", "url": server}
    page.context.add_cookies([cookie])
    return page


@pytest.mark.parametrize("name", NAMES)
def test_german_fits(german: Page, alice, on_purpose, name: str):
    on_purpose += ["status of", "Response Status Error Code 404"]
    wrong: set[str] = set()

    PAGES[name](german, alice)
    expect(german.locator("html")).to_have_attribute("lang", "de")
    for width in WIDTHS:
        german.set_viewport_size({"width": width, "height": 900})
        wrong.update(f"{width} {words}" for words in german.evaluate(WRONG))

    assert sorted(wrong) == []


def test_the_language_is_chosen_at_the_end_of_a_page_and_stays(page: Page, alice):
    page.goto("/")
    page.get_by_label("Language").select_option("Deutsch")
    page.get_by_role("button", name="Set the language").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hallo Alice")

    page.goto("/account/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Ihr Konto")


def test_scripts_speak_german(german: Page, alice):
    gallery = make_gallery(owner=alice)
    make_photo_with({"smiling": 0.9}, {"smiling": 0.1}, gallery=gallery)
    german.goto(f"{gallery.get_absolute_url()}?view=faces")

    german.locator(".tile-check").first.check(force=True)

    expect(german.locator("#selected")).to_have_text("1 ausgewählt")


def test_boxes_are_where_they_are_in_english(german: Page, alice):
    photo = make_photo_with({"x": 0.125}, {"x": 0.625}, gallery=make_gallery(owner=alice))
    german.goto(photo.get_absolute_url())

    expect(german.locator(".box-edge").first).to_have_attribute("x", "12.5%")


def test_an_attribute_is_found_by_its_german_name_and_by_its_english_one(german: Page, alice):
    gallery = make_gallery(owner=alice)
    make_photo_with({"smiling": 0.9}, gallery=gallery)
    german.goto(gallery.get_absolute_url())

    for word in ("brille", "glasses", "Sonnenbrille"):
        german.get_by_label("Merkmal suchen").fill(word)
        expect(german.locator(".attribute:visible .own > summary")).to_have_text(["Brille"])
