"""Photos that are selected in the grid, and what is done with them."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Locator, Page, expect

from gallery.models import Gallery, Photo
from gallery.tests.factories import make_gallery, make_photo, make_ready
from tests.browser.answers import expect_answers
from tests.browser.conftest import lock, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def gallery(alice, on_purpose) -> Gallery:
    on_purpose.append("status of 404")  # thumbnails that are asked for while their photos go
    return make_gallery(owner=alice, name="Friends")


@pytest.fixture
def sixty(gallery) -> list[Photo]:
    """Sixty photos, in the order of the grid."""
    return [make_photo(gallery=gallery) for _ in range(60)][::-1]


def show(page: Page, address: str) -> Locator:
    """Open a grid. Returns its check boxes."""
    page.goto(address)
    page.wait_for_load_state()
    return page.locator(".tile-check")


def kept(gallery: Gallery) -> int:
    with lock:
        return Photo.objects.visible_to(gallery.owner).in_gallery(gallery).count()


def selected(page: Page) -> Locator:
    return page.locator("#selected")


def test_ten_of_sixty_are_deleted_undone_and_restored(page: Page, gallery, sixty):
    checks = show(page, gallery.get_absolute_url())
    # Three actions: a click, a click with Shift, a key.
    checks.nth(5).click()
    checks.nth(14).click(modifiers=["Shift"])
    expect(selected(page)).to_have_text("10 selected")
    page.keyboard.press("Delete")

    expect(page.locator("#toast")).to_contain_text("10 photos are in the trash.")
    expect(page.locator(".tile")).to_have_count(50)
    expect(page.locator("#sentence")).to_contain_text("All 50 photos")
    assert kept(gallery) == 50
    page.keyboard.press("z")
    expect(page.locator("#toast")).to_contain_text("10 photos are back.")
    expect(page.locator(".tile")).to_have_count(60)

    checks.nth(5).click()
    checks.nth(14).click(modifiers=["Shift"])
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".tile")).to_have_count(50)
    trash = show(page, "/trash/")
    trash.nth(0).click()
    trash.nth(3).click(modifiers=["Shift"])
    page.get_by_role("button", name="Restore", exact=True).click()
    expect(page.locator(".messages")).to_contain_text("4 photos are back.")
    page.get_by_role("button", name="Restore all 6").click()

    expect(page.locator("main")).to_contain_text("The trash is empty.")
    assert kept(gallery) == 60


def test_photos_are_selected_and_deleted_with_keys_only(page: Page, gallery, sixty):
    show(page, gallery.get_absolute_url())
    page.locator(".tile > a").first.focus()
    page.keyboard.press("x")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+X")
    expect(selected(page)).to_have_text("4 selected")
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()
    page.keyboard.press("x")
    expect(selected(page)).to_have_text("1 selected")

    page.keyboard.press("Delete")

    expect(page.locator(f"#photo-{sixty[3].uuid}")).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text("1 photo is in the trash.")
    assert kept(gallery) == 59


def test_without_a_selection_the_key_deletes_nothing(page: Page, gallery, sixty):
    show(page, gallery.get_absolute_url())
    page.locator(".tile > a").first.focus()

    page.keyboard.press("Delete")
    page.keyboard.press("x")

    expect(selected(page)).to_have_text("1 selected")
    assert kept(gallery) == 60


def test_the_mouse_draws_a_frame_over_photos(page: Page, gallery, sixty):
    checks = show(page, gallery.get_absolute_url())
    checks.nth(4).click()
    first, last = (page.locator(".tile").nth(place).bounding_box() for place in (0, 2))

    page.mouse.move(first["x"] + 60, first["y"] + 60)
    page.mouse.down()
    page.mouse.move(last["x"] + 20, last["y"] + 80, steps=5)
    expect(page.locator(".frame")).to_be_visible()
    expect(selected(page)).to_have_text("4 selected")  # beside the one that was selected before
    page.mouse.up()

    expect(page.locator(".frame")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"{gallery.uuid}/$"))
    assert [checks.nth(place).is_checked() for place in range(4)] == [True, True, True, False]


def test_a_frame_that_is_given_up_selects_nothing(page: Page, gallery, sixty):
    show(page, gallery.get_absolute_url())
    first = page.locator(".tile").first.bounding_box()
    page.mouse.move(first["x"] + 60, first["y"] + 60)
    page.mouse.down()
    page.mouse.move(first["x"] + 90, first["y"] + 90, steps=3)
    expect(selected(page)).to_have_text("1 selected")

    page.keyboard.press("Escape")

    expect(page.locator(".frame")).to_have_count(0)
    expect(page.locator("#bulk")).to_be_hidden()
    page.mouse.up()


def test_a_click_without_a_frame_still_opens_a_photo(page: Page, gallery, sixty):
    show(page, gallery.get_absolute_url())

    page.locator(".tile > a").first.click()

    expect(page).to_have_url(re.compile(str(sixty[0].uuid)))


@pytest.fixture
def phone(open_context, alice, server) -> Page:
    context = open_context(**PHONE)
    log_in(context, alice, server)
    return context.new_page()


def press_long(page: Page, tile: Locator, until: Callable[[], None]) -> None:
    """Rest a finger on a tile until something is so."""
    box = tile.bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] * 0.7}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    until()
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_that_stays_selects_and_a_tap_selects_more(phone: Page, gallery, sixty):
    show(phone, gallery.get_absolute_url())
    tiles, address = phone.locator(".tile"), phone.url

    press_long(phone, tiles.nth(0), lambda: expect(selected(phone)).to_have_text("1 selected"))
    tiles.nth(1).locator("> a").tap()
    expect(selected(phone)).to_have_text("2 selected")
    assert phone.url == address
    phone.get_by_role("button", name="Delete", exact=True).tap()

    expect(phone.locator("#toast")).to_contain_text("2 photos are in the trash.")
    assert kept(gallery) == 58
    phone.get_by_role("button", name="Undo").tap()
    expect(phone.locator("#toast")).to_contain_text("2 photos are back.")
    expect(tiles).to_have_count(60)
    tiles.nth(0).locator("> a").tap()
    expect(phone).to_have_url(re.compile(str(sixty[0].uuid)))


def test_all_that_match_are_deleted_shown_or_not(page: Page, gallery):
    for _ in range(62):
        make_ready(gallery, smiling=0.9)
    other = make_ready(gallery, smiling=0.1)
    checks = show(page, f"{gallery.get_absolute_url()}?attrs=Smiling")
    checks.first.click()
    page.get_by_role("button", name="Select all 62 that match").click()
    expect(selected(page)).to_have_text("62 selected")

    page.keyboard.press("Delete")

    expect(page.locator("#toast")).to_contain_text("62 photos are in the trash.")
    expect(page.locator("#sentence")).to_contain_text("0 photos")
    with lock:
        assert list(Photo.objects.visible_to(gallery.owner)) == [other]


def test_photos_move_to_another_gallery_and_some_are_there_already(page: Page, gallery, sixty):
    best = make_gallery(owner=gallery.owner, name="Best")
    for photo in sixty[:2]:
        make_photo(gallery=best, sha256=photo.sha256)
    checks = show(page, gallery.get_absolute_url())
    checks.nth(0).click()
    checks.nth(4).click(modifiers=["Shift"])
    page.locator("[popovertarget=move-photos]").first.click()
    dialog = page.locator("#move-photos")
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(dialog).to_contain_text("give the new one a name")  # nothing was chosen

    dialog.get_by_label("Gallery", exact=True).select_option("Best")
    expect(dialog.get_by_label("Name of the new gallery")).to_be_hidden()
    dialog.get_by_role("button", name="Move", exact=True).click()

    expect(page.locator("#toast")).to_contain_text(
        "3 photos were moved to “Best”. 2 were there already and stayed."
    )
    expect(dialog).to_be_hidden()
    expect(page.locator(".tile")).to_have_count(57)
    assert (kept(gallery), kept(best)) == (57, 5)


def test_from_all_photos_some_move_to_a_new_gallery(page: Page, gallery, sixty):
    checks = show(page, "/photos/")
    checks.nth(2).click()
    page.locator("[popovertarget=move-photos]").first.click()
    page.get_by_label("Name of the new gallery").fill("Best")
    page.locator("#move-photos").get_by_role("button", name="Move", exact=True).click()

    expect(page.locator("#toast")).to_contain_text("1 photo was moved to “Best”.")
    expect(page.locator(".tile")).to_have_count(60)
    expect(page.locator("#bulk")).to_be_hidden()
    with lock:
        assert Gallery.objects.get(name="Best").photos.get() == sixty[2]


def test_all_faces_of_photos_are_answered_about_at_once(page: Page, gallery):
    for _ in range(4):
        make_ready(gallery, smiling=0.9)
    checks = show(page, gallery.get_absolute_url())
    checks.nth(0).click()
    checks.nth(2).click(modifiers=["Shift"])
    page.get_by_role("button", name="Mark").click()
    page.locator("#bulk-attribute").select_option("Smiling")

    page.get_by_role("button", name="No for Smiling").click()

    expect(page.locator("#toast")).to_contain_text("Marked 3 faces as not smiling.")
    expect(page.locator("#mark-photos")).to_be_hidden()
    expect_answers(page, 3)


def test_the_selected_pictures_are_downloaded(page: Page, gallery, sixty):
    checks = show(page, gallery.get_absolute_url())
    checks.nth(0).click()
    checks.nth(2).click(modifiers=["Shift"])

    with page.expect_download() as download:
        page.locator("#bulk").get_by_role("button", name="Download").click()

    content = Path(download.value.path()).read_bytes()
    assert len(ZipFile(io.BytesIO(content)).namelist()) == 3
    expect(selected(page)).to_have_text("3 selected")  # for what comes next


def test_without_scripts_check_boxes_and_buttons_do_the_same(open_context, alice, server, gallery):
    photos = [make_photo(gallery=gallery) for _ in range(3)]
    context = open_context(java_script_enabled=False)
    log_in(context, alice, server)
    page = context.new_page()
    page.goto(gallery.get_absolute_url())
    for photo in photos[:2]:
        page.locator(f"#photo-{photo.uuid} .tile-check").check(force=True)

    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".messages")).to_contain_text("2 photos are in the trash.")
    page.goto("/trash/")
    page.locator(f"#photo-{photos[0].uuid} .tile-check").check(force=True)
    page.get_by_role("button", name="Restore", exact=True).click()

    expect(page.locator(".messages")).to_contain_text("The photo is back.")
    assert kept(gallery) == 2
