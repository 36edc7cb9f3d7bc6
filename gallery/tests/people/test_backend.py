import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate

from gallery.tests.factories import make_user
from gallery.tests.people.entering import RIGHT, is_in, log_in

pytestmark = pytest.mark.django_db


def who(name: str, password: str = RIGHT):
    return authenticate(None, username=name, password=password)


@pytest.mark.parametrize("written", ["Anna", "anna", "ANNA", "Anna@Example.ORG"])
def test_one_logs_in_by_name_or_address_however_it_is_written(client, written):
    make_user("Anna", email="anna@example.org")

    assert log_in(client, written).url == "/"
    assert is_in(client)


def test_letters_beyond_ascii_have_a_case_too():
    assert who("émile") == who("ÉMILE") is None
    emile = make_user("Émile")

    assert who("émile") == who("ÉMILE") == emile


def test_of_two_names_that_differ_in_case_only_the_exact_one_counts():
    upper, lower = make_user("Anna"), make_user("anna")

    assert (who("Anna"), who("anna"), who("ANNA")) == (upper, lower, None)


def test_an_address_that_two_accounts_share_lets_nobody_in_but_its_verified_owner():
    make_user("eve", email="anna@example.org")
    anna = make_user("anna", email="anna@example.org")
    assert who("anna@example.org") is None

    EmailAddress.objects.create(user=anna, email="anna@example.org", verified=True)
    assert who("anna@example.org") == anna


def test_a_closed_account_is_refused_in_the_words_of_a_wrong_password(client):
    make_user("anna", is_active=False)

    closed, wrong = log_in(client, "anna"), log_in(client, "nobody")

    words = "The name or the password is wrong."
    assert words in closed.content.decode() and words in wrong.content.decode()


@pytest.mark.parametrize("name", ["anna", "ANNA", "anna@example.org", "nobody", "no@example.org"])
def test_a_refusal_costs_one_hash_whoever_it_is_about(hashes, name):
    make_user("anna", email="anna@example.org")
    hashes.clear()

    assert who(name, "wrong") is None
    assert hashes == ["wrong"]
