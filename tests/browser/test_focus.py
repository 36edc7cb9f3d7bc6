"""What a swap takes away leaves the keyboard's focus near the place where it was."""

import pytest
from playwright.sync_api import Page, expect

from gallery.tests.factories import make_gallery, make_ready
from tests.browser.answers import make_many

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    return make_gallery(owner=alice, name="Friends")


def press_enter_on(page: Page, locator) -> None:
    locator.focus()
    page.keyboard.press("Enter")


def test_back_to_the_model_leaves_the_focus_in_its_row(page: Page, gallery):
    page.goto(make_ready(gallery, smiling=0.23).get_absolute_url())
    press_enter_on(page, page.locator("#Smiling-is-yes"))
    expect(page.locator(".verdict-yes #bar-Smiling")).to_be_visible()

    press_enter_on(page, page.locator("#bar-Smiling").get_by_text("back to the model"))

    expect(page.locator(".verdict-no #bar-Smiling")).to_be_visible()
    expect(page.locator("#Smiling-is-yes")).to_be_focused()


@pytest.mark.parametrize("button", ["Undo", "Close"])
def test_the_notice_gives_the_focus_back(page: Page, gallery, button: str):
    page.goto(make_ready(gallery, smiling=0.23).get_absolute_url())
    press_enter_on(page, page.locator("#Smiling-is-yes"))
    expect(page.locator(".verdict-yes #bar-Smiling")).to_be_visible()

    press_enter_on(page, page.locator("#toast").get_by_role("button", name=button))

    expect(page.locator("#toast").get_by_role("button", name="Undo")).to_have_count(0)
    expect(page.locator("#Smiling-is-yes")).to_be_focused()


def test_an_answered_row_that_moves_away_stays_in_sight(page: Page, gallery):
    page.set_viewport_size({"width": 375, "height": 500})
    page.goto(make_ready(gallery, young=0.1).get_absolute_url())

    press_enter_on(page, page.locator("#Young-is-yes"))

    expect(page.locator(".verdict-yes #bar-Young")).to_be_visible()
    expect(page.locator("#Young-is-yes")).to_be_focused()
    expect(page.locator("#Young-is-yes")).to_be_in_viewport()


def test_an_answered_selection_leaves_the_focus_among_the_faces(page: Page, gallery):
    make_many(gallery, 4, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?view=faces&attrs=Smiling")
    tiles = page.locator(".tile a")
    tiles.nth(0).focus()
    tiles.nth(1).focus()
    page.keyboard.press("x")

    press_enter_on(page, page.get_by_role("button", name="is not Smiling"))

    expect(tiles).to_have_count(3)
    expect(tiles.nth(0)).to_be_focused()


def test_clearing_the_selection_leaves_the_focus_at_the_face(page: Page, gallery):
    make_many(gallery, 3)
    page.goto(f"{gallery.get_absolute_url()}?view=faces")
    check = page.locator(".tile-check").nth(1)
    check.focus()
    page.keyboard.press("Space")

    press_enter_on(page, page.get_by_role("button", name="Clear the selection"))

    expect(page.locator("#bulk")).to_be_hidden()
    expect(check).to_be_focused()


def test_a_removed_chip_leaves_the_focus_at_the_next(page: Page, gallery):
    make_many(gallery, 1, smiling=0.9, young=0.9)
    page.goto(f"{gallery.get_absolute_url()}?attrs=Smiling,Young")

    press_enter_on(page, page.get_by_role("link", name="Remove: smiling"))

    expect(page.get_by_role("link", name="Remove: smiling")).to_have_count(0)
    expect(page.get_by_role("link", name="Remove: young")).to_be_focused()


def test_a_filter_as_text_leaves_the_focus_where_it_opens(page: Page, gallery):
    make_many(gallery, 1, smiling=0.9)
    page.goto(gallery.get_absolute_url())
    press_enter_on(page, page.locator("#as-text"))
    page.keyboard.press("Tab")

    page.keyboard.type("Smiling")
    page.keyboard.press("Enter")

    expect(page.locator("#sentence")).to_have_text("1 photo: Smiling")
    expect(page.locator("#as-text")).to_be_focused()


def test_a_click_beside_everything_is_not_answered_with_a_focus(page: Page, gallery):
    page.goto(make_ready(gallery, smiling=0.23).get_absolute_url())
    page.locator("#Smiling-is-yes").click()
    expect(page.locator(".verdict-yes #bar-Smiling")).to_be_visible()
    page.get_by_role("heading", level=1).click()

    page.keyboard.press("z")

    expect(page.locator(".verdict-no #bar-Smiling")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()
