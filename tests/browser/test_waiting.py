"""A page whose photos nobody analyzes asks less and less often."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_photo
from tests.browser.conftest import lock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


def test_polls_slow_down_while_nothing_happens(page: Page, alice, on_purpose):
    on_purpose.append("htmx:")  # the clock is quicker than the answers
    gallery = make_gallery(owner=alice)
    make_photo(gallery=gallery)
    make_photo(gallery=gallery, status=Photo.Status.FAILED)  # whose form has a token
    asked, answered = [], []
    page.on("request", lambda request: "/progress/" in request.url and asked.append(request))
    page.on("requestfinished", lambda one: "/progress/" in one.url and answered.append(one))
    page.clock.install()
    page.goto(gallery.get_absolute_url())

    for _ in range(60):  # seconds
        page.clock.run_for(1000)
        while len(answered) < len(asked):
            page.wait_for_timeout(20)

    assert 5 <= len(asked) <= 15


def test_a_poll_leaves_alone_what_a_person_looks_at_and_asks_for(page: Page, alice):
    gallery = make_gallery(owner=alice)
    make_photo(gallery=gallery)
    held: list = []
    page.route("**/progress/**", lambda route: held.append(route))
    with page.expect_request("**/progress/**"):
        page.goto(gallery.get_absolute_url())
    expect(page.locator("#results")).not_to_have_class("results htmx-request")
    page.locator("#view-faces").click()
    expect(page.locator(".empty h2")).to_have_text("No faces yet")

    held[0].fulfill(status=204)
    page.wait_for_timeout(200)

    expect(page.locator(".empty h2")).to_have_text("No faces yet")


def test_the_photo_page_says_how_many_are_before_it_and_that_nobody_analyzes(page: Page, alice):
    gallery = make_gallery(owner=alice)
    make_photo(gallery=gallery)
    photo = make_photo(gallery=gallery)
    page.goto(photo.get_absolute_url())
    waiting = page.locator("#waiting")
    expect(waiting).to_contain_text("a second or two")

    with lock:
        Photo.objects.update(created_at=timezone.now() - timedelta(seconds=20))
    expect(waiting).to_contain_text("1 photo is before it.")
    with lock:
        Photo.objects.update(created_at="2020-01-01T00:00Z")

    expect(waiting).to_contain_text("The analysis is not running")
