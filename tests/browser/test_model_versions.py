import pytest
from playwright.sync_api import Page, expect

from gallery.tests.factories import make_user
from gallery.tests.views.test_model_versions import EPOCHS, make_listed
from tests.browser.conftest import log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def versions(page, server, transactional_db):
    """Two versions, one of them active; staff are logged in."""
    log_in(page.context, make_user("staff", is_staff=True), server)
    reliability = {"Smiling": {"grade": "good", "reason": "Seen on 900 faces."}}
    make_listed("old", history=EPOCHS, reliability=reliability)
    make_listed("new", history=EPOCHS, reliability=reliability, is_active=True)


def test_staff_compare_versions_by_keyboard(page: Page, versions):
    page.goto("/")
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_role("img", name="Loss of new")).to_be_visible()

    page.get_by_role("link", name="Brier score").press("Enter")
    expect(page.get_by_role("link", name="Brier score")).to_have_attribute("aria-current", "true")
    page.get_by_text("Smiling", exact=True).press("Enter")
    expect(page.get_by_text("Seen on 900 faces.").first).to_be_visible()

    page.get_by_role("checkbox", name="old").press("Space")
    page.get_by_role("button", name="Compare").press("Enter")
    expect(page.get_by_role("img", name="Loss of old")).to_have_count(0)


def test_on_a_phone_only_the_tables_scroll_sideways(page: Page, versions):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/models/")

    expect(page.get_by_role("region", name="Attributes").last).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
