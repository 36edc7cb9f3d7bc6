"""axe-core finds nothing on any page: light and dark, on a phone, a tablet and a laptop.

With SCREENSHOTS=FOLDER, each is photographed as well.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

AXE = Path(__file__).parent / "vendor/axe-core-4.14.1/axe.min.js"
RUN = """async (rules) => {
  document.getAnimations().forEach((each) => each instanceof CSSTransition && each.finish());
  // To look for rules about how a phone is held, axe would write imported styles into the page,
  // against its content security policy. There are no such rules.
  const preload = { assets: ["media"] };
  const { violations } = await axe.run({ preload, ...(rules && { runOnly: rules }) });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}"""
WIDTHS = (390, 768, 1440)
TWICE = re.compile(r'"(.+) \1"')  # an accessible name, as in a snapshot
# The rules that are asked in each color scheme; None stands for all.
RULES = {"light": None, "dark": ["color-contrast", "link-in-text-block"]}


def violations(page: Page, rules: list[str] | None) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    return page.evaluate(RUN, rules)


def photograph(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(
    "name",
    ["home, full", "gallery, photos selected", "gallery, faces selected", "photo, faces"]
    + ["review", "account", "trash, full", "links"],
)
def test_no_name_is_said_twice(page: Page, alice, name: str):
    PAGES[name](page, alice)
    page.evaluate("document.querySelectorAll('details.menu').forEach((each) => (each.open = true))")
    said = []

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        said.append(page.locator("body").aria_snapshot())

    assert all("Log out" in names for names in said)
    assert TWICE.findall("\n".join(said)) == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Page, alice, server, on_purpose, name: str):
    on_purpose.append("status of")  # some are pages of errors
    found: set[str] = set()

    PAGES[name](page, alice)
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            photograph(page, f"{name}-{scheme}-{width}")
            found.update(f"{scheme} {width} {words}" for words in violations(page, rules))

    assert sorted(found) == []
