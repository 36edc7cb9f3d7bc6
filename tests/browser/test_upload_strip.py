"""The strip at the lower edge: one line for all files, and nothing that moves what one looks at."""

import pytest
from playwright.sync_api import Page, expect

from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_ready
from tests.browser.conftest import lock

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCH_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) {
      if (!hadRecentInput) window.shifted += value;
    }
  }).observe({ type: "layout-shift", buffered: true });
"""
MOST = 0.1  # from 0.1 on, a page counts as one that moves (web.dev/cls)


@pytest.fixture
def gallery(alice, on_purpose):
    on_purpose.append("status of 404")  # `make_ready` has no file
    return make_gallery(owner=alice)


def upload(page: Page, files) -> None:
    page.set_input_files("#files", files)
    expect(page.locator("#uploads-summary")).to_contain_text(
        f"Uploaded {len(files)} of {len(files)}"
    )


@pytest.mark.parametrize("path", ["", "upload/"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_moves_while_photos_come_in(
    page: Page, gallery, analyse, pictures, width: int, path: str
):
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(WATCH_SHIFTS)
    page.goto(f"{gallery.get_absolute_url()}{path}")
    page.evaluate("window.shifted = 0")  # what the page itself does as it loads is another matter
    upload(page, pictures(12))
    analyse()
    expect(page.locator("#uploads-summary")).to_contain_text("analyzed 12 of 12")
    expect(page.locator(".tile[data-status=ready]")).to_have_count(12)

    assert page.evaluate("window.shifted") < MOST


def test_new_photos_wait_until_somebody_asks_for_them(page: Page, gallery, analyse, pictures):
    make_ready(gallery)
    page.add_init_script(WATCH_SHIFTS)
    page.goto(gallery.get_absolute_url())
    upload(page, pictures(3))
    analyse()
    expect(page.locator("#uploads-summary")).to_contain_text("analyzed 3 of 3")
    assert page.locator(".tile").count() == 1
    assert page.evaluate("window.shifted") < MOST

    page.get_by_role("link", name="3 new photos – show").click()

    expect(page.locator(".tile[data-status=ready]")).to_have_count(4)
    expect(page.locator("#sentence")).to_have_text("All 4 photos")
    expect(page.locator("#uploads-show")).to_be_hidden()


def test_the_first_page_leads_to_what_was_uploaded(page: Page, gallery, pictures):
    page.goto("/")
    upload(page, pictures(2))

    page.get_by_role("link", name="2 new photos – show").click()

    expect(page.get_by_role("heading", level=1, name=gallery.name)).to_be_visible()
    expect(page.locator(".tile")).to_have_count(2)


def test_a_failed_analysis_is_listed_with_its_reason_and_tried_again(
    page: Page, gallery, analyse, pictures
):
    make_ready(gallery)
    page.goto(gallery.get_absolute_url())
    upload(page, pictures(2))
    with lock:
        Photo.objects.queued().update(status=Photo.Status.FAILED, failure="It is damaged.")
    expect(page.locator(".upload-row").first).to_contain_text("It is damaged.")
    expect(page.locator("#uploads-summary")).to_contain_text("2 failed")

    page.get_by_role("button", name="Retry failed").click()
    expect(page.locator("#uploads-summary")).to_contain_text("analyzed 0 of 2")
    analyse()

    expect(page.locator("#uploads-summary")).to_have_text("Uploaded 2 of 2, analyzed 2 of 2")
    expect(page.locator(".upload-row")).to_have_count(0)


def test_all_numbers_of_the_page_agree_while_photos_wait(page: Page, gallery, pictures):
    for _ in range(2):
        make_ready(gallery)
    page.goto(gallery.get_absolute_url())
    upload(page, pictures(4))

    expect(page.locator("#uploads-summary")).to_have_text("Uploaded 4 of 4, analyzed 0 of 4")
    expect(page.locator("#uploads-show")).to_have_text("4 new photos – show")
    expect(page.locator("#counts")).to_have_text("· 4 being analyzed")
    expect(page.locator("#sentence")).to_have_text("All 6 photos")


def test_only_what_went_wrong_is_listed(page: Page, gallery, analyse, pictures, tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    page.goto(gallery.get_absolute_url())
    page.set_input_files("#files", [*pictures(3), tmp_path / "notes.jpg"])
    summary, rows = page.locator("#uploads-summary"), page.locator(".upload-row")

    expect(summary).to_have_text("Uploaded 3 of 4, analyzed 0 of 3, 1 refused")
    expect(rows).to_have_count(1)
    analyse()

    expect(summary).to_have_text("Uploaded 3 of 4, analyzed 3 of 3, 1 refused")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("notes.jpg")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_strip_is_at_the_lower_edge_wherever_one_scrolls(
    page: Page, gallery, pictures, width: int
):
    for _ in range(60):
        make_ready(gallery)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(gallery.get_absolute_url())
    upload(page, pictures(1))
    ends = set()

    for top in (0, 300):
        page.evaluate("top => scrollTo(0, top)", top)
        strip = page.locator("#uploads").bounding_box()
        ends.add(strip["y"] + strip["height"])

    below = page.locator(".rooms").bounding_box()["height"] if width == 390 else 0
    assert ends == {900 - below}


def test_the_time_that_is_left_follows_from_the_last_minute(
    page: Page, gallery, pictures, on_purpose
):
    on_purpose += ["htmx:afterRequest", "htmx:sendAbort"]  # the clock is quicker than the answers
    page.clock.install()
    page.goto(gallery.get_absolute_url())
    upload(page, pictures(12))
    with lock:
        first = list(Photo.objects.values_list("pk", flat=True)[:4])
        Photo.objects.filter(pk__in=first).update(status=Photo.Status.READY)
    page.clock.run_for(30_000)

    expect(page.locator("#uploads-summary")).to_contain_text(
        "analyzed 4 of 12, about 1 minute left"
    )


def test_the_strip_goes_when_it_is_closed(page: Page, gallery, pictures):
    page.goto(gallery.get_absolute_url())
    upload(page, pictures(1))

    page.get_by_role("button", name="Close the list of uploads").click()

    expect(page.locator("#uploads")).to_be_hidden()
