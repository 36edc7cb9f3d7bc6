"""The secrets of second steps are encrypted, whatever becomes of the site's key."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.urls import reverse

from gallery.library.sweep import clear_away
from gallery.operation.doctor import examine
from gallery.people import second_steps
from gallery.tests.factories import make_user
from gallery.tests.people.entering import is_in, log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret() -> str:
    return generate_totp_secret()


@pytest.fixture
def anna(secret):
    """A person with an app and recovery codes."""
    anna = make_user("anna")
    TOTP.activate(anna, secret)
    RecoveryCodes.activate(anna)
    return anna


def stored() -> list[str]:
    rows = Authenticator.objects.order_by("pk")
    return [row.data.get("secret") or row.data["seed"] for row in rows]


def store_in_plain_text(secret: str) -> None:
    """What versions before 0.3 stored."""
    Authenticator.objects.filter(type="totp").update(data={"secret": secret})


def enter_code(client, secret: str):
    """Log in with the password, and the code that the app shows."""
    counter = next(iter(yield_hotp_counters_from_time()))
    log_in(client, "anna")
    code = format_hotp_value(hotp_value(secret, counter))
    return client.post(reverse("mfa_authenticate"), {"code": code})


def test_the_database_holds_no_secret_that_can_be_read(client, anna, secret):
    app, codes = stored()

    assert secret not in app
    assert app.startswith(second_steps.ENCRYPTED) and codes.startswith(second_steps.ENCRYPTED)
    enter_code(client, secret)
    assert is_in(client)


def test_a_secret_that_an_older_version_stored_still_lets_in(client, anna, secret):
    store_in_plain_text(secret)

    enter_code(client, secret)

    assert is_in(client)


def test_a_former_key_still_opens_what_it_closed(client, anna, secret, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"

    enter_code(client, secret)

    assert is_in(client)


def test_without_the_former_key_nobody_is_let_in_and_the_page_says_why(
    client, anna, secret, settings, caplog
):
    settings.SECRET_KEY = "another key"

    response = enter_code(client, secret)

    assert response.status_code == 503
    assert "the site has another key" in response.content.decode()
    assert "another SECRET_KEY" in caplog.text
    assert not is_in(client)


def test_the_doctor_finds_secrets_that_no_key_opens(anna, settings):
    settings.SECRET_KEY = "another key"

    (line,) = (line for line in examine() if line.part == "people")

    assert line.state == "fail" and line.says.startswith("2 second steps")
    assert "SECRET_KEY_FALLBACKS" in line.mend


def test_the_daily_sweep_encrypts_what_is_in_plain_text(anna, secret):
    store_in_plain_text(secret)

    clear_away()

    app, _ = stored()
    assert app.startswith(second_steps.ENCRYPTED) and second_steps.decrypt(app) == secret


def test_the_daily_sweep_makes_a_former_key_needless(anna, secret, settings):
    RecoveryCodes.activate(anna).validate_code(RecoveryCodes.activate(anna).generate_codes()[0])
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"

    clear_away()
    settings.SECRET_KEY_FALLBACKS = []

    assert second_steps.unreadable() == 0
    assert second_steps.decrypt(stored()[0]) == secret
    assert len(RecoveryCodes.activate(anna).get_unused_codes()) == 9


def test_what_is_encrypted_with_todays_key_is_left_alone(anna, django_assert_num_queries):
    with django_assert_num_queries(1):
        second_steps.renew()


def test_what_no_key_opens_stays_as_it_is(anna, settings):
    before = stored()
    settings.SECRET_KEY = "another key"

    second_steps.renew()

    assert stored() == before
