import re

import pytest
from playwright.sync_api import Page, expect

from gallery.models import BoxCorrection, Correction, Face, Photo
from gallery.tests.factories import make_gallery, make_ready
from tests.browser.conftest import PATIENCE, lock, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    return make_gallery(owner=alice, name="Friends")


def make_many(gallery, count: int, **probabilities) -> list[Photo]:
    return [make_ready(gallery, **probabilities) for _ in range(count)]


def answers() -> int:
    with lock:
        return Correction.objects.count()


def said() -> dict[float, bool]:
    """What the answers that have arrived say, by the model's probability."""
    with lock:
        answers = list(Correction.objects.values_list("probability", "is_yes"))
    return {round(probability, 1): is_yes for probability, is_yes in answers}


def expect_answers(page: Page, count: int) -> None:
    """Wait until so many answers have arrived."""
    for _ in range(PATIENCE // 100):
        if answers() == count:
            return
        page.wait_for_timeout(100)
    assert answers() == count


# --- One face


def test_a_click_corrects_and_another_takes_it_back(page: Page, gallery):
    photo = make_ready(gallery, smiling=0.23)
    page.goto(photo.get_absolute_url())
    page.evaluate("window.wasNotReloaded = true")

    page.locator("#Smiling-is-yes").click()

    expect(page.locator(".verdict-yes #bar-Smiling")).to_contain_text(
        "model: 23\N{NO-BREAK SPACE}%"
    )
    expect(page.locator("#Smiling-is-yes")).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator(".verdict-no #bar-Smiling .bar-note")).to_have_count(0)
    assert page.evaluate("window.wasNotReloaded")
    assert answers() == 0


def test_back_to_the_model_from_the_keyboard(page: Page, gallery):
    photo = make_ready(gallery, smiling=0.23)
    page.goto(photo.get_absolute_url())
    page.locator("#Smiling-is-yes").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict-yes #bar-Smiling")).to_be_visible()

    page.locator("#bar-Smiling").get_by_text("back to the model").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".verdict-no #bar-Smiling")).to_be_visible()
    assert answers() == 0


# --- Many faces


def test_a_selection_is_answered_and_undone(page: Page, gallery):
    make_many(gallery, 8, smiling=0.9)
    page.goto(f"{gallery.get_absolute_url()}?view=faces&attrs=Smiling")
    checks = page.locator(".tile-check")
    checks.nth(1).click()
    checks.nth(5).click(modifiers=["Shift"])
    expect(page.locator("#selected")).to_have_text("5 selected")

    page.get_by_role("button", name="is not Smiling").click()
    expect(page.locator("#toast")).to_contain_text("5 faces are now not Smiling.")
    expect(page.locator(".tile")).to_have_count(3)
    expect(page.locator("#sentence")).to_contain_text("3 photos: Smiling")
    page.get_by_role("button", name="Undo").click()

    expect(page.locator(".tile")).to_have_count(8)
    expect(page.locator("#toast")).to_contain_text("5 answers were taken back.")
    assert answers() == 0


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
    page.get_by_role("button", name="is Male").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#toast")).to_contain_text("1 face is now Male.")
    assert answers() == 1


# --- The review


def test_fifty_answers_with_keys_only(page: Page, gallery):
    for number in range(60):
        make_ready(gallery, smiling=round(0.5 + number / 1000, 4))
    page.goto(gallery.get_absolute_url())
    page.keyboard.press("r")
    page.get_by_role("link", name="Smiling").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#left")).to_have_text("60")
    expect(page.locator("#queue [aria-current]")).to_be_visible()  # the script has come

    for number in range(50):
        expect(page.locator("#queue [aria-current]:not([data-state])")).to_have_count(1)
        page.keyboard.press("yn"[number % 2])

    expect(page.locator("#answered")).to_have_text("50")
    expect(page.locator("#left")).to_have_text("10")
    expect_answers(page, 50)
    with lock:
        assert Correction.objects.filter(is_yes=True).count() == 25


def test_a_review_skips_goes_back_undoes_and_ends(page: Page, gallery):
    for probability in (0.5, 0.6, 0.7):
        make_ready(gallery, smiling=probability)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    model = page.locator("#review-model")

    page.keyboard.press("ArrowRight")  # 50 % is skipped
    expect(model).to_have_text("60\N{NO-BREAK SPACE}%")
    page.keyboard.press("Enter")  # as the model says
    expect(model).to_have_text("70\N{NO-BREAK SPACE}%")
    page.keyboard.press("u")
    expect(model).to_have_text("60\N{NO-BREAK SPACE}%")
    expect(page.locator("#answered")).to_have_text("0")
    page.keyboard.press("n")
    page.keyboard.press("y")
    expect(model).to_have_text("50\N{NO-BREAK SPACE}%")
    page.keyboard.press("y")

    expect(page.get_by_role("heading", name="Nothing is left")).to_be_visible()
    wanted = {0.5: True, 0.6: False, 0.7: True}
    for _ in range(PATIENCE // 100):  # the answer that is taken back may arrive before the others
        if said() == wanted:
            break
        page.wait_for_timeout(100)
    assert said() == wanted


def test_an_answer_that_does_not_arrive_is_asked_for_again(page: Page, gallery):
    make_many(gallery, 2)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    page.route("**/review/**", lambda route: route.abort())

    page.keyboard.press("y")

    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator("#left")).to_have_text("2")
    page.unroute("**/review/**")
    page.keyboard.press("y")
    page.keyboard.press("y")
    expect(page.get_by_role("heading", name="Nothing is left")).to_be_visible()
    expect_answers(page, 2)


def test_a_review_works_without_javascript(open_context, server, gallery):
    make_many(gallery, 2)
    context = open_context(java_script_enabled=False)
    log_in(context, gallery.owner, server)
    page = context.new_page()
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")

    page.get_by_role("link", name="Skip", exact=True).click()
    page.get_by_role("button", name="Yes y").click()
    page.get_by_role("link", name="Show the skipped ones").click()
    page.get_by_role("button", name="No n").click()

    expect(page.get_by_role("heading", name="Nothing is left")).to_be_visible()
    with lock:
        assert Face.objects.filter(smiling__in=(0, 1)).count() == 2


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
    assert drawn.x + drawn.w / 2 == pytest.approx(0.5, abs=0.02)
    assert drawn.w * photo.width == pytest.approx(drawn.h * photo.height, abs=1)


def test_a_face_is_drawn_and_a_false_one_removed_from_the_keyboard(page: Page, gallery):
    photo = make_ready(gallery)
    page.goto(photo.get_absolute_url())
    page.keyboard.press("d")
    expect(page.get_by_label("Left")).to_be_focused()
    for number in ("10", "10", "20", "20"):
        page.keyboard.type(number)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The face is drawn")).to_be_visible()

    page.get_by_role("button", name="Not a face").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("That box was no face")).to_be_visible()
    with lock:
        assert sorted(BoxCorrection.objects.values_list("is_face", flat=True)) == [False, True]


# --- Thresholds and saved filters


def test_a_slider_sets_a_threshold_and_any_takes_it_back(page: Page, gallery):
    for probability in (0.7, 0.8, 0.9):
        make_ready(gallery, smiling=probability)
    page.goto(gallery.get_absolute_url())
    page.locator("#own-Smiling summary").click()

    page.locator("#own-value-Smiling").fill("0.85")

    expect(page.locator("#sentence")).to_have_text("1 photo: Smiling at least 85 %")
    expect(page).to_have_url(re.compile(r"\?attrs=Smiling%3E%3D0\.85$"))
    expect(page.locator("#own-value-Smiling")).to_have_value("0.85")
    page.locator("#Smiling-any").click()
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
