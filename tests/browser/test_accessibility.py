"""axe-core finds nothing on any page: light and dark, on a phone, a tablet and a laptop.

With SCREENSHOTS=FOLDER, each is photographed as well.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from gallery.models import Gallery
from gallery.views.appearance import THEME_COOKIE
from tests.browser.conftest import lock
from tests.browser.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

AXE = Path(__file__).parent / "vendor/axe-core-4.14.1/axe.min.js"
RUN = """async () => {
  const { violations } = await axe.run();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}"""
WIDTHS = (390, 768, 1440)
THEMES = ("light", "dark")


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    return page.evaluate(RUN)


def photograph(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Page, alice, server, on_purpose, name: str):
    on_purpose += ["status of", "Response Status Error Code 404"]  # the galleries go between
    found: set[str] = set()

    for theme in THEMES:
        page.context.add_cookies([{"name": THEME_COOKIE, "value": theme, "url": server}])
        with lock:
            Gallery.objects.all().delete()
        PAGES[name](page, alice)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            photograph(page, f"{name}-{theme}-{width}")
            found.update(f"{theme} {width} {words}" for words in violations(page))

    assert sorted(found) == []
