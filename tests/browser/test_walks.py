"""From sign-up to coming back, by the keyboard alone, and by touch alone on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.answers import expect_answers

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECRET = "a-good-long-secret"
MOST_TABS = 40  # to whatever comes next: nobody presses Tab more often
READY = ".tile[data-status=ready]"
# Parts of a row in the panel that would leave photos: which, the random model decides.
PART = ".part[id^=Smiling-]:not(.is-none)"
CHOSEN = ".part[id^=Smiling-][aria-current]"


# --- By the keyboard


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until one of these has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if goal.and_(page.locator(":focus")).count():
            return
    raise AssertionError(f"{MOST_TABS} times Tab do not lead to {goal}")


def press_on(page: Page, goal: Locator, key: str = "Enter") -> None:
    expect(goal.first).to_be_attached()
    tab_to(page, goal)
    page.keyboard.press(key)


def type_into(page: Page, label: str, text: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(text)


def test_all_is_done_by_the_keyboard_alone(page: Page, server, analyse, pictures):
    page.goto("/")
    press_on(page, page.get_by_role("link", name="Sign up"))
    expect(page.get_by_role("heading", name="Sign up")).to_be_visible()
    type_into(page, "Username", "nadia")
    type_into(page, "Password", SECRET)
    type_into(page, "Password (again)", SECRET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="nadia")).to_be_visible()

    with page.expect_file_chooser() as chooser:
        press_on(page, page.locator("#files"), "Space")
    chooser.value.set_files(pictures(3))
    expect(page.get_by_text("Uploaded 3 of 3")).to_be_visible()
    press_on(page, page.get_by_role("link", name="My photos"))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(3)
    analyse()
    expect(page.locator(READY)).to_have_count(3)

    filter_by_keys(page)
    page.keyboard.press("Escape")
    tab_to(page, page.locator(".tile > a"))
    address = tile_in_focus(page)
    page.keyboard.press("Enter")
    look_and_answer_by_keys(page)
    page.keyboard.press("Escape")
    expect(page.locator(".tile > a").and_(page.locator(":focus"))).to_have_count(1)
    assert tile_in_focus(page) == address

    page.keyboard.press("r")
    press_on(page, page.locator(".review-table a"))
    expect(page.locator("#queue [aria-current]")).to_be_visible()
    page.keyboard.press("y")
    page.keyboard.press("n")
    expect_answers(page, 3)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(READY)).to_have_count(3)


def filter_by_keys(page: Page) -> None:
    """Find the attribute, go to its row, and press a part of it that has photos."""
    page.keyboard.press("f")
    page.keyboard.type("smiling")
    tab_to(page, page.locator("#panel .own > summary"))
    for _ in range(3):  # yes, unsure, no
        page.keyboard.press("ArrowRight")
        if page.locator(PART).and_(page.locator(":focus")).count():
            break
    page.keyboard.press("Enter")
    expect(page.locator(CHOSEN)).to_have_count(1)


def look_and_answer_by_keys(page: Page) -> None:
    expect(page.locator("#zoom-now")).to_have_text("100 %")
    page.wait_for_load_state()  # with its scripts, which are what the keys need
    page.keyboard.press("+")
    expect(page.locator("#zoom-now")).to_have_text("135 %")
    page.keyboard.press("0")
    press_on(page, page.locator("[name=answer][value=yes]:visible"))
    expect_answers(page, 1)


def tile_in_focus(page: Page) -> str:
    return page.evaluate("new URL(document.activeElement.href).pathname")


# --- By touch


@pytest.fixture
def phone(open_context) -> Page:
    context = open_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    return context.new_page()


def test_all_is_done_by_touch_alone(phone: Page, server, analyse, pictures):
    phone.goto("/")
    phone.get_by_role("main").get_by_role("link", name="Sign up").tap()
    for label, text in [("Username", "nadia"), ("Password", SECRET), ("Password (again)", SECRET)]:
        phone.get_by_label(label, exact=True).tap()
        phone.keyboard.type(text)  # of the phone, which the field brings up
    phone.get_by_role("button", name="Sign up").tap()
    expect(phone.get_by_role("heading", name="nadia")).to_be_visible()

    upload_by_touch(phone, pictures(3))
    analyse()
    expect(phone.locator(READY)).to_have_count(3)

    phone.get_by_role("button", name="Filter").tap()
    phone.locator(PART).first.tap()
    expect(phone.locator(CHOSEN)).to_have_count(1)
    phone.get_by_role("button", name="Show").tap()
    expect(phone.locator("#filters")).to_be_hidden()
    first = phone.locator(".tile > a").first
    address = first.get_attribute("href")
    first.tap()
    look_and_answer_by_touch(phone)
    phone.locator("#back").tap()
    expect(phone.locator(f'.tile > a[href="{address}"]')).to_be_in_viewport()

    phone.locator("#review-link").tap()
    phone.get_by_role("link", name="Young", exact=True).tap()
    phone.get_by_role("button", name="Yes").tap()
    phone.get_by_role("button", name="No", exact=True).tap()
    expect_answers(phone, 3)
    phone.locator("#back").tap()
    phone.locator("#back").tap()
    expect(phone.locator(READY)).to_have_count(3)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def upload_by_touch(phone: Page, files: list[Path]) -> None:
    with phone.expect_file_chooser() as chooser:
        phone.locator("label[for=files]").tap()
    chooser.value.set_files(files)
    expect(phone.get_by_text(f"Uploaded {len(files)} of {len(files)}")).to_be_visible()
    phone.get_by_role("link", name="My photos").tap()
    expect(phone.locator(".tile[data-status=queued]")).to_have_count(len(files))


def look_and_answer_by_touch(phone: Page) -> None:
    expect(phone.locator("#zoom-now")).to_have_text("100 %")
    phone.wait_for_load_state()
    middle = phone.locator("#stage").bounding_box()
    x, y = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    for _ in range(2):
        phone.touchscreen.tap(x, y)
    expect(phone.locator("#stage")).to_have_class("stage is-zoomed")
    for _ in range(2):
        phone.touchscreen.tap(x, y)
    expect(phone.locator("#zoom-now")).to_have_text("100 %")
    phone.locator("[name=answer][value=yes]:visible").first.tap()
    expect_answers(phone, 1)
