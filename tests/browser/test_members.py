"""Two people in one gallery: one invites the other by a link, and removes them later."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gallery.models import Membership, Photo
from gallery.tests.factories import make_gallery, make_ready, make_user
from gallery.tests.pictures import draw, encode
from tests.browser.conftest import log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    gallery = make_gallery(owner=alice, name="Summer")
    make_ready(gallery, smiling=0.9)
    return gallery


@pytest.fixture
def ben(open_context, server) -> Page:
    """Another person's browser."""
    context: BrowserContext = open_context()
    log_in(context, make_user("ben", first_name="Ben"), server)
    return context.new_page()


def invite_by_link(page: Page, gallery) -> str:
    page.goto(gallery.get_absolute_url())
    page.locator("summary[title=More]").click()
    page.get_by_role("link", name="Members", exact=True).click()
    form = page.locator("form[action$='/link/']")
    form.get_by_label("They may").select_option("editor")
    form.get_by_role("button", name="Make a link").click()
    return page.locator("#new-link").input_value()


def test_an_editor_comes_by_a_link_uploads_and_is_removed(page: Page, gallery, ben, on_purpose):
    on_purpose += ["status of 404", "Error Code 404"]
    ben.goto(invite_by_link(page, gallery))
    ben.get_by_role("button", name="Accept").click()
    expect(ben.get_by_role("heading", name="Summer")).to_be_visible()
    ben.wait_for_load_state()

    picture = {"name": "new.png", "mimeType": "image/png", "buffer": encode(draw(), "PNG")}
    ben.set_input_files("#files", [picture])
    expect(ben.locator("#uploads-summary")).to_contain_text("Uploaded 1 of 1")
    assert Photo.objects.get(original_name="new.png").gallery == gallery

    page.reload()
    page.get_by_role("button", name="Remove Ben").click()
    expect(page.get_by_text("Only you see this gallery.")).to_be_visible()
    expect(ben.get_by_text("no longer shared with you")).to_be_visible()  # the page asks by itself
    ben.locator(".tile a").last.click()

    expect(ben.get_by_role("heading", name="Photo not found")).to_be_visible()
    assert not Membership.objects.exists()


def test_somebody_is_invited_by_name_and_declines(page: Page, gallery, ben):
    page.goto(f"{gallery.get_absolute_url()}members/")
    page.get_by_label("Username or e-mail").fill("Ben")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("If Ben has an account here")).to_be_visible()
    ben.goto("/")

    ben.get_by_role("button", name="Decline").click()

    expect(ben.get_by_text("You have declined the invitation to “Summer”.")).to_be_visible()
