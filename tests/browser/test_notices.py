"""Notices after an answer: how long they stay, and what they leave free."""

import pytest
from playwright.sync_api import Page, expect

from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_ready
from tests.browser.answers import expect_answers
from tests.browser.conftest import lock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

NOTICE = "#toast .notice"


@pytest.fixture
def photo(alice) -> Photo:
    return make_ready(make_gallery(owner=alice, name="Friends"), smiling=0.99, young=0.98)


@pytest.fixture
def answered(page: Page, photo) -> Page:
    """The photo's page just after an answer; its clock is the test's."""
    page.clock.install()
    page.goto(photo.get_absolute_url())
    page.locator("#Smiling-is-no").click()
    expect(page.locator(NOTICE)).to_contain_text("Smiling: no.")
    page.mouse.move(5, 400)
    return page


def test_a_notice_with_an_undo_goes_after_ten_seconds_and_the_key_still_undoes(answered: Page):
    answered.clock.run_for(9000)
    expect(answered.locator(NOTICE)).to_be_visible()
    answered.clock.run_for(2000)
    expect(answered.locator(NOTICE)).to_be_hidden()

    answered.keyboard.press("z")

    expect_answers(answered, 0)


def test_a_notice_without_an_undo_goes_after_five_seconds(answered: Page):
    answered.keyboard.press("z")
    expect(answered.locator(NOTICE)).to_contain_text("taken back")

    answered.clock.run_for(6000)

    expect(answered.locator(NOTICE)).to_be_hidden()


def test_a_notice_stays_while_it_is_pointed_at_or_has_the_focus(answered: Page):
    answered.locator(NOTICE).hover()
    answered.clock.run_for(30000)
    expect(answered.locator(NOTICE)).to_be_visible()
    answered.locator("#toast .undo").focus()
    answered.mouse.move(5, 400)
    answered.clock.run_for(30000)
    expect(answered.locator(NOTICE)).to_be_visible()

    answered.locator("#Smiling-is-no").focus()
    answered.clock.run_for(11000)

    expect(answered.locator(NOTICE)).to_be_hidden()


COVERED = """() => {
  // What is scrolled under the header is covered by that, with or without a notice.
  const { bottom } = document.querySelector(".header").getBoundingClientRect();
  const isUnderHeader = (element) =>
    !element.closest(".header") && element.getBoundingClientRect().top < bottom;
  const notice = document.querySelector("#toast .notice").getBoundingClientRect();
  return [...document.querySelectorAll("a, button, summary, input:not([type=hidden])")]
    .filter((element) => !element.closest("#toast, .skip") && !isUnderHeader(element))
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 1 && box.bottom > notice.top && box.top < notice.bottom &&
        box.right > notice.left && box.left < notice.right;
    })
    .map((element) => element.outerHTML.slice(0, 80));
}"""


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_a_notice_covers_no_control(page: Page, photo, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(photo.get_absolute_url())
    page.locator("#Smiling-is-no").click()
    expect(page.locator(NOTICE)).to_contain_text("Smiling: no.")

    notice, header = page.locator(NOTICE).bounding_box(), page.locator(".header").bounding_box()

    assert notice["y"] >= header["y"]
    assert notice["y"] + notice["height"] <= header["y"] + header["height"]
    assert page.evaluate(COVERED) == []


def test_a_photo_that_is_gone_says_so_and_shows_the_way_back(page: Page, photo, on_purpose):
    on_purpose += ["status of 404", "Response Status Error Code 404"]
    page.goto(photo.get_absolute_url())
    with lock:
        photo.delete()
    page.locator("#Smiling-is-no").click()
    expect(page.locator("#trouble")).to_contain_text("it was deleted")

    page.locator("#trouble a").click()

    expect(page.get_by_role("heading", name="Photo not found")).to_be_visible()
    page.get_by_role("link", name="Go to your galleries").click()
    expect(page.get_by_role("link", name="Friends").first).to_be_visible()


def test_a_deleted_photo_leads_to_the_next_with_a_message(page: Page, photo):
    newer = make_ready(photo.gallery)
    page.goto(newer.get_absolute_url())
    page.get_by_role("button", name="Delete").click()

    page.get_by_role("button", name="Delete the photo").click()

    expect(page.locator("#photo")).to_have_attribute("data-photo", str(photo.uuid))
    expect(page.locator(NOTICE)).to_contain_text("is in the trash.")
