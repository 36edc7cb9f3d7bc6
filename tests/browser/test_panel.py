"""The filter panel: rows that fit, parts that switch, and the keyboard within it."""

import re

import pytest
from playwright.sync_api import Page, expect

from gallery.filters.facets import FacetCount, Facets
from gallery.filters.look import Look
from gallery.tests.factories import make_gallery, make_ready
from ml.attributes import NAMES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    """Three photos: black, brown and blond hair; the first one smiles, the second perhaps."""
    gallery = make_gallery(owner=alice, name="Friends")
    make_ready(gallery, black_hair=0.95, smiling=0.95)
    make_ready(gallery, brown_hair=0.95, smiling=0.5)
    make_ready(gallery, blond_hair=0.95, smiling=0.05)
    return gallery


# What of a row reaches into what stands beside it, or out of the panel.
OVERLAPS = """() => [...document.querySelectorAll("#panel .attribute")].flatMap((row) => {
  const items = [".own > summary", ".part-yes", ".part-unsure", ".part-no", ".count"];
  const boxes = items.map((item) => row.querySelector(item).getBoundingClientRect());
  const edges = [...boxes, { left: row.getBoundingClientRect().right }];
  const bad = boxes.some((box, place) => box.right > edges[place + 1].left + 0.5);
  const name = row.querySelector("summary span").textContent;
  return bad || boxes.some((box) => box.height > row.offsetHeight) ? [name] : [];
})"""


@pytest.mark.parametrize("width", [1440, 1024, 768, 390])
def test_no_two_parts_of_a_row_overlap_however_many_photos(page: Page, gallery, monkeypatch, width):
    count = FacetCount(yes=175_304, no=17_549, unsure=3)
    facets = Facets(175_304, 192_000, dict.fromkeys(NAMES, count), {"faces=1": 175_304})
    monkeypatch.setattr(Look, "facets", lambda *_: facets)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(gallery.get_absolute_url())
    if width < 1024:
        page.get_by_role("button", name="Filter").click()

    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# In how many places the bars of the rows begin and end, and in how many their counts.
COLUMNS = """() => [".parts", ".count"].map((item) => {
  const boxes = [...document.querySelectorAll(`#panel .attribute > ${item}`)]
    .map((element) => element.getBoundingClientRect());
  return new Set(boxes.map(({ left, right }) => `${left} ${right}`)).size;
})"""


@pytest.mark.parametrize("width", [1440, 390])
def test_the_bars_and_the_counts_of_all_rows_are_columns(page: Page, gallery, monkeypatch, width):
    counts = {
        name: FacetCount(yes=7 ** (place % 6), no=100, unsure=3) for place, name in enumerate(NAMES)
    }
    facets = Facets(175_304, 192_000, counts, {"faces=1": 175_304})
    monkeypatch.setattr(Look, "facets", lambda *_: facets)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(gallery.get_absolute_url())
    if width < 1024:
        page.get_by_role("button", name="Filter").click()

    assert page.evaluate(COLUMNS) == [1, 1]


def test_the_panel_ends_within_the_window(page: Page, gallery):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(gallery.get_absolute_url())

    assert page.evaluate("document.querySelector('.panel').getBoundingClientRect().bottom <= 900")


@pytest.mark.parametrize(("width", "first"), [(1440, 130), (390, 220)])
def test_the_photos_begin_near_the_top(page: Page, gallery, width, first):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(gallery.get_absolute_url())

    assert page.locator(".tile").first.bounding_box()["y"] < first


def test_parts_of_one_attribute_are_joined_by_or_and_switch_off(page: Page, gallery):
    page.goto(gallery.get_absolute_url())

    for part, found in (("yes", 1), ("unsure", 2), ("yes", 1), ("unsure", 3)):
        page.locator(f"#Smiling-{part}").click()
        expect(page.locator(".tile")).to_have_count(found)


def test_colors_of_hair_are_joined_by_or_and_all_marked(page: Page, gallery):
    page.goto(gallery.get_absolute_url())

    page.locator("#Black_Hair-yes").click()
    expect(page.locator(".tile")).to_have_count(1)
    page.locator("#Brown_Hair-yes").click()

    expect(page.locator(".tile")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?attrs=Black_Hair%7CBrown_Hair$"))
    expect(page.locator(".is-chosen")).to_have_count(2)


def test_a_hidden_panel_stays_hidden_until_it_is_wanted(page: Page, gallery):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(gallery.get_absolute_url())
    page.get_by_role("button", name="Hide the filter").click()
    expect(page.locator("#filters")).to_be_hidden()

    page.reload()

    expect(page.locator("#filters")).to_be_hidden()
    page.locator("#show-panel").click()
    expect(page.locator("#narrow")).to_be_focused()


def test_arrow_keys_move_within_the_panel_and_tab_goes_past(page: Page, gallery):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(gallery.get_absolute_url())
    page.locator("#Bald-yes, #Bangs-yes").first.focus()
    row = "document.activeElement.closest('.attribute').querySelector('summary span').textContent"
    first = page.evaluate(row)

    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.className").startswith("part part-unsure")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.className").startswith("part part-unsure")
    assert page.evaluate(row) != first
    page.keyboard.press("ArrowUp")
    assert page.evaluate(row) == first

    for _ in range(12):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#panel')") is None


def test_tab_goes_from_one_photo_past_all_others(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    tiles = page.locator(".tile > a")
    tiles.first.focus()
    page.keyboard.press("ArrowRight")

    page.keyboard.press("Tab")
    expect(page.locator(".tile-check").nth(1)).to_be_focused()
    page.keyboard.press("Tab")

    expect(page.locator("#grid :focus")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(tiles.nth(1)).to_be_focused()


def test_a_few_presses_of_tab_lead_from_the_top_to_the_photos(page: Page, gallery):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(gallery.get_absolute_url())

    presses = 0

    while not page.locator(".tile > a:focus").count():
        page.keyboard.press("Tab")
        presses += 1
        assert presses < 40


def test_arrow_keys_move_among_the_photos(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    tiles = page.locator(".tile > a")
    tiles.first.focus()

    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(tiles.nth(2)).to_be_focused()
    page.keyboard.press("ArrowLeft")

    expect(tiles.nth(1)).to_be_focused()


def test_the_menu_closes_by_escape_and_gives_the_focus_back(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    more = page.locator(".page-head .menu > summary")
    more.click()
    expect(page.get_by_role("link", name="Insight")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Insight")).to_be_hidden()
    expect(more).to_be_focused()


def test_dark_pages_are_kept_without_a_reload(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    page.evaluate("window.wasNotReloaded = true")
    page.get_by_title("Account of").click()

    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Dark").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("window.wasNotReloaded")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
