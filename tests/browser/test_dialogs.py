"""Forms in dialogs: what is wrong is said at the field, in the dialog, with what was typed."""

import pytest
from playwright.sync_api import Page, expect

from gallery.answers import boxes
from gallery.models import Gallery, SavedFilter
from gallery.tests.factories import make_gallery, make_ready
from tests.browser.conftest import lock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    gallery = make_gallery(owner=alice, name="Friends")
    make_ready(gallery, smiling=0.9)
    for name in ("Happy", "Glad"):
        SavedFilter.objects.create(owner=alice, gallery=gallery, name=name, attrs="Smiling")
    return gallery


def test_a_name_that_is_taken_comes_back_in_the_open_dialog(page: Page, gallery):
    page.goto(f"{gallery.get_absolute_url()}?attrs=Smiling")
    page.keyboard.press("s")
    name = page.locator("#save-filter input[name=name]")
    expect(name).to_be_focused()
    name.fill("Happy")

    page.keyboard.press("Enter")

    expect(page.locator("#save-filter .errorlist")).to_contain_text("already has a filter called")
    expect(name).to_have_value("Happy")
    expect(name).to_be_focused()
    name.fill("Happier")
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("The filter is saved as “Happier”.")


def test_a_filter_is_not_renamed_to_a_name_that_is_taken(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    page.get_by_role("button", name="Rename or delete Glad").click()
    dialog = page.get_by_role("dialog", name="Glad")
    dialog.get_by_label("Name").fill("Happy")

    dialog.get_by_role("button", name="Rename").click()

    expect(dialog).to_contain_text("already has a filter called")
    expect(dialog.get_by_label("Name")).to_have_value("Happy")


def test_a_filter_is_deleted_from_its_dialog(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    page.get_by_role("button", name="Rename or delete Glad").click()

    page.get_by_role("dialog", name="Glad").get_by_role("button", name="Delete").click()

    expect(page.locator(".messages")).to_contain_text("The filter “Glad” was deleted.")
    with lock:
        assert SavedFilter.objects.get().name == "Happy"


@pytest.mark.parametrize(
    ("path", "dialog"), [("/", "new-gallery"), ("{gallery}", "rename")], ids=["new", "rename"]
)
def test_a_gallery_without_a_name_is_asked_for_one(page: Page, gallery, path: str, dialog: str):
    page.goto(path.format(gallery=gallery.get_absolute_url()))
    page.evaluate("(id) => document.getElementById(id).showPopover()", dialog)
    name = page.locator(f"#{dialog} input[name=name]")
    name.fill("   ")
    name.press("Enter")
    expect(page.locator(f"#{dialog} .errorlist")).to_have_text("Give the gallery a name.")

    name.fill("Family")
    name.press("Enter")

    expect(page.get_by_role("heading", level=1, name="Family")).to_be_visible()
    with lock:
        assert Gallery.objects.filter(name="Family").exists()


def test_a_box_that_is_refused_stays_drawn_with_the_reason(page: Page, gallery, monkeypatch):
    def refuse(*args):
        raise ValueError("A photo has at most 100 faces.")

    page.goto(make_ready(gallery).get_absolute_url())
    page.locator("#draw > summary").click()
    for name, value in zip("xywh", ("10", "20", "30", "30"), strict=True):
        page.locator(f"#draw-{name}").fill(value)
    with monkeypatch.context() as patched:
        patched.setattr(boxes, "draw_face", refuse)
        page.get_by_role("button", name="Save the face").click()
        expect(page.locator("#draw .error")).to_have_text("A photo has at most 100 faces.")
    expect(page.locator("#draw-y")).to_have_value("20")

    page.get_by_role("button", name="Save the face").click()

    expect(page.get_by_text("Face saved.")).to_be_visible()
