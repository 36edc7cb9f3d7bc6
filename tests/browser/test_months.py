"""A grid by date: the headings of its months, and the strip that leads to any of them."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from gallery.models import Gallery, Photo
from gallery.tests.factories import make_gallery, make_photo, make_version
from tests.browser.conftest import log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

MONTHS, EACH = 12, 25  # of 2024, and photos in each


@pytest.fixture
def gallery(alice) -> Gallery:
    make_version()
    gallery = make_gallery(owner=alice)
    for month in range(1, MONTHS + 1):
        for day in range(1, EACH + 1):
            make_photo(gallery=gallery, status="ready", taken_at=datetime(2024, month, day))
    return gallery


@pytest.fixture
def by_date(page: Page, gallery) -> Page:
    page.goto(f"{gallery.get_absolute_url()}?sort=taken")
    return page


def month(page: Page, name: str):
    return page.locator(f"#month-{name}")


def heading(page: Page, words: str):
    return page.get_by_role("heading", name=words)


def tile_of(page: Page, day: datetime):
    return page.locator(f"#photo-{Photo.objects.get(taken_at=day).uuid}")


def test_a_click_leads_to_a_month_and_the_grid_goes_on_both_ways(by_date: Page):
    expect(heading(by_date, "December 2024")).to_be_visible()
    expect(heading(by_date, "May 2024")).to_have_count(0)

    month(by_date, "2024-05").click()

    expect(heading(by_date, "May 2024")).to_be_in_viewport()
    expect(by_date).to_have_url(re.compile(r"sort=taken&from=2024-05$"))
    expect(heading(by_date, "June 2024")).to_have_count(1)  # it came in above
    expect(heading(by_date, "May 2024")).to_be_in_viewport()
    for _ in range(50):  # each time up to where the next page comes in
        if heading(by_date, "December 2024").count():
            break
        by_date.mouse.wheel(0, -20_000)
        by_date.wait_for_timeout(200)
    expect(heading(by_date, "December 2024")).to_have_count(1)


def test_tiles_keep_their_columns_when_months_come_in_above(by_date: Page):
    with by_date.expect_response(re.compile("before=")):
        month(by_date, "2024-05").click()
        expect(heading(by_date, "May 2024")).to_be_in_viewport()
    expect(heading(by_date, "June 2024")).to_have_count(1)
    by_date.wait_for_timeout(300)  # nothing is to happen

    left = by_date.locator("#grid").bounding_box()["x"]
    assert heading(by_date, "May 2024").locator("..").bounding_box()["x"] == left
    assert tile_of(by_date, datetime(2024, 5, 25)).bounding_box()["x"] > left


def test_the_strip_says_which_month_is_seen(by_date: Page):
    expect(month(by_date, "2024-12")).to_have_attribute("aria-current", "true")

    tile_of(by_date, datetime(2024, 11, 20)).scroll_into_view_if_needed()
    by_date.mouse.wheel(0, 3000)

    expect(month(by_date, "2024-12")).not_to_have_attribute("aria-current", "true")
    expect(by_date.locator("#months [aria-current]")).to_have_count(1)


def test_a_drag_along_the_strip_leads_to_where_it_ends(by_date: Page):
    start, end = (month(by_date, f"2024-{name}").bounding_box() for name in ("11", "03"))
    by_date.mouse.move(start["x"] + 5, start["y"] + start["height"] / 2)
    by_date.mouse.down()
    by_date.mouse.move(end["x"] + 5, end["y"] + end["height"] / 2, steps=5)
    expect(month(by_date, "2024-03").get_by_text("March 2024")).to_have_css("opacity", "1")
    by_date.mouse.up()

    expect(by_date).to_have_url(re.compile("from=2024-03$"))
    expect(heading(by_date, "March 2024")).to_be_in_viewport()


def test_the_strip_is_one_stop_of_the_tab_key(by_date: Page):
    month(by_date, "2024-12").focus()
    for _ in range(4):
        by_date.keyboard.press("ArrowDown")
    expect(month(by_date, "2024-08")).to_be_focused()
    expect(by_date.locator("#months a[tabindex='0']")).to_have_count(1)

    by_date.keyboard.press("Enter")

    expect(heading(by_date, "August 2024")).to_be_in_viewport()


def test_without_scripts_a_month_is_a_link(open_context, gallery, alice, server):
    context = open_context(java_script_enabled=False)
    log_in(context, alice, server)
    page = context.new_page()
    page.goto(f"{gallery.get_absolute_url()}?sort=-taken")

    month(page, "2024-09").click()

    expect(page.locator("#grid h2").first).to_have_text("September 2024")
    expect(page.get_by_role("link", name="Show those before")).to_be_visible()
