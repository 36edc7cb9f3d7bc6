"""The files that wait outlive their page: a reload, a closed tab, a lost connection, a log-out."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_user
from tests.browser.conftest import lock, log_in
from tests.browser.test_delivery import expect_photos, log_in_again, log_out

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNT = 60
UNREADABLE = """() => {
  const read = File.prototype.arrayBuffer;
  File.prototype.arrayBuffer = function () {
    const isBad = this.name === "portrait0.jpg";
    return isBad ? Promise.reject(new Error("unreadable")) : read.call(this);
  };
}"""
COUNT_KEPT = """() => {
  const add = IDBObjectStore.prototype.add;
  window.keptCount = 0;
  IDBObjectStore.prototype.add = function (...row) {
    window.keptCount += 1;
    return add.apply(this, row);
  };
}"""
LEFT = """async () => {
  const databases = await indexedDB.databases();
  if (!databases.length) return 0; // opened here, it would stay without its store
  const database = await idb.openDB("uploads", 1);
  const count = await database.count("files");
  database.close();
  return count;
}"""


@pytest.fixture
def gallery(alice, on_purpose):
    on_purpose += ["status of 404", "ERR_INTERNET_DISCONNECTED", "ERR_ABORTED"]
    on_purpose += ["htmx:sendError", "htmx:afterRequest"]  # polls while offline
    return make_gallery(owner=alice)


def begin(page: Page, gallery, files: list) -> None:
    """Some of the files are there, the others wait."""
    page.goto(gallery.get_absolute_url())
    page.set_input_files("#files", files)
    expect_kept(page, at_least=len(files) // 2)
    for _ in range(600):
        with lock:
            if Photo.objects.count() >= 5:
                break
        page.wait_for_timeout(50)


def expect_kept(page: Page, at_least: int) -> None:
    page.wait_for_function(f"async () => await ({LEFT})() >= {at_least}")


def expect_nothing_kept(page: Page) -> None:
    page.wait_for_function(f"async () => await ({LEFT})() === 0")


def expect_all(page: Page, count: int) -> None:
    expect_photos(page, count)
    expect_nothing_kept(page)


def test_a_reload_loses_nothing(page: Page, gallery, pictures):
    begin(page, gallery, pictures(COUNT))

    page.reload()

    expect_all(page, COUNT)
    expect(page.locator("#uploads-summary")).to_contain_text("Uploaded")


def test_a_closed_tab_loses_nothing_and_the_home_page_goes_on(page: Page, gallery, pictures):
    begin(page, gallery, pictures(COUNT))
    context: BrowserContext = page.context
    page.close()

    other = context.new_page()
    other.goto("/")

    expect_all(other, COUNT)
    with lock:
        assert set(Photo.objects.values_list("gallery", flat=True)) == {gallery.pk}


def test_a_second_tab_leaves_alone_what_the_first_one_sends(page: Page, gallery, pictures):
    sent: list[Request] = []
    page.context.on(
        "request", lambda request: request.url.endswith("/upload/") and sent.append(request)
    )
    begin(page, gallery, pictures(COUNT))

    page.context.new_page().goto(gallery.get_absolute_url())

    expect_all(page, COUNT)
    assert len(sent) == COUNT


def test_without_a_connection_a_reload_is_no_end(page: Page, gallery, pictures):
    begin(page, gallery, pictures(COUNT))
    page.context.set_offline(True)
    expect(page.locator("#held")).to_be_visible()
    context = page.context
    page.close()
    context.set_offline(False)

    other = context.new_page()
    other.goto(gallery.get_absolute_url())

    expect_all(other, COUNT)


def test_after_a_log_out_and_a_reload_only_the_same_person_goes_on(
    page: Page, gallery, server, pictures
):
    begin(page, gallery, pictures(COUNT))
    log_out(page)
    expect(page.locator("#held")).to_contain_text("You are logged out")
    with lock:
        there, other = Photo.objects.count(), make_user("otto")
    log_in(page.context, other, server)
    page.goto("/")
    expect(page.get_by_role("heading", name="otto")).to_be_visible()
    page.wait_for_timeout(500)
    with lock:
        assert Photo.objects.count() == there

    log_in_again(page, gallery.owner, server)
    page.goto("/")

    expect_all(page, COUNT)


def test_pause_holds_the_rest_and_cancel_drops_it(page: Page, gallery, pictures):
    begun: list[Route] = []
    page.goto(gallery.get_absolute_url())
    page.route("**/known/", lambda route: route.abort())
    page.route("**/upload/", lambda route: begun.append(route))
    page.set_input_files("#files", pictures(30))
    page.locator("#uploads-pause").click()
    expect(page.locator("#uploads-summary")).to_contain_text("paused")
    there = len(begun)
    for route in begun:
        route.continue_()
    expect_photos(page, there)
    page.wait_for_timeout(1000)
    assert len(begun) == there < 30

    page.locator("#uploads-cancel").click()

    expect(page.locator("#uploads-summary")).to_have_text(
        re.compile(f"Uploaded {there} of {there},")
    )
    expect_nothing_kept(page)


def test_files_that_are_there_are_neither_kept_nor_sent_again(page: Page, gallery, pictures):
    files = pictures(5)
    page.goto(gallery.get_absolute_url())
    page.set_input_files("#files", files)
    expect_all(page, 5)
    sent: list[Request] = []
    page.on("request", lambda request: request.url.endswith("/upload/") and sent.append(request))

    page.reload()
    page.evaluate(COUNT_KEPT)
    page.set_input_files("#files", [*files, *pictures(6)[5:]])

    expect(page.get_by_role("link", name="Already in this gallery")).to_have_count(5)
    expect_all(page, 6)
    assert len(sent) == 1
    assert page.evaluate("window.keptCount") == 1


def test_files_are_sent_if_nobody_answers_which_are_there(page: Page, gallery, pictures):
    page.route("**/known/", lambda route: None)
    page.goto(gallery.get_absolute_url())

    page.set_input_files("#files", pictures(3))

    expect_all(page, 3)


def test_a_file_that_cannot_be_read_has_no_other_sent_again(page: Page, gallery, pictures):
    files = pictures(5)
    page.goto(gallery.get_absolute_url())
    page.set_input_files("#files", files)
    expect_all(page, 5)
    sent: list[Request] = []
    page.on("request", lambda request: request.url.endswith("/upload/") and sent.append(request))
    page.reload()
    page.evaluate(UNREADABLE)

    page.set_input_files("#files", files)

    expect(page.get_by_role("link", name="Already in this gallery")).to_have_count(5)
    assert len(sent) == 1
