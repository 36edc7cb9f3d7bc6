from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gallery.models import Invitation
from gallery.people.invitations import sign_up_path
from gallery.tests.people.entering import is_in, sign_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_invitation(settings):
    settings.SIGNUP = "invite"


@pytest.fixture
def query() -> str:
    """What an invitation adds to the address of the sign-up page."""
    return sign_up_path(Invitation.objects.invite()).removeprefix(reverse("account_signup"))


@pytest.mark.parametrize("signup, words", [("invite", "an invitation"), ("closed", "is closed")])
def test_without_an_invitation_nobody_signs_up(client, settings, signup, words):
    settings.SIGNUP = signup
    response = sign_up(client)

    assert words in response.content.decode()
    assert not get_user_model().objects.exists()
    assert reverse("account_signup") not in client.get("/").content.decode()


def test_an_invitation_is_used_once(client, by_invitation, query):
    assert sign_up(client, query).url == "/"

    other = sign_up(Client(), query, username="omar")

    assert "was used already" in " ".join(other.content.decode().split())
    (person,) = get_user_model().objects.all()
    assert Invitation.objects.get().person == person


def test_a_second_click_with_an_invitation_ends_where_the_first_one_does(by_invitation, query):
    second = Client()
    first, again = sign_up(Client(), query), sign_up(second, query)

    assert first.url == again.url == "/"
    assert is_in(second)


def test_an_invitation_expires(client, by_invitation, query):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "You need an invitation" in sign_up(client, query).content.decode()


def test_a_closed_site_takes_no_invitation(client, settings, query):
    settings.SIGNUP = "closed"

    assert "Sign-up is closed" in sign_up(client, query).content.decode()


def test_only_a_hash_of_the_link_is_kept():
    token = Invitation.objects.invite()

    assert token not in str(Invitation.objects.values().get())


# --- The command


def test_the_command_prints_a_link_that_works(client, by_invitation, capsys):
    call_command("invite", site="https://photos.example.org/")

    link = capsys.readouterr().out.strip()
    path = link.removeprefix("https://photos.example.org")
    assert client.get(path).context["form"]


def test_the_command_sends_the_link(by_invitation, sends_mail, mailoutbox, capsys):
    call_command("invite", "bob@example.org")

    (message,) = mailoutbox
    assert message.to == ["bob@example.org"]
    assert capsys.readouterr().out.strip() in message.body


def test_the_command_says_what_is_missing(settings, sends_mail):
    with pytest.raises(CommandError, match="is not an e-mail address"):
        call_command("invite", "bob")
    settings.SENDS_MAIL = False
    with pytest.raises(CommandError, match="EMAIL_URL"):
        call_command("invite", "bob@example.org")
    settings.SIGNUP = "closed"
    with pytest.raises(CommandError, match="SIGNUP=invite"):
        call_command("invite")
