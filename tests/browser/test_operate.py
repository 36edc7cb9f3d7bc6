import pytest
from playwright.sync_api import Page, expect

from gallery import audit
from gallery.models import Photo, Sign
from gallery.tests.factories import make_photo, make_user
from tests.browser.conftest import log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def operator(page, server, transactional_db):
    """Who looks after a site on which two photos failed."""
    user = make_user("operator", is_staff=True, is_superuser=True)
    log_in(page.context, user, server)
    Sign.objects.leave("worker", "a-host-with-a-long-name.example.org:4711", version="0.2.0")
    for _ in range(2):
        make_photo(status="failed", failure="The analysis took too long.", attempts=3)
    return user


def test_failures_are_retried_by_keyboard(page: Page, operator):
    page.goto("/operate/")
    page.get_by_role("button", name="Retry").press("Enter")

    expect(page.get_by_text("2 photos were queued.")).to_be_visible()
    expect(page.get_by_text("No analysis has failed.")).to_be_visible()
    assert Photo.objects.queued().count() == 2


def test_activity_is_reached_and_narrowed_by_keyboard(page: Page, operator):
    audit.record(audit.Kind.EXPORTED, person=operator, by=operator, about="Holidays, as csv")
    page.goto("/operate/")
    page.get_by_role("link", name="See everyone’s activity").press("Enter")
    expect(page.get_by_text("Signed in", exact=True).last).to_be_visible()

    page.get_by_label("Only").select_option("Exported faces")
    page.get_by_role("button", name="Show").press("Enter")

    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_text("Exported faces: Holidays, as csv")).to_be_visible()


@pytest.mark.parametrize("address", ["/operate/", "/operate/activity/", "/account/activity/"])
def test_on_a_phone_only_the_tables_scroll_sideways(page: Page, operator, address):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
