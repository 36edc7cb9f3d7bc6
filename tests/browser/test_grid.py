"""The grid: how large its tiles are, and what an empty gallery shows."""

import re

import pytest
from playwright.sync_api import Page, expect

from gallery.tests.factories import make_face, make_gallery, make_photo, make_ready, make_version

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    make_version()
    return make_gallery(owner=alice)


def test_the_size_of_the_tiles_is_chosen_once(page: Page, gallery):
    make_ready(gallery)
    page.goto(gallery.get_absolute_url())
    tile = page.locator(".tile")
    usual = tile.bounding_box()["width"]

    page.locator("#tile-size").fill("300")
    assert tile.bounding_box()["width"] >= 300 > usual
    page.reload()

    expect(page.locator("#tile-size")).to_have_value("300")
    assert tile.bounding_box()["width"] >= 300


def test_an_empty_gallery_has_no_panel_until_its_first_photo(page: Page, gallery, pictures):
    page.goto(gallery.get_absolute_url())
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.get_by_role("button", name="Export")).to_be_hidden()

    page.locator("#files").set_input_files(pictures(1))

    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator("#filters")).to_be_visible()


def test_a_tall_and_a_wide_picture_show_the_face_at_their_edge(page: Page, gallery):
    tall = make_photo(gallery=gallery, status="ready", width=100, height=300)
    wide = make_photo(gallery=gallery, status="ready", width=300, height=100)
    make_face(tall, x=0.3, y=0.0, w=0.4, h=0.2)
    make_face(wide, x=0.8, y=0.3, w=0.2, h=0.4)
    page.goto(gallery.get_absolute_url())

    def position(photo) -> str:
        image = page.locator(f"#photo-{photo.uuid} img")
        return image.evaluate("image => getComputedStyle(image).objectPosition")

    assert (position(tall), position(wide)) == ("0% 0%", "100% 100%")


def test_a_cover_shows_the_face_at_the_edge_of_its_picture(page: Page, gallery):
    wide = make_photo(gallery=gallery, status="ready", width=300, height=100)
    make_face(wide, x=0.8, y=0.3, w=0.2, h=0.4)
    page.goto("/")

    expect(page.locator(".cover img")).to_have_css("object-fit", "cover")
    expect(page.locator(".cover img")).to_have_css("object-position", "100% 100%")


def test_a_tile_has_the_color_of_its_picture_until_that_is_there(page: Page, gallery):
    page.route(re.compile("small|thumbnail"), lambda route: None)  # they never come
    for number in range(61):
        make_photo(gallery=gallery, status="ready", color=0x00A1FF if number else 0xFF0000)
    page.goto(gallery.get_absolute_url(), wait_until="commit")

    expect(page.locator(".tile").first).to_have_css("background-color", "rgb(0, 161, 255)")
    page.mouse.wheel(0, 5000)
    expect(page.locator(".tile").last).to_have_css("background-color", "rgb(255, 0, 0)")


def test_a_tile_takes_the_smallest_file_that_fills_it(page: Page, gallery):
    make_ready(gallery, smiling=0.9)
    with page.expect_response("**/small.webp"):
        page.goto(gallery.get_absolute_url())

    with page.expect_response("**/thumbnail.webp"):
        page.locator("#tile-size").fill("400")
        page.reload()


def test_the_first_pictures_are_loaded_before_the_page_is_laid_out(page: Page, gallery):
    for _ in range(5):
        make_ready(gallery, smiling=0.9)

    page.goto(gallery.get_absolute_url())

    expect(page.locator(".tile img:not([loading])")).to_have_count(3)
    expect(page.locator(".tile img[loading=lazy]")).to_have_count(2)


def test_pictures_that_left_the_page_are_freed(page: Page, gallery):
    make_ready(gallery, smiling=0.9)
    page.goto(gallery.get_absolute_url())
    page.evaluate("window.left = document.querySelector('.tile img')")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.evaluate("left.closest('.tile').remove()")

    page.wait_for_function("!left.hasAttribute('srcset')")
    page.wait_for_timeout(200)
    assert asked == []


def test_pictures_that_were_only_moved_stay(page: Page, gallery):
    for _ in range(2):
        make_ready(gallery, smiling=0.9)
    page.goto(gallery.get_absolute_url())

    page.evaluate("document.querySelector('.grid').append(document.querySelector('.tile'))")
    page.evaluate("new Promise(requestAnimationFrame)")

    expect(page.locator(".tile img[srcset]")).to_have_count(2)
