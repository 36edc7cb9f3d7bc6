import re

import pytest
from playwright.sync_api import Page, expect

from gallery.models import BoxCorrection, Photo
from gallery.tests.factories import make_face, make_gallery, make_ready
from tests.browser.answers import expect_answers, make_many, unfold_no
from tests.browser.conftest import lock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    return make_gallery(owner=alice, name="Friends")


# --- One face


def test_a_click_corrects_and_a_key_takes_it_back(page: Page, gallery):
    photo = make_ready(gallery, smiling=0.23)
    page.goto(photo.get_absolute_url())
    page.evaluate("window.wasNotReloaded = true")
    unfold_no(page)

    page.locator("#Smiling-is-yes").click()

    expect(page.locator("#bar-Smiling")).to_contain_text("model: 23\N{NO-BREAK SPACE}%")
    expect(page.locator("#Smiling-is-yes")).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("#bar-Smiling .bar-note")).to_have_count(0)
    assert page.evaluate("window.wasNotReloaded")
    expect_answers(page, 0)


def test_back_to_the_model_from_the_keyboard(page: Page, gallery):
    photo = make_ready(gallery, smiling=0.23)
    page.goto(photo.get_absolute_url())
    unfold_no(page)
    page.locator("#Smiling-is-yes").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#bar-Smiling")).to_have_attribute("data-answer", "yes")

    page.locator("#bar-Smiling").get_by_text("back to the model").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#bar-Smiling:not([data-answer])")).to_be_visible()
    expect_answers(page, 0)

    page.keyboard.press("z")

    expect(page.locator("#bar-Smiling")).to_have_attribute("data-answer", "yes")
    expect_answers(page, 1)


def places(page: Page) -> list[tuple[float, float]]:
    """Where the buttons of the rows stand on the screen."""
    boxes = [button.bounding_box() for button in page.locator(".answer:visible").all()]
    return [(box["x"], box["y"]) for box in boxes]


@pytest.mark.parametrize(("smiling", "section"), [(0.99, "yes"), (0.5, "unsure"), (0.01, "no")])
@pytest.mark.parametrize("given", ["yes", "no"])
def test_an_answered_row_keeps_its_place_and_so_does_one_taken_back(
    page: Page, gallery, smiling, section, given
):
    photo = make_ready(gallery, smiling=smiling, young=0.99, bald=0.98, bangs=0.01, male=0.02)
    page.goto(photo.get_absolute_url())
    unfold_no(page)
    row = page.locator(f".verdict-{section} #bar-Smiling")
    button = page.locator(f"#Smiling-is-{given}")
    button.scroll_into_view_if_needed()
    before = button.bounding_box()

    button.click()
    expect(row).to_have_attribute("data-answer", given)
    assert button.bounding_box() == before
    page.keyboard.press("z")

    expect(page.locator("#bar-Smiling:not([data-answer])")).to_be_visible()
    expect(row).to_be_visible()
    assert button.bounding_box() == before


def test_rows_keep_their_places_while_other_faces_are_looked_at(page: Page, gallery):
    photo = make_ready(gallery, smiling=0.99, young=0.98)
    make_face(photo, x=0.6)
    page.goto(photo.get_absolute_url())
    before = places(page)
    page.locator("#Smiling-is-no").click()
    expect(page.locator("#bar-Smiling")).to_have_attribute("data-answer", "no")

    page.keyboard.press("2")
    expect(page.locator("#tab-2")).to_have_attribute("aria-current", "true")
    page.keyboard.press("1")
    expect(page.locator("#tab-1")).to_have_attribute("aria-current", "true")

    expect(page.locator(".verdict-yes #bar-Smiling")).to_have_attribute("data-answer", "no")
    assert len(places(page)) == len(before)
    page.reload()
    expect(page.locator(".verdict-no #bar-Smiling")).to_have_count(1)


# --- Many faces


def test_a_selection_is_answered_and_undone(page: Page, gallery):
    make_many(gallery, 8, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?view=faces&attrs=Smiling")
    checks = page.locator(".tile-check")
    checks.nth(1).click()
    checks.nth(5).click(modifiers=["Shift"])
    expect(page.locator("#selected")).to_have_text("5 selected")

    page.get_by_role("button", name="No for Smiling").click()
    expect(page.locator("#toast")).to_contain_text("Marked 5 faces as not smiling.")
    expect(page.locator(".tile")).to_have_count(3)
    expect(page.locator("#sentence")).to_contain_text("3 photos: Smiling")
    page.get_by_role("button", name="Undo").click()

    expect(page.locator(".tile")).to_have_count(8)
    expect(page.locator("#toast")).to_contain_text("5 answers were taken back.")
    expect_answers(page, 0)


def test_all_that_match_are_selected_shown_or_not(page: Page, gallery):
    make_many(gallery, 62, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?view=faces&attrs=Smiling")
    page.locator(".tile-check").first.click()
    page.get_by_role("button", name="Select all 62 that match").click()
    expect(page.locator("#selected")).to_have_text("62 selected")
    page.locator(".tile-check").nth(1).click()  # one that is taken out: the others shown remain
    expect(page.locator("#selected")).to_have_text("59 selected")
    page.get_by_role("button", name="Select all 62 that match").click()

    page.get_by_role("button", name="No for Smiling").click()

    expect(page.locator("#toast")).to_contain_text("Marked 62 faces as not smiling.")
    expect_answers(page, 62)
    expect(page.locator("#sentence")).to_contain_text("0 photos")


def test_faces_are_selected_with_keys_only(page: Page, gallery):
    make_many(gallery, 4, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?view=faces")
    tiles = page.locator(".tile a")
    tiles.nth(0).focus()
    page.keyboard.press("x")
    tiles.nth(2).focus()
    page.keyboard.press("Shift+X")
    expect(page.locator("#selected")).to_have_text("3 selected")
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()

    page.keyboard.press("x")
    page.get_by_label("Attribute", exact=True).select_option("Male")
    page.get_by_role("button", name="Yes for Male").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#toast")).to_contain_text("Marked 1 face as male.")
    expect_answers(page, 1)


def test_the_chosen_attribute_outlives_an_undo(page: Page, gallery):
    make_many(gallery, 2, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?view=faces")
    page.locator(".tile-check").nth(0).click()
    page.locator("#bulk-attribute").select_option("Male")
    page.get_by_role("button", name="No for Male").click()
    expect(page.locator("#toast")).to_contain_text("Marked 1 face as not male.")
    page.evaluate("document.getElementById('bulk').dataset.isOld = 'yes'")

    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#bulk:not([data-is-old])")).to_have_count(1)
    page.locator(".tile-check").nth(0).click()

    expect(page.locator("#bulk-attribute")).to_have_value("Male")
    expect(page.get_by_role("button", name="No for Male")).to_be_visible()


def test_more_faces_than_are_answered_for_at_once_are_refused_in_words(page: Page, gallery):
    make_many(gallery, 2, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?attrs=Smiling&view=faces")
    expect(page.locator("#bulk")).to_have_attribute("data-most", "1000")
    page.locator("#bulk").evaluate("bulk => bulk.dataset.most = 1")
    page.locator(".tile-check").nth(0).click()
    page.get_by_role("button", name="Select all shown").click()
    expect(page.locator("#selected")).to_have_text("2 selected: the limit is 1")

    button = page.get_by_role("button", name="No for Smiling")
    expect(button).to_be_disabled()
    button.click(force=True)
    page.locator(".tile-check").nth(0).click()
    expect(page.locator("#selected")).to_have_text("1 selected")
    button.click()

    expect(page.locator("#toast")).to_contain_text("Marked 1 face as not smiling.")
    expect_answers(page, 1)


@pytest.mark.parametrize("width", [375, 1280])
def test_a_notice_leaves_the_bar_free(page: Page, gallery, width: int):
    make_many(gallery, 2)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"{gallery.get_absolute_url()}?view=faces")
    page.locator(".tile-check").nth(0).click()
    page.locator("#bulk-attribute").select_option("Mouth_Slightly_Open")
    page.get_by_role("button", name="No for Mouth slightly open").click()
    expect(page.locator("#toast")).to_contain_text(
        "Marked 1 face as not having mouth slightly open."
    )

    page.locator(".tile-check").nth(1).click()

    notice, bar = page.locator("#toast").bounding_box(), page.locator("#bulk").bounding_box()
    assert notice["y"] + notice["height"] < bar["y"]


# --- Boxes


def test_a_face_is_drawn_with_the_mouse(page: Page, gallery):
    photo = make_ready(gallery)
    page.goto(photo.get_absolute_url())
    page.keyboard.press("d")
    box = page.locator(".picture").bounding_box()
    left, top = box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25
    side = min(box["width"], box["height"]) * 0.5

    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + side, top + side / 2, steps=3)
    page.mouse.up()
    expect(page.locator("#drawing rect")).to_be_visible()
    page.get_by_role("button", name="Save the face").click()

    expect(page.locator("#photo")).to_have_attribute("data-status", "queued")
    expect(page.locator("#bar-Smiling")).to_be_visible()
    with lock:
        drawn = BoxCorrection.objects.get()
    assert drawn.x + drawn.w / 2 == pytest.approx(0.25 + side / 2 / box["width"], abs=0.02)
    assert drawn.w * photo.width == pytest.approx(drawn.h * photo.height, abs=1)


def type_box(page: Page, *numbers: str) -> None:
    """Begin to draw a face, and type where it lies, in percent."""
    page.keyboard.press("d")
    expect(page.get_by_label("Left")).to_be_focused()
    for number in numbers:
        page.keyboard.type(number)
        page.keyboard.press("Tab")


def test_a_face_is_drawn_and_a_false_one_removed_from_the_keyboard(page: Page, gallery):
    photo = make_ready(gallery)
    page.goto(photo.get_absolute_url())
    type_box(page, "10", "10", "20", "20")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Face saved")).to_be_visible()

    page.get_by_role("button", name="Not a face").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Removed the box")).to_be_visible()
    with lock:
        assert sorted(BoxCorrection.objects.values_list("is_face", flat=True)) == [False, True]


def test_a_face_that_is_being_drawn_outlives_the_end_of_an_analysis(page: Page, gallery):
    photo = make_ready(gallery)
    Photo.objects.update(status="queued")
    page.goto(photo.get_absolute_url())
    type_box(page, "10", "10", "20")
    with lock:
        Photo.objects.update(status="ready")
    page.wait_for_timeout(3000)  # the page asks each second

    expect(page.get_by_label("Width")).to_have_value("20")
    page.keyboard.press("Escape")

    expect(page.locator("#photo")).to_have_attribute("data-status", "ready")


def test_escape_ends_the_drawing_before_it_leaves_the_photo(page: Page, gallery):
    photo = make_ready(gallery)
    page.goto(photo.get_absolute_url())
    page.keyboard.press("d")
    expect(page.get_by_label("Left")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.get_by_label("Left")).to_be_hidden()
    expect(page.locator("#draw > summary")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(gallery.get_absolute_url()))


@pytest.mark.parametrize("numbers", [("90", "10", "30", "30"), ("10", "10", "0.5", "0.5")])
def test_a_box_outside_the_picture_or_too_small_keeps_its_numbers(page: Page, gallery, numbers):
    photo = make_ready(gallery)
    page.goto(photo.get_absolute_url())
    type_box(page, *numbers)

    page.keyboard.press("Enter")
    expect(page.get_by_label("Width")).to_be_focused()
    page.get_by_label("Width").fill("5")
    page.get_by_label("Height").fill("5")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Face saved")).to_be_visible()


# --- Thresholds and saved filters


def test_a_slider_sets_a_threshold_and_its_chip_takes_it_back(page: Page, gallery):
    for probability in (0.7, 0.8, 0.9):
        make_ready(gallery, smiling=probability)
    page.goto(gallery.get_absolute_url())
    page.locator("#own-Smiling summary").click()

    page.locator("#own-value-Smiling").fill("0.85")

    expect(page.locator("#sentence")).to_have_text("1 photo: Smiling at least 85 %")
    expect(page).to_have_url(re.compile(r"\?attrs=Smiling%3E%3D0\.85$"))
    expect(page.locator("#own-value-Smiling")).to_have_value("0.85")
    page.get_by_role("link", name="Remove: smiling at least 85 %").click()
    expect(page.locator("#sentence")).to_have_text("All 3 photos")


def test_a_filter_is_saved_and_opened_again(page: Page, gallery):
    make_many(gallery, 2, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?attrs=Smiling")
    page.keyboard.press("s")
    page.get_by_role("dialog", name="Save this filter").get_by_label("Name").fill("Happy")
    page.keyboard.press("Enter")
    expect(page.get_by_text("saved as “Happy”")).to_be_visible()
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("#sentence")).to_have_text("All 2 photos")

    page.get_by_role("link", name="Happy").click()

    expect(page.locator("#sentence")).to_have_text("2 photos: Smiling")
    expect(page.locator("#saved .count")).to_contain_text("2")


def test_a_word_goes_when_there_is_nothing_to_undo_any_more(page: Page, gallery):
    photo = make_ready(gallery, smiling=0.23)
    make_face(photo, x=0.6)
    page.goto(photo.get_absolute_url())
    unfold_no(page)
    page.locator("#Smiling-is-yes").click()
    page.locator("#bar-Smiling").get_by_text("back to the model").click()
    expect(page.locator("#toast")).to_contain_text("back to the model")

    page.keyboard.press("2")

    expect(page.locator("#toast")).to_be_empty()
