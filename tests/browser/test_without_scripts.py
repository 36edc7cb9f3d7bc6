"""The site in a browser that runs no scripts, or that did not get them."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.answers import answers
from tests.browser.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BY_SCRIPT = "gallery, uploading"  # the one state that only scripts make

# What can be seen and pressed, and would do nothing: a button that neither sends a form nor opens
# anything, a field of no form, a link that leads nowhere.
DEAD = """() => {
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });
  const isInert = (element) => {
    if (element.disabled || element.closest("[inert]")) return false;
    if (element.localName === "a") return !element.hasAttribute("href");
    if (element.localName === "label") return element.control && !isSeen(element.control);
    if (element.localName !== "button") return !element.form && !element.readOnly;
    return !(element.form && element.type !== "button") && !element.popoverTargetElement;
  };
  const controls = document.querySelectorAll("a, button, input, select, textarea, label");
  return [...controls].filter((element) => isSeen(element) && isInert(element))
    .map((element) => element.outerHTML.slice(0, 90));
}"""


@pytest.fixture
def page(open_context) -> Page:
    """A window without scripts."""
    return open_context(java_script_enabled=False).new_page()


@pytest.mark.usefixtures("small_pictures")
@pytest.mark.parametrize("name", [name for name in PAGES if name != BY_SCRIPT])
def test_nothing_on_a_page_waits_for_a_script(page: Page, alice, on_purpose, name: str):
    on_purpose.append("status of")

    PAGES[name](page, alice)

    expect(page.locator("h1").first).to_be_attached()
    assert page.evaluate(DEAD) == []


@pytest.mark.usefixtures("small_pictures")
def test_of_near_duplicates_the_best_is_kept_and_the_others_can_be_had_back(page: Page, alice):
    PAGES["near duplicates"](page, alice)
    expect(page.locator(".alike")).to_have_count(2)

    page.get_by_role("button", name="Keep the best").last.click()

    expect(page.get_by_text("2 photos are in the trash.")).to_be_visible()
    expect(page.locator(".alike")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".alike")).to_have_count(2)
    page.get_by_role("button", name="Keep all").first.click()
    expect(page.locator(".alike")).to_have_count(1)


def test_from_sign_up_to_review_all_works(page: Page, analyse, pictures):
    sign_up(page)
    upload(page, pictures(3))
    analyse()
    page.reload()
    expect(page.locator(".tile[data-status=ready]")).to_have_count(3)

    filter_by(page, "Smiling")
    page.locator(".tile a").first.click()
    answer_on_the_page(page)
    assert answers() == 1

    page.locator("#back").click()
    page.get_by_role("link", name="Review").click()
    page.get_by_role("link", name="Young", exact=True).click()
    page.get_by_role("button", name="Yes y").click()
    page.get_by_role("link", name="Skip", exact=True).click()
    page.get_by_role("button", name="No n").click()
    assert answers() == 3


def sign_up(page: Page) -> None:
    page.goto("/account/signup/")
    page.get_by_label("Username").fill("nadia")
    page.get_by_label("Password", exact=True).fill("a-good-long-secret")
    page.get_by_label("Password (again)").fill("a-good-long-secret")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()


def upload(page: Page, files: list[Path]) -> None:
    page.get_by_label("Photos", exact=True).set_input_files(files)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".tile[data-status=queued]")).to_have_count(len(files))


def filter_by(page: Page, attribute: str) -> None:
    """Press the first part of the attribute's row that has photos."""
    before = page.locator(".tile").count()
    page.locator(f".part[id^={attribute}-]:not(.is-none)").first.click()
    expect(page.locator(f".part[id^={attribute}-][aria-current]")).to_have_count(1)
    assert 0 < page.locator(".tile").count() <= before


def answer_on_the_page(page: Page) -> None:
    page.locator("#verdict-no > summary").click()
    page.locator("[name=answer][value=yes]:visible").last.click()
    expect(page.locator("[data-answer=yes]")).to_have_count(1)
