"""Logged out or without a connection nothing is lost: what could not be sent is sent later."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_ready, make_user
from tests.browser.answers import answers, expect_answers, make_many, said, unfold_no
from tests.browser.conftest import PATIENCE, lock, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEW_TOKEN = "n" * 32


@pytest.fixture
def gallery(alice, on_purpose):
    # Pictures and hashes that are asked for while nobody is logged in.
    on_purpose += ["status of 404", "status of 401"]
    return make_gallery(owner=alice)


def log_out(page: Page) -> None:
    """As in another tab."""
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def log_in_again(page: Page, user, server: str) -> None:
    """As in another tab: the log-in brings another token with which forms are sent."""
    log_in(page.context, user, server)
    cookie = {"name": settings.CSRF_COOKIE_NAME, "value": NEW_TOKEN, "url": server}
    for _ in range(PATIENCE // 500):
        page.context.add_cookies([cookie])
        page.wait_for_timeout(500)
        if page.locator("#held").is_hidden():
            break  # else an answer that was still on its way has brought the old token back


def stay_on(page: Page) -> None:
    page.evaluate("window.wasNotReloaded = true")


def was_left(page: Page) -> bool:
    return not page.evaluate("window.wasNotReloaded")


def expect_photos(page: Page, count: int) -> None:
    for _ in range(PATIENCE // 100):
        with lock:
            found = Photo.objects.count()
        if found == count:
            return
        page.wait_for_timeout(100)
    assert found == count


def hold_uploads(page: Page) -> list:
    held: list = []
    page.route("**/upload/**", lambda route: held.append(route))
    return held


def test_logging_out_in_another_tab_leaves_the_upload_where_it_is(
    page: Page, gallery, server, pictures
):
    page.goto(gallery.get_absolute_url())
    stay_on(page)
    page.set_input_files("#files", pictures(2))
    expect_photos(page, 2)
    log_out(page)
    page.set_input_files("#files", pictures(6)[2:])
    expect(page.locator("#held")).to_contain_text("You are logged out")

    log_in_again(page, gallery.owner, server)

    expect(page.locator("#held")).to_be_hidden()
    expect_photos(page, 6)
    assert not was_left(page)


def test_a_poll_of_somebody_logged_out_leaves_the_page(page: Page, gallery, server, pictures):
    page.goto(gallery.get_absolute_url())
    page.set_input_files("#files", pictures(1))
    expect_photos(page, 1)
    stay_on(page)
    log_out(page)

    expect(page.locator("#held")).to_contain_text("You are logged out")
    with page.expect_response(lambda answer: "/progress/" in answer.url and answer.ok):
        log_in_again(page, gallery.owner, server)

    assert not was_left(page)


def test_what_is_asked_for_while_files_wait_leaves_the_page(page: Page, gallery, pictures):
    page.goto(gallery.get_absolute_url())
    stay_on(page)
    log_out(page)
    page.set_input_files("#files", pictures(1))
    expect(page.locator("#held")).to_be_visible()

    with page.expect_response("**/login/**"):
        page.locator("#view-faces").click()
    page.wait_for_timeout(200)

    assert not was_left(page)


def test_files_wait_for_the_connection(page: Page, gallery, pictures, on_purpose):
    on_purpose.append("ERR_INTERNET_DISCONNECTED")
    page.goto(gallery.get_absolute_url())
    page.context.set_offline(True)
    page.set_input_files("#files", pictures(4))
    expect(page.locator("#held")).to_contain_text("The connection was lost")

    page.context.set_offline(False)

    expect_photos(page, 4)
    expect(page.locator("#held")).to_be_hidden()
    expect(page.locator("#uploads-retry")).to_be_hidden()


def test_one_file_that_something_cuts_off_does_not_hold_up_the_others(
    page: Page, gallery, pictures
):
    page.goto(gallery.get_absolute_url())
    cut = []

    def cut_off_the_first(route):
        if b"portrait0" in route.request.post_data_buffer:
            cut.append(route)
            route.abort()
        else:
            route.continue_()

    page.route("**/upload/**", cut_off_the_first)
    page.set_input_files("#files", pictures(5))

    expect_photos(page, 4)
    expect(page.locator(".upload-row", has_text="portrait0")).to_contain_text("connection was lost")
    expect(page.locator("#uploads-retry")).to_be_visible()
    assert len(cut) == 4


@pytest.mark.usefixtures("small_pictures")
def test_a_review_goes_on_without_a_connection(page: Page, gallery, on_purpose):
    on_purpose.append("ERR_INTERNET_DISCONNECTED")
    for probability in (0.5, 0.6, 0.7):
        make_ready(gallery, smiling=probability)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    expect(page.locator("#queue img").nth(2)).to_have_js_property("complete", True)
    page.context.set_offline(True)
    for key in "yny":
        page.keyboard.press(key)
    expect(page.locator("#answered")).to_have_text("3")
    expect(page.locator("#held")).to_contain_text("is kept, and sent then")
    assert answers() == 0

    page.context.set_offline(False)

    expect_answers(page, 3)
    expect(page.locator("#held")).to_be_hidden()
    assert said() == {0.5: True, 0.6: False, 0.7: True}


@pytest.mark.usefixtures("small_pictures")
def test_a_review_of_somebody_logged_out_goes_on_after_the_log_in(page: Page, gallery, server):
    make_many(gallery, 3)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")
    log_out(page)
    for key in "yn":
        page.keyboard.press(key)
    expect(page.locator("#held")).to_contain_text("You are logged out")
    page.keyboard.press("u")  # the second, which has not been sent

    log_in_again(page, gallery.owner, server)

    expect(page.locator("#held")).to_be_hidden()
    expect_answers(page, 1)
    expect(page.locator("#answered")).to_have_text("1")


@pytest.mark.usefixtures("small_pictures")
def test_an_answer_on_the_photo_page_waits_for_the_log_in(page: Page, gallery, server):
    page.goto(make_ready(gallery, smiling=0.23).get_absolute_url())
    unfold_no(page)
    stay_on(page)
    log_out(page)
    page.locator("#Smiling-is-yes").click()
    expect(page.locator("#held")).to_contain_text("You are logged out")

    log_in_again(page, gallery.owner, server)

    expect(page.locator("#Smiling-is-yes")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#held")).to_be_hidden()
    assert not was_left(page)


@pytest.mark.usefixtures("small_pictures")
def test_of_two_answers_without_a_connection_the_last_one_counts(page: Page, gallery, on_purpose):
    on_purpose += ["ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"]
    page.goto(make_ready(gallery, smiling=0.7, young=0.2).get_absolute_url())
    unfold_no(page)
    page.context.set_offline(True)
    page.locator("#Smiling-is-yes").click()
    page.locator("#Young-is-yes").click()
    page.locator("#Smiling-is-no").click()

    page.context.set_offline(False)

    expect_answers(page, 2)
    expect(page.locator("#held")).to_be_hidden()
    expect(page.locator("#Smiling-is-no")).to_have_attribute("aria-pressed", "true")
    assert said() == {0.7: False, 0.2: True}


def test_files_for_ones_first_gallery_never_end_in_somebody_elses(
    page: Page, alice, server, pictures, on_purpose
):
    on_purpose.append("status of 409")
    page.goto("/")
    log_out(page)
    page.set_input_files("#files", pictures(2))
    expect(page.locator("#held")).to_contain_text("You are logged out")

    log_in_again(page, make_user("bob"), server)

    expect(page.locator(".upload-row").first).to_contain_text("Somebody else is logged in")
    expect_photos(page, 0)
