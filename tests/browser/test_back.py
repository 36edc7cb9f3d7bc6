"""What the browser's Back shows, with the back/forward cache that people's browsers have."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from gallery.models import Gallery
from gallery.tests.factories import make_gallery, make_ready
from tests.browser.conftest import log_in, start_chromium
from tests.browser.test_account import log_out

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def chromium(playwright) -> Iterator[Browser]:
    """Playwright's default has no such cache."""
    with start_chromium(
        playwright, ignore_default_args=["--disable-back-forward-cache"]
    ) as browser:
        yield browser


@pytest.fixture
def private(page, alice) -> Gallery:
    """A gallery whose page is open, and marked in the browser's memory."""
    gallery = make_gallery(owner=alice, name="Only mine")
    page.goto(gallery.get_absolute_url())
    expect(page.get_by_role("heading", name="Only mine")).to_be_visible()
    mark(page)
    return gallery


def mark(page: Page) -> None:
    page.evaluate("window.wasHere = true")


def is_from_the_cache(page: Page) -> bool:
    return page.evaluate("window.wasHere === true")


def expect_nothing_private(page: Page, gallery: Gallery) -> None:
    expect(page.get_by_label("Password")).to_be_visible()
    assert gallery.name not in page.content()
    assert not is_from_the_cache(page)


def go_back(page: Page) -> None:
    page.go_back(wait_until="commit")  # what comes out of the cache is not loaded again


def test_this_browser_has_the_cache(page):
    page.goto(reverse("gallery:home"))
    mark(page)
    page.goto(reverse("account_signup"))

    go_back(page)

    expect(page).to_have_url(re.compile(r"/$"))
    assert is_from_the_cache(page)


def test_back_shows_nothing_private_after_logging_out(page, private):
    log_out(page)

    go_back(page)

    expect_nothing_private(page, private)


def test_back_shows_nothing_private_after_logging_out_in_another_tab(page, private):
    page.goto(reverse("gallery:home"))
    other = page.context.new_page()
    other.goto(reverse("gallery:home"))
    log_out(other)

    go_back(page)

    expect_nothing_private(page, private)


def pages_of(gallery: Gallery) -> list[str]:
    """The addresses of what else is private."""
    photo = make_ready(gallery, smiling=0.9)
    names = ("gallery:account", "gallery:activity")
    of_gallery = ("gallery:review_list", "gallery:insight", "gallery:upload")
    return [
        photo.get_absolute_url(),
        *map(reverse, names),
        *(reverse(name, args=[gallery.uuid]) for name in of_gallery),
        f"{gallery.get_absolute_url()}?attrs=Smiling&view=faces",
    ]


def test_back_shows_none_of_the_private_pages_after_logging_out(
    page, private, server, small_pictures
):
    for address in pages_of(private):
        log_in(page.context, private.owner, server)
        page.goto(address)
        mark(page)
        log_out(page)

        go_back(page)

        expect_nothing_private(page, private)
