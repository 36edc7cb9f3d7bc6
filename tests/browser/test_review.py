"""A review in the browser: answers with keys, the ways back, the end."""

import re

import pytest
from playwright.sync_api import Page, expect

from gallery.models import Correction, Face
from gallery.tests.factories import make_gallery, make_ready
from tests.browser.answers import expect_answers, make_many, said
from tests.browser.conftest import PATIENCE, lock, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    return make_gallery(owner=alice, name="Friends")


SWIPE = """([from, to]) => {
  const face = document.querySelector("#review-face");
  for (const [type, x] of [["pointerdown", from], ["pointerup", to]]) {
    const at = { pointerType: "touch", clientX: x, clientY: 300, bubbles: true };
    face.dispatchEvent(new PointerEvent(type, at));
  }
}"""


def test_swipes_to_the_right_and_left_answer_yes_and_no(page: Page, gallery):
    faces = [make_ready(gallery, smiling=p).faces.get() for p in (0.5, 0.51, 0.53)]
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    expect(page.locator("#queue [aria-current]")).to_be_visible()  # the script has come

    for ends in ([100, 110], [100, 300], [300, 100]):  # the first is too short
        page.evaluate(SWIPE, ends)

    expect_answers(page, 2)
    with lock:
        given = dict(Correction.objects.values_list("face", "is_yes"))
    assert given == {faces[0].pk: True, faces[1].pk: False}


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

    expect(page.get_by_role("heading", name="Nothing left to review")).to_be_visible()
    wanted = {0.5: True, 0.6: False, 0.7: True}
    for _ in range(PATIENCE // 100):  # the answer that is taken back may arrive before the others
        if said() == wanted:
            break
        page.wait_for_timeout(100)
    assert said() == wanted


def test_an_answer_that_does_not_arrive_is_sent_later(page: Page, gallery):
    make_many(gallery, 2)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    page.route("**/review/**", lambda route: route.abort())

    page.keyboard.press("y")

    expect(page.locator("#held")).to_contain_text("The connection was lost")
    expect(page.locator("#left")).to_have_text("1")
    page.unroute("**/review/**")
    page.keyboard.press("y")
    expect(page.get_by_role("heading", name="Nothing left to review")).to_be_visible()
    expect_answers(page, 2)


def test_an_answer_that_is_refused_is_taken_back(page: Page, gallery, on_purpose):
    on_purpose.append("status of 404")
    make_many(gallery, 2)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    page.route("**/review/**", lambda route: route.fulfill(status=404))

    page.keyboard.press("y")

    expect(page.locator("#trouble")).to_contain_text("This is gone")
    expect(page.locator("#left")).to_have_text("2")


@pytest.mark.parametrize(("status", "said"), [(503, "Try again in 7 seconds"), (429, "Too many")])
def test_an_answer_that_has_to_wait_says_why(page: Page, gallery, on_purpose, status, said):
    on_purpose.append(f"status of {status}")
    make_many(gallery, 2)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    headers = {"Retry-After": "7"}
    page.route("**/review/**", lambda route: route.fulfill(status=status, headers=headers))

    page.keyboard.press("y")

    expect(page.locator("#held")).to_contain_text(said)


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

    expect(page.get_by_role("heading", name="Nothing left to review")).to_be_visible()
    with lock:
        assert Face.objects.filter(smiling__in=(0, 1)).count() == 2


@pytest.mark.parametrize("key", ["y", "Enter"])
def test_a_key_held_down_answers_one_face(page: Page, gallery, key: str):
    make_many(gallery, 4)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    expect(page.locator("#queue [aria-current]")).to_be_visible()
    page.locator("#review-guess").focus()

    for _ in range(3):  # the second and third are repeats
        page.keyboard.down(key)
    page.keyboard.up(key)

    expect(page.locator("#answered")).to_have_text("1")
    expect_answers(page, 1)


def test_the_last_answer_is_taken_back_from_the_end(page: Page, gallery):
    make_many(gallery, 2)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    page.locator(".review-yes").click()
    page.locator(".review-yes").click()
    expect(page.get_by_role("heading", name="Nothing left to review")).to_be_visible()

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("heading", name="Nothing left to review")).to_be_hidden()
    expect(page.locator("#left")).to_have_text("1")
    expect(page.locator("#review-now")).to_be_focused()
    expect_answers(page, 1)


def test_a_face_that_is_gone_back_to_shows_its_answer(page: Page, gallery):
    make_many(gallery, 1)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Nothing left to review")).to_be_visible()

    page.keyboard.press("ArrowLeft")

    expect(page.locator(".review-no")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".review-yes")).to_have_attribute("aria-pressed", "false")
    in_strip = page.locator("#queue").get_by_role("button")
    expect(in_strip).to_have_accessible_name(re.compile(": no$"))


def test_going_back_to_the_first_face_keeps_the_focus(page: Page, gallery):
    make_many(gallery, 2)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    page.keyboard.press("y")
    page.locator("#review-back").focus()

    page.keyboard.press("Enter")

    expect(page.locator("#review-back")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#review-back")).to_be_focused()


def test_the_next_face_does_not_move_the_page(page: Page, gallery):
    make_many(gallery, 3)
    page.set_viewport_size({"width": 375, "height": 500})
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    expect(page.locator("#queue [aria-current]")).to_have_count(1)

    page.keyboard.press("y")

    expect(page.locator("#answered")).to_have_text("1")
    assert page.evaluate("scrollY") == 0


def test_each_change_of_mind_is_taken_back(page: Page, gallery):
    make_many(gallery, 2, smiling=0.6)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    for key in ("y", "ArrowLeft", "n"):
        page.keyboard.press(key)
    expect_answers(page, 1)

    page.keyboard.press("u")
    for _ in range(PATIENCE // 100):
        if said() == {0.6: True}:
            break
        page.wait_for_timeout(100)
    assert said() == {0.6: True}
    page.keyboard.press("u")

    expect_answers(page, 0)
    expect(page.locator("#trouble")).to_be_hidden()


def test_an_undo_that_does_not_arrive_is_sent_later(page: Page, gallery):
    make_many(gallery, 2, smiling=0.6)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    page.keyboard.press("y")
    expect_answers(page, 1)
    page.route("**/undo/**", lambda route: route.abort())

    page.keyboard.press("u")

    expect(page.locator("#held")).to_be_visible()
    expect(page.locator("#answered")).to_have_text("0")
    page.unroute("**/undo/**")
    expect_answers(page, 0)


def test_after_a_change_of_mind_that_is_refused_the_answer_stands(page: Page, gallery, on_purpose):
    on_purpose.append("status of 404")
    make_many(gallery, 2, smiling=0.6)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    page.keyboard.press("y")
    expect_answers(page, 1)
    page.keyboard.press("ArrowLeft")
    page.route("**/review/**", lambda route: route.fulfill(status=404))

    page.keyboard.press("n")

    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator("#answered")).to_have_text("1")
    assert said() == {0.6: True}
