"""The ways between the main pages: in the header, and on phones at the lower edge."""

import pytest
from playwright.sync_api import Page, expect

from gallery.tests.factories import make_gallery
from tests.browser.answers import make_many

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def gallery(alice):
    return make_gallery(owner=alice)


def test_all_photos_are_one_click_away(page: Page, gallery):
    make_many(gallery, 2)
    page.goto(gallery.get_absolute_url())

    page.get_by_role("link", name="All photos").click()

    expect(page.locator(".tile")).to_have_count(2)
    expect(page.get_by_role("link", name="All photos")).to_have_attribute("aria-current", "page")


def test_a_photo_of_all_photos_leads_back_to_its_tile(page: Page, gallery):
    photos = make_many(gallery, 3)
    page.goto("/photos/")
    page.locator(".tile a").nth(1).click()
    expect(page.locator("#back")).to_contain_text("All photos")
    page.wait_for_load_state()  # with its scripts, which are what the key needs

    page.keyboard.press("Escape")

    expect(page.locator(f"#photo-{photos[1].uuid} a")).to_be_focused()
    assert page.url.partition("?")[0].endswith("/photos/")


def test_on_a_phone_they_are_at_the_lower_edge_and_cover_nothing(page: Page, gallery):
    make_many(gallery, 2)
    page.set_viewport_size(PHONE)
    page.goto(f"{gallery.get_absolute_url()}?view=faces")
    page.locator(".tile-check").first.check()

    rooms, bulk = page.locator(".rooms").bounding_box(), page.locator("#bulk").bounding_box()

    assert rooms["y"] + rooms["height"] == PHONE["height"]
    assert bulk["y"] + bulk["height"] <= rooms["y"]


def test_on_a_phone_a_photo_has_the_screen_for_itself(page: Page, gallery):
    (photo,) = make_many(gallery, 1)
    page.set_viewport_size(PHONE)

    page.goto(photo.get_absolute_url())

    expect(page.locator(".rooms")).to_be_hidden()
