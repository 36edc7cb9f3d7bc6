"""A long grid: who comes back from a photo finds their place, and the page does not grow."""

import re

import pytest
from playwright.sync_api import Page, expect

from gallery.tests.factories import make_gallery, make_ready, make_version
from tests.browser.conftest import log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

MANY = 420


@pytest.fixture
def photos(alice) -> list:
    """Photos of one gallery, as its grid shows them."""
    make_version()
    gallery = make_gallery(owner=alice)
    return [make_ready(gallery, smiling=0.9) for _ in range(MANY)][::-1]


def scroll_to(page: Page, photo) -> None:
    """Scroll down, as far as the tile of this photo."""
    tile = page.locator(f"#photo-{photo.uuid}")
    while not tile.count():
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(50)
    tile.scroll_into_view_if_needed()


def expect_at(page: Page, photo) -> None:
    """The tile of this photo is in the window, and has the focus."""
    link = page.locator(f"#photo-{photo.uuid} > a")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()


@pytest.mark.parametrize("way", ["link", "escape", "back"])
def test_whoever_comes_back_from_a_photo_finds_its_tile(page: Page, photos, way):
    page.goto(photos[0].gallery.get_absolute_url())
    scroll_to(page, photos[300])
    page.locator(f"#photo-{photos[300].uuid} > a").click()
    expect(page.get_by_role("heading", name=photos[300].original_name)).to_be_visible()
    page.wait_for_load_state()

    if way == "link":
        page.locator("#back").click()
    elif way == "escape":
        page.keyboard.press("Escape")
    else:
        page.go_back()

    expect_at(page, photos[300])


def test_after_walking_on_to_another_photo_its_tile_is_the_place(page: Page, photos):
    page.goto(f"{photos[200].get_absolute_url()}?attrs=Smiling")

    page.locator("a[rel=next]").click()
    expect(page.get_by_role("heading", name=photos[201].original_name)).to_be_visible()
    page.locator("#back").click()

    expect_at(page, photos[201])


def test_above_the_place_the_grid_goes_on_and_nothing_moves(page: Page, photos):
    page.goto(
        f"{photos[0].gallery.get_absolute_url()}?at={photos[200].uuid}#photo-{photos[200].uuid}"
    )
    expect_at(page, photos[200])
    page.wait_for_load_state()
    tile = page.locator(f"#photo-{photos[200].uuid}")
    page.evaluate("scrollBy(0, -900)")
    place = tile.bounding_box()

    expect(page.locator(f"#photo-{photos[165].uuid}")).to_be_attached()
    expect(tile).to_be_attached()  # its page may have been far away for a moment

    now = tile.bounding_box()
    assert now["x"] == place["x"]
    assert abs(now["y"] - place["y"]) < 1  # browsers scroll by whole pixels


def test_without_javascript_the_link_leads_to_the_tile(open_context, server, photos):
    context = open_context(java_script_enabled=False)
    log_in(context, photos[0].gallery.owner, server)
    page = context.new_page()
    page.goto(photos[200].get_absolute_url())

    page.locator("#back").click()

    expect(page.locator(f"#photo-{photos[200].uuid}")).to_be_in_viewport()
    page.get_by_role("link", name="Show those before").click()
    expect(page.locator(".tile").last).to_have_id(f"photo-{photos[169].uuid}")


def test_a_grid_that_is_scrolled_through_holds_few_tiles_and_loses_none(page: Page, photos):
    page.goto(photos[0].gallery.get_absolute_url())

    scroll_to(page, photos[-1])

    assert page.locator(".tile").count() < 300
    empty = "[data-page][data-count]"
    expect(page.locator(empty)).to_have_count(1)  # it stands for several pages
    expect(page.locator(f"#photo-{photos[0].uuid}")).to_have_count(0)
    page.keyboard.press("Home")
    expect(page.locator(f"#photo-{photos[0].uuid}")).to_be_in_viewport()
    expect(page.locator(".tile").first).to_have_id(f"photo-{photos[0].uuid}")


def test_tiles_come_again_where_they_were(page: Page, photos):
    page.goto(photos[0].gallery.get_absolute_url())
    scroll_to(page, photos[90])
    place = page.locator(f"#photo-{photos[90].uuid}").evaluate(PLACE)
    scroll_to(page, photos[-1])
    expect(page.locator(f"#photo-{photos[90].uuid}")).to_have_count(0)

    page.evaluate("top => scrollTo(0, top)", place["y"] - 300)

    expect(page.locator(f"#photo-{photos[90].uuid}")).to_be_in_viewport()
    assert page.locator(f"#photo-{photos[90].uuid}").evaluate(PLACE) == place


PLACE = """tile => {
  const { x, y } = tile.getBoundingClientRect();
  return { x, y: Math.round(y + scrollY) };
}"""


def test_what_is_selected_stays(page: Page, photos):
    page.goto(f"{photos[0].gallery.get_absolute_url()}?view=faces")
    page.locator(".tile-check").first.check()

    for count in (120, 180, 240, 300, 360, 420):
        page.locator("#more").scroll_into_view_if_needed()
        expect(page.locator(".tile")).to_have_count(count)

    expect(page.locator("#selected")).to_have_text(re.compile("1 selected"))
