import re
import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse

from gallery.people import forms
from gallery.tests.factories import make_user
from gallery.tests.markup import one_line
from gallery.tests.people.entering import SECRET, is_in, sign_up

pytestmark = pytest.mark.django_db


def field(page, name: str) -> str:
    return re.search(rf'<input[^>]*name="{name}"[^>]*>', page.content.decode())[0]


@pytest.mark.parametrize("page, name", [("account_login", "login"), ("account_signup", "username")])
def test_a_phone_neither_capitalizes_nor_corrects_a_name(client, page, name):
    written = field(client.get(reverse(page)), name)

    for attribute in ('autocapitalize="none"', 'autocorrect="off"', 'autocomplete="username"'):
        assert attribute in written


def test_a_password_manager_knows_old_passwords_from_new_ones(client):
    old = field(client.get(reverse("account_login")), "password")
    new = field(client.get(reverse("account_signup")), "password1")

    assert 'autocomplete="current-password"' in old
    assert 'autocomplete="new-password"' in new


def test_a_phone_shows_its_keyboard_for_addresses(client):
    written = field(client.get(reverse("account_signup")), "email")

    assert 'type="email"' in written and 'inputmode="email"' in written


@pytest.mark.parametrize("taken, wanted", [("Anna", "anna"), ("émile", "ÉMILE")])
def test_a_name_that_is_taken_in_other_letters_is_refused(client, taken, wanted):
    make_user(taken)

    response = sign_up(client, username=wanted)

    assert "That username is taken" in response.content.decode()
    assert get_user_model().objects.count() == 1


def test_what_may_be_left_out_is_called_optional(client):
    page = one_line(client.get(reverse("account_signup")).content.decode())

    optional = re.findall(r'id="id_(\w+)_helptext"> [^<]* Optional\. </div>', page)

    assert optional == ["first_name", "email"]


def test_a_mistake_elsewhere_leaves_the_passwords_where_they_were_typed(client):
    make_user("nadia")

    page = sign_up(client)

    for name in ("password1", "password2"):
        assert f'value="{SECRET}"' in field(page, name)
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("wrong", ["password1", "password2"])
def test_passwords_that_are_wrong_are_typed_again(client, wrong):
    page = sign_up(client, **{wrong: "short"})

    for name in ("password1", "password2"):
        assert "value=" not in field(page, name)


@pytest.mark.parametrize(
    "name, data",
    [
        ("username", {"username": ""}),
        ("email", {"email": "nobody"}),
        ("password1", {"password1": "12345", "password2": "12345"}),
        ("password2", {"password2": "another-long-secret"}),
    ],
)
def test_what_is_wrong_stands_right_under_its_field(client, name, data):
    page = one_line(sign_up(client, **data).content.decode())

    assert re.search(rf'<input[^>]*name="{name}"[^>]*> <ul class="errorlist"', page)
    assert page.count('class="errorlist"') == 1


def test_an_address_that_is_taken_is_refused_where_it_cannot_be_verified(client):
    make_user(email="anna@example.org")

    response = sign_up(client, email="Anna@example.org")

    assert "Another account has that address." in response.content.decode()


def test_a_second_click_ends_where_the_first_one_does(client):
    email, second = "nadia@example.org", Client()
    first = sign_up(client, email=email)

    again = sign_up(second, email=email)

    assert (again.status_code, again.url) == (first.status_code, first.url) == (302, "/")
    assert is_in(second)
    assert get_user_model().objects.count() == 1


def test_a_second_click_waits_for_the_same_mail(client, sends_mail):
    first, again = (sign_up(Client(), email="nadia@example.org") for _ in range(2))

    assert first.url == again.url == reverse("account_email_verification_sent")
    assert get_user_model().objects.count() == 1


def test_a_taken_name_with_another_password_lets_nobody_in(client):
    make_user("nadia")

    response = sign_up(client)

    assert response.status_code == 200 and not is_in(client)


def test_two_clicks_that_arrive_together_end_in_the_same_place(client, monkeypatch):
    """As the other request may commit between this one's check and its own insert."""
    named_like = forms.get_adapter().clean_username.__globals__["named_like"]
    answers = []

    def just_before(name):
        free = named_like(name)
        if not answers:
            answers.append(None)
            answers[0] = sign_up(Client())
            return free.none()
        return free

    monkeypatch.setattr("gallery.people.adapter.named_like", just_before)

    second = sign_up(client)

    assert (second.status_code, second.url) == (302, "/")
    assert answers[0].url == "/" and is_in(client)
    assert get_user_model().objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite in memory is one connection")
def test_two_requests_at_once_make_one_account():
    answers, gate = [], threading.Barrier(2)

    def click():
        client = Client()
        gate.wait()
        answers.append(sign_up(client).url)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == ["/", "/"]
    assert get_user_model().objects.count() == 1


def test_the_reset_page_says_that_the_site_sends_no_mail(client):
    make_user(email="bob@example.org")
    page = client.get(reverse("account_reset_password")).content.decode()
    posted = client.post(reverse("account_reset_password"), {"email": "bob@example.org"})

    assert "manage.py changepassword NAME" in page
    assert posted.content.decode().count("manage.py changepassword NAME") == 1
    assert SECRET not in page
