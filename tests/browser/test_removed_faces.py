"""A face that is called none by mistake comes back."""

import pytest
from playwright.sync_api import Page, expect

from gallery.models import BoxCorrection, Face
from gallery.tests.factories import make_face, make_gallery, make_ready
from tests.browser.conftest import lock, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]

SIDE = {"w": 0.2, "h": 0.3}


@pytest.fixture
def photo(alice):
    """A photo with two faces, of which the second smiles."""
    photo = make_ready(make_gallery(owner=alice))
    Face.objects.update(x=0.1, y=0.1, **SIDE)
    make_face(photo, x=0.6, y=0.1, smiling=0.9, **SIDE)
    return photo


def faces() -> list[dict]:
    with lock:
        return list(Face.objects.order_by("pk").values())


def test_not_a_face_and_its_undo_from_the_keyboard_alone(page: Page, photo):
    before = faces()
    page.goto(photo.get_absolute_url())
    page.keyboard.press("2")
    expect(page.locator("#tab-2")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Not a face").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Removed the box")).to_be_visible()
    expect(page.locator(".tab")).to_have_count(0)
    assert len(faces()) == 1

    page.keyboard.press("z")

    expect(page.get_by_text("The face is back.")).to_be_visible()
    expect(page.locator(".tab")).to_have_count(2)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert faces() == before
    with lock:
        assert not BoxCorrection.objects.exists()


def test_the_undo_works_without_javascript(open_context, server, photo):
    before = faces()
    context = open_context(java_script_enabled=False)
    log_in(context, photo.gallery.owner, server)
    page = context.new_page()
    page.goto(photo.get_absolute_url())
    page.get_by_role("button", name="Not a face").click()
    page.get_by_role("button", name="Remove the box").click()

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_text("The face is back.")).to_be_visible()
    assert faces() == before


def test_the_latest_word_is_undone_first(page: Page, photo):
    page.goto(photo.get_absolute_url())
    page.get_by_role("button", name="Not a face").click()
    page.get_by_role("button", name="Remove the box").click()
    expect(page.get_by_text("Removed the box")).to_be_visible()
    page.locator("[id$=-Bald] [name=answer][value=yes]").click()
    expect(page.locator("#toast")).to_contain_text("Bald: yes.")

    page.keyboard.press("z")

    expect(page.get_by_text("1 answer was taken back.")).to_be_visible()
    assert len(faces()) == 1
