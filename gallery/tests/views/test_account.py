import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from knox.crypto import hash_token
from knox.settings import CONSTANTS

from gallery.models import ApiToken, Gallery
from gallery.tests.factories import make_gallery, make_photo, make_user
from gallery.tests.markup import one_line

pytestmark = pytest.mark.django_db

SECRET = "a-good-long-secret"
PAGE = "/account/"
TOKEN = {"name": "script", "can_write": "False", "expires": "90", "gallery": ""}


@pytest.fixture
def alice(client):
    user = make_user("alice", first_name="Alice", email="alice@example.org")
    client.force_login(user)
    return user


def test_the_password_is_changed_and_tokens_stay(client, alice):
    ApiToken.objects.create(user=alice, name="script")

    data = {"oldpassword": "correct-horse", "password1": SECRET, "password2": SECRET}
    response = client.post(reverse("account_change_password"), data, follow=True)

    assert "Your API tokens still work" in response.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(SECRET)
    assert ApiToken.objects.count() == 1


def test_the_account_page_needs_a_log_in(client):
    assert client.get(reverse("gallery:account")).url == "/account/login/?next=/account/"


def test_the_name_is_changed_and_the_username_is_not(client, alice):
    client.post(reverse("gallery:account"), {"first_name": "Alicia", "username": "eve"})

    alice.refresh_from_db()
    assert (alice.first_name, alice.username) == ("Alicia", "alice")


def test_the_page_shows_how_much_one_keeps_and_of_how_much(client, alice, settings):
    make_photo(gallery=make_gallery(owner=alice), bytes=3 * 2**20), make_photo()

    free = one_line(client.get(PAGE).content.decode())
    settings.QUOTA_PHOTOS, settings.QUOTA_BYTES = 1500, 2**30
    limited = one_line(client.get(PAGE).content.decode())

    assert "You have 1 photo: 3.0 MB." in free
    assert "You have 1 of 1,500 photos: 3.0 MB of 1.0 GB." in limited


def test_a_new_token_is_shown_once_and_works(client, alice):
    response = client.post(reverse("gallery:create_token"), TOKEN, follow=True)
    secret = response.context["secret"]

    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert secret not in client.get(reverse("gallery:account")).content.decode()
    client.logout()
    answer = client.get("/api/v1/galleries/", headers={"Authorization": f"Token {secret}"})
    assert answer.status_code == 200


def test_a_token_that_was_shown_is_nowhere_in_the_database(client, alice):
    response = client.post(reverse("gallery:create_token"), TOKEN, follow=True)
    secret = response.context["secret"]

    rows = [
        row for model in apps.get_models() if model._meta.managed for row in model.objects.values()
    ]
    session = Session.objects.get().get_decoded()

    told = repr([rows, session])
    start, rest = secret[: CONSTANTS.TOKEN_KEY_LENGTH], secret[CONSTANTS.TOKEN_KEY_LENGTH :]
    assert start in told and hash_token(secret) in told  # by its start, the row is found
    assert rest not in told


def test_reloading_the_page_that_shows_a_new_token_makes_no_other(client, alice):
    response = client.post(reverse("gallery:create_token"), TOKEN)

    assert response.url == "/account/#tokens"
    client.get(response.url)
    client.get(response.url)
    assert ApiToken.objects.count() == 1
    assert "new_token" not in client.session


def test_a_token_needs_a_name(client, alice):
    response = client.post(reverse("gallery:create_token"), {**TOKEN, "name": ""})

    assert "Give the token a name." in response.content.decode()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", ["30", "90", "365", ""])
def test_a_token_expires_when_one_wants_it_to(client, alice, days):
    client.post(reverse("gallery:create_token"), {**TOKEN, "expires": days})

    token = ApiToken.objects.get()
    if days:
        assert abs(token.expiry - token.created - timedelta(days=int(days))) < timedelta(seconds=5)
    else:
        assert token.expiry is None


def test_a_token_has_the_scope_that_one_chooses(client, alice):
    gallery = make_gallery(owner=alice)
    client.post(reverse("gallery:create_token"), {**TOKEN, "gallery": gallery.pk})
    client.post(reverse("gallery:create_token"), {**TOKEN, "can_write": "True"})

    narrow, wide = ApiToken.objects.order_by("created")
    assert (narrow.can_write, narrow.gallery) == (False, gallery)
    assert (wide.can_write, wide.gallery) == (True, None)
    page = " ".join(client.get(PAGE).content.decode().split())
    assert "Reads Holidays." in page and "Reads and writes all galleries." in page


@pytest.mark.parametrize("wrong", [{"can_write": "maybe"}, {"expires": "9999"}, {"can_write": ""}])
def test_a_token_with_a_scope_that_there_is_not_is_refused(client, alice, wrong):
    client.post(reverse("gallery:create_token"), {**TOKEN, **wrong})

    assert not ApiToken.objects.exists()


def test_a_token_for_someone_elses_gallery_is_refused(client, alice):
    client.post(reverse("gallery:create_token"), {**TOKEN, "gallery": make_gallery().pk})

    assert not ApiToken.objects.exists()


def test_all_tokens_are_revoked_at_once(client, alice):
    theirs, _ = ApiToken.objects.create(user=make_user(), name="theirs")
    for name in ("one", "two"):
        ApiToken.objects.create(user=alice, name=name)

    client.post(reverse("gallery:revoke_tokens"))

    assert ApiToken.objects.get() == theirs


def test_a_revoked_token_is_gone(client, alice):
    token, _ = ApiToken.objects.create(user=alice, name="script")

    client.post(reverse("gallery:revoke_token", args=[token.token_key]))

    assert not ApiToken.objects.exists()


def test_someone_elses_token_cannot_be_revoked(client, alice):
    token, _ = ApiToken.objects.create(user=make_user(), name="script")

    response = client.post(reverse("gallery:revoke_token", args=[token.token_key]))

    assert response.status_code == 404
    assert ApiToken.objects.exists()


def test_the_account_is_deleted_with_all_that_is_theirs(client, alice):
    make_gallery(owner=alice)
    other = make_gallery()

    response = client.post(
        reverse("gallery:delete_account"), {"password": "correct-horse"}, follow=True
    )

    assert "Your account and all its photos were deleted." in response.content.decode()
    assert list(get_user_model().objects.all()) == [other.owner]
    assert list(Gallery.objects.all()) == [other]


def test_without_the_password_the_account_stays(client, alice):
    response = client.post(reverse("gallery:delete_account"), {"password": "wrong"})

    assert "That is not your password." in response.content.decode()
    assert get_user_model().objects.filter(pk=alice.pk).exists()


def test_wrong_passwords_on_the_page_are_limited_too(client, alice):
    address = reverse("gallery:delete_account")
    codes = [client.post(address, {"password": "wrong"}).status_code for _ in range(11)]

    assert codes == [200] * 10 + [429]
    assert client.post(address, {"password": "correct-horse"}).status_code == 429


def test_who_has_no_password_types_their_name_to_delete_the_account(client, alice):
    alice.set_unusable_password()
    alice.save()
    client.force_login(alice)
    assert "To delete it, type alice" in client.get(PAGE).content.decode()

    client.post(reverse("gallery:delete_account"), {"password": "bob"})
    assert get_user_model().objects.filter(pk=alice.pk).exists()

    client.post(reverse("gallery:delete_account"), {"password": "alice"})
    assert not get_user_model().objects.filter(pk=alice.pk).exists()


# --- Addresses


def test_an_address_is_changed_where_the_site_sends_no_mail(client, alice):
    EmailAddress.objects.create(user=alice, email="alice@example.org")

    client.post(PAGE, {"first_name": "Alice", "email": "Alice@Example.com"})

    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert not EmailAddress.objects.exists()


def test_someone_elses_address_is_refused(client, alice):
    make_user(email="bob@example.org")

    page = client.post(PAGE, {"first_name": "", "email": "Bob@example.org"}).content.decode()

    assert "Another account has that address." in page


def test_where_the_site_sends_mail_an_address_changes_once_it_is_verified(
    client, alice, sends_mail, mailoutbox
):
    old = {"user": alice, "email": alice.email, "verified": True, "primary": True}
    EmailAddress.objects.create(**old)
    client.post(PAGE, {"first_name": "Alice", "email": "eve@example.org"})
    page = client.get(PAGE).content.decode()
    client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})
    alice.refresh_from_db()
    assert reverse("account_email") in page and alice.email == "alice@example.org"

    link = re.search(r"http://testserver(/account/confirm\S+)", mailoutbox[-1].body)[1]
    client.post(link)
    alice.refresh_from_db()
    assert alice.email == "new@example.org"


# --- Sessions


def log_in_again(client) -> None:
    client.post(reverse("account_login"), {"login": "alice", "password": "correct-horse"})


@pytest.fixture
def phone(alice) -> Client:
    """Alice's other browser."""
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (Android 15; Mobile) Firefox/150.0")
    log_in_again(phone)
    return phone


def is_in(client) -> bool:
    return client.get(PAGE).status_code == 200


def test_the_page_lists_where_one_is_logged_in_this_place_first(client, alice, phone):
    places = client.get(PAGE).context["places"]

    assert [(place.browser, place.is_here) for place in places] == [
        ("Some browser", True),
        ("Firefox on Android", False),
    ]


def test_one_logs_out_in_another_place(client, alice, phone):
    (there,) = [place for place in client.get(PAGE).context["places"] if not place.is_here]

    client.post(reverse("gallery:end_session", args=[there.session.pk]))

    assert is_in(client) and not is_in(phone)
    assert len(client.get(PAGE).context["places"]) == 1


def test_one_cannot_end_someone_elses_session(client, alice, phone):
    other = Client()
    other.force_login(make_user())
    session = phone.get(PAGE).context["places"][0].session

    answer = other.post(reverse("gallery:end_session", args=[session.pk]))

    assert answer.status_code == 404 and is_in(phone)


def test_one_logs_out_everywhere_else_in_sessions_that_are_not_listed_too(client, alice):
    unlisted, bob = Client(), Client()
    unlisted.force_login(alice)
    bob.force_login(make_user("bob"))

    client.post(reverse("gallery:end_other_sessions"))

    assert is_in(client) and is_in(bob) and not is_in(unlisted)


def test_a_changed_password_ends_the_other_sessions(client, alice, phone):
    data = {"oldpassword": "correct-horse", "password1": SECRET, "password2": SECRET}
    client.post(reverse("account_change_password"), data)

    assert is_in(client) and not is_in(phone)
    assert len(client.get(PAGE).context["places"]) == 1


# --- Invitations


@pytest.mark.parametrize("is_staff, signup", [(False, "invite"), (True, "open"), (True, "closed")])
def test_only_staff_invite_and_only_where_it_is_needed(client, alice, settings, is_staff, signup):
    settings.SIGNUP, alice.is_staff = signup, is_staff
    alice.save()

    assert reverse("gallery:invite") not in client.get(PAGE).content.decode()
    assert client.post(reverse("gallery:invite")).status_code == 403


def test_the_link_of_an_invitation_is_shown_once_and_works(client, alice, settings):
    settings.SIGNUP, alice.is_staff = "invite", True
    alice.save()

    link = client.post(reverse("gallery:invite"), follow=True).context["invitation"]

    assert link not in client.get(PAGE).content.decode()
    assert Client().get(link.removeprefix("http://testserver")).context["form"]
