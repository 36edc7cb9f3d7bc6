"""What a swap takes away leaves the keyboard's focus near the place where it was."""

import pytest
from playwright.sync_api import Page, expect

from gallery.tests.factories import make_gallery, make_ready
from tests.browser.answers import make_many, unfold_no

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    return make_gallery(owner=alice, name="Friends")


def press_enter_on(page: Page, locator) -> None:
    locator.focus()
    page.keyboard.press("Enter")


def test_back_to_the_model_leaves_the_focus_in_its_row(page: Page, gallery):
    page.goto(make_ready(gallery, smiling=0.23).get_absolute_url())
    unfold_no(page)
    press_enter_on(page, page.locator("#Smiling-is-yes"))
    expect(page.locator("#bar-Smiling")).to_have_attribute("data-answer", "yes")

    press_enter_on(page, page.locator("#bar-Smiling").get_by_text("back to the model"))

    expect(page.locator("#bar-Smiling:not([data-answer])")).to_be_visible()
    expect(page.locator("#Smiling-is-yes")).to_be_focused()


@pytest.mark.parametrize("button", ["Undo", "Close"])
def test_the_notice_gives_the_focus_back(page: Page, gallery, button: str):
    page.goto(make_ready(gallery, smiling=0.23).get_absolute_url())
    unfold_no(page)
    press_enter_on(page, page.locator("#Smiling-is-yes"))
    expect(page.locator("#bar-Smiling")).to_have_attribute("data-answer", "yes")

    press_enter_on(page, page.locator("#toast").get_by_role("button", name=button))

    expect(page.locator("#toast").get_by_role("button", name="Undo")).to_have_count(0)
    expect(page.locator("#Smiling-is-yes")).to_be_focused()


def test_an_answered_row_stays_in_sight_on_a_phone(page: Page, gallery):
    page.set_viewport_size({"width": 375, "height": 500})
    page.goto(make_ready(gallery, young=0.1).get_absolute_url())
    unfold_no(page)

    press_enter_on(page, page.locator("#Young-is-yes"))

    expect(page.locator("#bar-Young")).to_have_attribute("data-answer", "yes")
    expect(page.locator("#Young-is-yes")).to_be_focused()
    expect(page.locator("#Young-is-yes")).to_be_in_viewport()


def test_an_answered_selection_leaves_the_focus_among_the_faces(page: Page, gallery):
    make_many(gallery, 4, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?view=faces&attrs=Smiling")
    tiles = page.locator(".tile a")
    tiles.nth(0).focus()
    tiles.nth(1).focus()
    page.keyboard.press("x")

    press_enter_on(page, page.get_by_role("button", name="No for Smiling"))

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
    page.goto(f"{gallery.get_absolute_url()}?attrs=Bald")
    press_enter_on(page, page.locator("#as-text"))
    page.keyboard.press("Tab")

    page.locator("#attrs").fill("Smiling")
    page.keyboard.press("Enter")

    expect(page.locator("#sentence")).to_have_text("1 photo: Smiling")
    expect(page.locator("#as-text")).to_be_focused()


def test_a_click_beside_everything_is_not_answered_with_a_focus(page: Page, gallery):
    page.goto(make_ready(gallery, smiling=0.23).get_absolute_url())
    unfold_no(page)
    page.locator("#Smiling-is-yes").click()
    expect(page.locator("#bar-Smiling")).to_have_attribute("data-answer", "yes")
    page.get_by_role("heading", level=1).click()

    page.keyboard.press("z")

    expect(page.locator("#bar-Smiling:not([data-answer])")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()


def test_escape_clears_the_search_and_then_leaves_it(page: Page, gallery):
    make_many(gallery, 1)
    page.goto(gallery.get_absolute_url())
    page.keyboard.press("f")
    page.keyboard.type("glasses")

    page.keyboard.press("Escape")
    expect(page.locator("#narrow")).to_have_value("")
    expect(page.locator("#narrow")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator("#results")).to_be_focused()


def test_escape_in_a_field_leaves_it_for_the_photos(page: Page, gallery):
    make_many(gallery, 1)
    page.goto(gallery.get_absolute_url())
    page.locator("#sort").focus()

    page.keyboard.press("Escape")

    expect(page.locator("#results")).to_be_focused()


def test_a_dialog_gives_the_focus_back_to_the_menu_that_it_came_from(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    more = page.locator(".page-head .menu > summary")
    press_enter_on(page, more)
    press_enter_on(page, page.get_by_role("button", name="Rename the gallery"))
    expect(page.locator("#rename input[name=name]")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.locator("#rename")).to_be_hidden()
    expect(more).to_be_focused()


def test_after_the_sign_up_the_focus_is_in_the_page(page: Page):
    page.goto("/account/signup/")
    page.get_by_label("Username").fill("nadia")
    page.get_by_label("Password", exact=True).fill("a-good-long-secret")
    page.get_by_label("Password (again)").fill("a-good-long-secret")

    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="nadia")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()
