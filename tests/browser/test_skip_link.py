"""From the keyboard, past the header, on every kind of page."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from playwright.sync_api import Page, expect

from gallery.models import Gallery
from gallery.tests.factories import make_gallery, make_ready

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


def skip_to_the_content(page: Page) -> None:
    """Press Tab once and Enter, and see that the keyboard is then where the content begins."""
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)

    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)


@pytest.fixture
def gallery(alice) -> Gallery:
    alice.is_staff = True
    alice.save()
    return make_gallery(owner=alice)


def test_one_key_leads_past_the_header_for_who_is_not_logged_in(page: Page, server):
    for address in ("/", reverse("account_reset_password")):
        page.goto(address)
        skip_to_the_content(page)


def test_one_key_leads_past_the_header_of_all_that_is_mine(page: Page, gallery):
    photo = make_ready(gallery)
    names = ("gallery:home", "gallery:account", "gallery:models")
    of_gallery = ("gallery:upload", "gallery:review_list")
    addresses = [photo.get_absolute_url(), *map(reverse, names)]
    addresses += [reverse(name, args=[gallery.uuid]) for name in of_gallery]

    for address in addresses:
        page.goto(address)
        skip_to_the_content(page)


def test_one_key_leads_past_the_panel_to_the_photos(page: Page, gallery):
    make_ready(gallery)
    page.goto(gallery.get_absolute_url())
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the photos")).to_be_focused()

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.locator(".tile > a")).to_be_focused()


def test_one_key_leads_past_the_header_of_the_page_that_says_the_site_failed(page: Page, server):
    page.route("**/failed/", lambda route: route.fulfill(body=render_to_string("500.html")))
    page.goto("/failed/")

    skip_to_the_content(page)
