import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from django.urls import reverse

from gallery.tests.factories import make_user
from gallery.tests.people.entering import RIGHT, SECRET, is_in, log_in, sign_up

pytestmark = pytest.mark.django_db

HOME, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def links(message) -> list[str]:
    return re.findall(r"http://testserver(/account/\S+)", message.body)


# --- Limits


def test_wrong_passwords_slow_an_address_and_keep_nobody_else_out(client):
    make_user("anna")
    codes = [log_in(client, "anna", "wrong", REMOTE_ADDR=ELSEWHERE).status_code for _ in range(50)]
    refused = log_in(client, "anna", RIGHT, REMOTE_ADDR=ELSEWHERE)

    assert codes[:10] == [200] * 10 and set(codes[10:]) == {429}
    assert refused.status_code == 429
    assert "Wait five minutes" in refused.content.decode()
    assert log_in(Client(), "anna", RIGHT, REMOTE_ADDR=HOME).url == "/"


def test_a_client_that_invents_addresses_gets_no_further_tries(client):
    make_user("anna")
    codes = [
        log_in(client, "anna", "wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}").status_code
        for number in range(12)
    ]

    assert codes[-2:] == [429, 429]


def test_many_names_from_one_address_are_slowed_too(client):
    codes = [log_in(client, f"name{number}", "wrong").status_code for number in range(31)]

    assert codes[-2:] == [200, 429]


def test_signing_up_and_resetting_are_limited_by_address(client, sends_mail):
    signed_up = [sign_up(client, username="").status_code for _ in range(21)]
    data = {"email": "nobody@example.org"}
    reset = [client.post(reverse("account_reset_password"), data).status_code for _ in range(6)]

    assert signed_up[-2:] == [200, 429]
    assert reset[-2:] == [302, 429]


# --- Mail


def test_a_forgotten_password_is_reset_by_mail(client, sends_mail):
    user = make_user(email="bob@example.org")
    client.post(reverse("account_reset_password"), {"email": "Bob@example.org"})

    (link,) = links(mail.outbox[0])
    form = client.get(link).url
    client.post(form, {"password1": SECRET, "password2": SECRET})

    user.refresh_from_db()
    assert user.check_password(SECRET)
    assert mail.outbox[0].body.splitlines()[:2] == [f"Hello {user.username},", ""]


def test_resetting_tells_nobody_who_has_an_account(client, sends_mail):
    make_user(email="bob@example.org")
    pages = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in ("bob@example.org", "nobody@example.org")
    ]

    known, unknown = (re.sub(r'value="\w{64}"', "", page.content.decode()) for page in pages)
    assert known == unknown and "If there is an account with that address" in known
    assert [message.to for message in mail.outbox] == [["bob@example.org"], ["nobody@example.org"]]


def test_signing_up_costs_one_hash_whether_or_not_the_address_has_an_account(
    client, sends_mail, hashes
):
    make_user("bob", email="bob@example.org")
    costs = []
    for name, email in (("nadia", "bob@example.org"), ("omar", "new@example.org")):
        hashes.clear()
        sign_up(Client(), username=name, email=email)
        costs.append(len(hashes))

    assert costs == [1, 1]


def test_a_new_account_is_let_in_once_its_address_is_verified(client, sends_mail):
    response = sign_up(client, email="Nadia@example.org")
    assert response.url == reverse("account_email_verification_sent") and not is_in(client)

    (link,) = links(mail.outbox[0])
    client.get(link)
    response = client.post(link)

    assert is_in(client) and response.url == "/"
    assert EmailAddress.objects.get().email == "nadia@example.org"


def test_signing_up_tells_nobody_which_addresses_have_accounts(client, sends_mail):
    make_user("bob", email="bob@example.org")
    answers = [
        sign_up(Client(), username=name, email=email)
        for name, email in (("nadia", "bob@example.org"), ("omar", "new@example.org"))
    ]

    assert {(answer.status_code, answer.url) for answer in answers} == {
        (302, reverse("account_email_verification_sent"))
    }
    assert [message.to for message in mail.outbox] == [["bob@example.org"], ["new@example.org"]]
    assert "There is an account with it" in mail.outbox[0].body


def test_who_was_in_before_mail_was_set_up_is_let_in_without_verifying(client, sends_mail):
    user = make_user("anna", email="anna@example.org")
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    log_in(client, "anna")
    assert not is_in(client)

    user.last_login = user.date_joined
    user.save()
    log_in(client, "anna")
    assert is_in(client)


def test_who_was_made_by_staff_without_an_address_is_let_in(client, sends_mail):
    make_user("anna")

    assert log_in(client, "anna").url == "/"


# --- Ways in


def test_staff_log_in_on_the_same_page_as_everyone(client):
    login = client.get(reverse("admin:login") + "?next=/admin/")

    assert login.url == "/account/login/?next=%2Fadmin%2F"
    posted = client.post(reverse("admin:login"), {"username": "x", "password": "y"})
    assert posted.url.startswith("/account/login/")


def test_a_session_of_before_goes_on(client):
    user = make_user("anna")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert "Hello anna" in client.get("/").content.decode()
    assert client.session[SESSION_KEY] == str(user.pk)


@pytest.mark.parametrize("old", ["password_change", "password_reset"])
def test_old_addresses_lead_to_the_pages_of_today(client, old):
    new = old.replace("_", "/")

    assert client.get(f"/account/{old}/").url == f"/account/{new}/"
