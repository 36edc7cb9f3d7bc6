"""Getting in, and what guards an account, as a person meets it in a browser."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import Page, expect

from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_photo, make_user
from tests.browser.conftest import lock

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECRET = "a-good-long-secret"
PASSWORD = "correct-horse"  # of those that make_user makes
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def type_password(page: Page, name: str) -> None:
    page.goto(reverse("account_login"))
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def expect_greeting(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=f"Hello {name}")).to_be_visible()


def log_out(page: Page) -> None:
    page.get_by_title("Account of").click()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("main").get_by_role("link", name="Log in")).to_be_visible()


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


@pytest.fixture
def authenticator(page):
    """A device that says yes to every passkey."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    return devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


# --- Getting in


def test_a_double_click_makes_one_account_and_lets_its_person_in(page: Page, server):
    page.goto(reverse("account_signup"))
    page.get_by_label("Username").fill("nadia")
    page.get_by_label("Password", exact=True).fill(SECRET)
    page.get_by_label("Password (again)").fill(SECRET)

    page.get_by_role("button", name="Sign up").dblclick(delay=60)

    expect_greeting(page, "nadia")
    with lock:
        assert get_user_model().objects.count() == 1


def test_a_phone_does_not_zoom_into_a_field(open_context):
    page = open_context(**PHONE).new_page()
    for address in (reverse("account_login"), reverse("account_signup")):
        page.goto(address)
        sizes = page.eval_on_selector_all(
            "main input:not([type=hidden])",
            "fields => fields.map(field => parseFloat(getComputedStyle(field).fontSize))",
        )
        assert len(sizes) > 1 and min(sizes) >= 16


def test_one_gets_in_with_the_keyboard_alone(page: Page, server):
    with lock:
        make_user("anna")
    page.goto(reverse("account_login"))

    page.get_by_label("Username or e-mail").focus()
    page.keyboard.type("ANNA")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect_greeting(page, "anna")


# --- Another tab


def log_in_elsewhere(page: Page) -> None:
    other = page.context.new_page()
    other.goto("/")
    log_out(other)
    type_password(other, "alice")
    expect_greeting(other, "Alice")
    other.close()


@pytest.fixture
def after_another_log_in(page, alice):
    """A page of before the person logged out and in again in another tab."""
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    log_in_elsewhere(page)
    return page


def test_a_form_of_an_old_page_is_accepted(after_another_log_in):
    page = after_another_log_in
    page.get_by_title("Account of").click()
    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_role("main").get_by_role("link", name="Log in")).to_be_visible()


def test_a_photo_dropped_on_an_old_page_is_taken(after_another_log_in, pictures):
    page = after_another_log_in
    page.set_input_files("#files", pictures(1))

    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)


def test_a_request_of_an_old_page_is_accepted(page: Page, alice, small_pictures):
    with lock:
        gallery = make_gallery(owner=alice)
        make_photo(gallery=gallery, status=Photo.Status.FAILED, failure="It failed.")
    page.goto(gallery.get_absolute_url())
    log_in_elsewhere(page)

    page.locator(".tile").get_by_role("button", name="Retry").click()

    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)


# --- The second step


def test_an_authenticator_app_is_set_up_and_asked_for(page: Page, alice):
    page.goto(reverse("gallery:account"))
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.get_by_label("Secret").input_value()
    expect(page.locator(".qr svg")).to_be_visible()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator(".codes code").all_text_contents()
    assert len(codes) == 10

    log_out(page)
    type_password(page, "alice")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Log in", exact=True).click()

    expect_greeting(page, "Alice")
    page.goto(reverse("gallery:account"))
    expect(page.get_by_text("9 left")).to_be_visible()


def test_a_passkey_lets_its_person_in_without_a_password(page: Page, alice, authenticator):
    page.goto(reverse("gallery:account"))
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("My phone")
    expect(page.get_by_label("It replaces my password")).to_be_checked()
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    log_out(page)
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Log in with a passkey").click()

    expect_greeting(page, "Alice")
    page.goto(reverse("gallery:account"))
    expect(page.get_by_role("heading", name="My phone")).to_be_visible()


def test_a_passkey_is_asked_for_after_the_password_and_is_removed(page: Page, alice, authenticator):
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("It replaces my password").uncheck()
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    log_out(page)
    type_password(page, "alice")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect_greeting(page, "Alice")

    page.goto(reverse("gallery:account"))
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove it").click()

    expect(page.get_by_role("heading", name="Your account", exact=True)).to_be_visible()
    with lock:
        assert not Authenticator.objects.exists()


def test_a_passkey_that_is_not_used_is_said_on_the_page(page: Page, server):
    page.goto(reverse("account_login"))
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('no')); }")

    page.get_by_role("button", name="Log in with a passkey").click()

    expect(page.get_by_role("alert").filter(has_text="No passkey was used")).to_be_visible()


# --- Sessions


def test_logging_out_elsewhere_ends_that_session(page: Page, open_context, server, alice):
    phone = open_context(**PHONE).new_page()
    type_password(phone, "alice")
    expect_greeting(phone, "Alice")

    page.goto(reverse("gallery:account"))
    page.get_by_role("button", name="Log out everywhere else").click()
    expect(page.get_by_text("You are now logged out everywhere else.")).to_be_visible()

    phone.goto(reverse("gallery:account"))
    expect(phone.get_by_role("heading", name="Log in")).to_be_visible()
