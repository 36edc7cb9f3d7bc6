"""Sharing what a filter finds: made by its owner, opened by a friend without an account."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gallery.models import SavedFilter
from gallery.tests.factories import make_gallery, make_ready

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]
PASSWORD = "between-us"


@pytest.fixture
def gallery(alice):
    """Three photos, of which a saved filter finds two."""
    gallery = make_gallery(owner=alice)
    for smiling in (0.9, 0.8, 0.1):
        make_ready(gallery, smiling=smiling)
    SavedFilter.objects.create(
        owner=alice, gallery=gallery, name="Happy", attrs="Smiling", match="any"
    )
    return gallery


@pytest.fixture
def friend(open_context) -> Page:
    """Somebody else's browser, in which nobody is logged in."""
    context: BrowserContext = open_context()
    return context.new_page()


def make_link(page: Page, gallery, password: str = "") -> str:
    page.goto(gallery.get_absolute_url())
    page.locator("summary[title=More]").click()
    page.get_by_role("link", name="Share", exact=True).click()
    page.get_by_label("It shows").select_option("Happy")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Make a link").click()
    return page.locator("#new-link").input_value()


def revoke(page: Page) -> None:
    page.get_by_role("button", name="Revoke the link to Happy").click()
    expect(page.get_by_text("Nothing of this gallery is shared.")).to_be_visible()


def test_a_friend_sees_the_album_until_it_is_revoked(page: Page, gallery, friend, on_purpose):
    on_purpose.append("status of 404")
    friend.goto(make_link(page, gallery))
    expect(friend.locator(".tile")).to_have_count(2)
    friend.locator(".tile a").first.click()
    expect(friend.get_by_role("heading", name="On the face")).to_be_visible()
    friend.wait_for_load_state()  # with its scripts, which are what the keys need
    friend.keyboard.press("ArrowRight")
    expect(friend.locator("a[rel=prev]")).to_be_visible()
    friend.wait_for_load_state()

    revoke(page)
    friend.keyboard.press("ArrowLeft")

    expect(friend.get_by_role("heading", name="This link opens nothing")).to_be_visible()


def test_a_password_opens_it_in_one_browser(page: Page, gallery, friend, on_purpose):
    on_purpose.append("status of 403")
    address = make_link(page, gallery, PASSWORD)
    friend.goto(address)
    friend.get_by_label("Password").fill("a guess")
    friend.get_by_label("Password").press("Enter")
    expect(friend.get_by_text("That is not the password.")).to_be_visible()

    friend.get_by_label("Password").fill(PASSWORD)
    friend.get_by_label("Password").press("Enter")

    expect(friend.locator(".tile")).to_have_count(2)
