"""Keys on any layout, and what is pasted."""

import pytest
from playwright.sync_api import Page, expect

from gallery.tests.factories import make_face, make_gallery
from tests.browser.answers import expect_answers, make_many, said

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

PASTE = """async ([selector, types]) => {
  const canvas = new OffscreenCanvas(64, 64);
  canvas.getContext("2d").fillRect(0, 0, 64, 64);
  const data = new DataTransfer();
  for (const type of types) data.setData(type, "Smiling");
  data.items.add(new File([await canvas.convertToBlob()], "image.png", { type: "image/png" }));
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
  document.querySelector(selector).dispatchEvent(event);
}"""


@pytest.fixture
def gallery(alice):
    return make_gallery(owner=alice)


def press(page: Page, key: str, code: str, **more) -> None:
    """A key as a keyboard of another layout sends it."""
    event = {"key": key, "code": code, "bubbles": True, "cancelable": True, **more}
    page.evaluate(
        "(it) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', it))", event
    )


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("y", "KeyY"),
        ("Y", "KeyY"),  # Caps Lock
        ("н", "KeyY"),  # Russian
        ("Н", "KeyY"),  # Russian, with Caps Lock
        ("y", "KeyZ"),  # German: the letter counts, not the place
        ("ㅛ", "KeyY"),  # Korean
    ],
)
def test_a_key_counts_by_its_letter_or_else_by_its_place(page: Page, gallery, key, code):
    make_many(gallery, 1, smiling=0.3)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    expect(page.locator("#queue [aria-current]")).to_be_visible()

    press(page, key, code)

    expect_answers(page, 1)
    assert said() == {0.3: True}


@pytest.mark.parametrize(("key", "code"), [("z", "KeyY"), ("w", "KeyY"), ("ö", "Semicolon")])
def test_another_letter_at_the_place_of_a_key_does_nothing(page: Page, gallery, key, code):
    make_many(gallery, 2)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    expect(page.locator("#queue [aria-current]")).to_be_visible()

    press(page, key, code)
    press(page, "n", "KeyN")

    expect_answers(page, 1)
    assert list(said().values()) == [False]


def test_digits_count_by_their_place_where_they_need_shift(page: Page, gallery):
    photo = make_many(gallery, 1)[0]
    make_face(photo)
    page.goto(photo.get_absolute_url())
    expect(page.locator("#tab-1")).to_have_attribute("aria-current", "true")

    press(page, "é", "Digit2")  # French

    expect(page.locator("#tab-2")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("more", [{"isComposing": True}, {"keyCode": 229}])
def test_enter_that_ends_a_composition_sets_no_filter(page: Page, gallery, more):
    make_many(gallery, 1)
    page.goto(gallery.get_absolute_url())
    page.fill("#narrow", "smiling")

    press(page, "Enter", "Enter", **more)

    expect(page.locator("#narrow")).to_be_focused()
    assert page.url.endswith(gallery.get_absolute_url())
    press(page, "Enter", "Enter")
    expect(page.locator("#sentence")).to_contain_text("Smiling")


@pytest.mark.parametrize(
    ("selector", "types", "is_uploaded"),
    [
        ("#narrow", ["text/plain", "text/html"], False),  # cells of a spreadsheet
        ("#narrow", ["text/plain"], False),
        ("body", ["text/plain", "text/html"], False),
        ("body", ["text/plain"], True),  # a file, with its name
        ("body", ["text/html"], True),  # a picture of a page
        ("#narrow", [], True),
    ],
)
def test_pasted_text_is_text_and_a_pasted_picture_is_uploaded(
    page: Page, gallery, selector, types, is_uploaded
):
    make_many(gallery, 1)
    page.goto(gallery.get_absolute_url())

    page.evaluate(PASTE, [selector, types])

    expect(page.locator("#uploads")).to_be_visible(visible=is_uploaded)
    if is_uploaded:
        expect(page.locator("#uploads-summary")).to_contain_text(" of 1")
