import html
import re
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse

from gallery.models import ApiToken, Gallery
from gallery.tests.factories import make_gallery, make_user

pytestmark = pytest.mark.django_db

SECRET = "a-good-long-secret"


@pytest.fixture
def alice(client):
    user = make_user("alice", first_name="Alice", email="alice@example.org")
    client.force_login(user)
    return user


def sign_up(client, **data):
    defaults = {"username": "nadia", "password1": SECRET, "password2": SECRET}
    return client.post(reverse("signup"), {**defaults, **data})


def test_signing_up_logs_in_and_greets_by_name(client):
    response = sign_up(client, first_name="Nadia")

    assert response.url == "/"
    assert "Hello Nadia" in client.get("/").content.decode()


def test_pages_of_people_who_are_signed_in_are_kept_by_no_cache(client):
    stranger = client.get("/")
    sign_up(client)

    assert "no-store" in client.get("/")["Cache-Control"]
    assert "no-store" not in stranger.get("Cache-Control", "")


def test_name_and_email_may_be_left_out(client):
    sign_up(client)

    assert "Hello nadia" in client.get("/").content.decode()


def test_a_weak_password_makes_no_account(client):
    response = sign_up(client, password1="12345", password2="12345")

    assert "too short" in response.content.decode()
    assert not get_user_model().objects.exists()


def test_a_name_that_is_taken_in_other_letters_is_refused(client):
    make_user("Nadia")

    sign_up(client)

    assert get_user_model().objects.count() == 1


def test_who_is_logged_in_does_not_sign_up_again(client, alice):
    assert client.get(reverse("signup")).url == "/"
    assert client.get(reverse("signup") + "?next=/account/").url == "/account/"


def test_signing_up_goes_where_one_wanted_to_go_before_the_page_to_log_in(client):
    where = reverse("gallery:account") + "?a=1&b=2"
    log_in = client.get(client.get(where).url).content.decode()
    links = set(re.findall(r'href="(/account/signup/[^"]*)"', log_in))

    (to_sign_up,) = links
    form = client.get(to_sign_up).content.decode()
    hidden = html.unescape(re.search(r'name="next" value="([^"]*)"', form)[1])
    response = sign_up(client, next=hidden)

    assert response.url == where


def test_a_refused_sign_up_still_knows_where_one_wanted_to_go(client):
    response = sign_up(client, password2="another", next="/account/")

    page = response.content.decode()
    assert 'name="next" value="/account/"' in page
    assert 'href="/account/login/?next=/account/"' in page


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "javascript:x", "evil"])
def test_signing_up_never_leads_off_the_site(client, evil):
    address = f"{reverse('signup')}?{urlencode({'next': evil})}"

    assert evil not in client.get(address).content.decode()
    assert sign_up(client, next=evil).url == "/"


def test_logging_in_goes_where_one_wanted_to_go(client):
    gallery = make_gallery()
    where = gallery.get_absolute_url()
    to_log_in = client.get(where).url

    data = {"username": gallery.owner.username, "password": "correct-horse", "next": where}
    response = client.post(to_log_in, data)

    assert response.url == where


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "javascript:alert(1)"])
def test_logging_in_never_leads_off_the_site(client, evil):
    user = make_user()

    data = {"username": user.username, "password": "correct-horse", "next": evil}
    response = client.post(reverse("login"), data)

    assert response.url == "/"


def test_logging_out_takes_a_post(client, alice):
    assert client.get(reverse("logout")).status_code == 405

    client.post(reverse("logout"))

    assert "Hello" not in client.get("/").content.decode()


def test_the_password_is_changed_and_tokens_stay(client, alice):
    ApiToken.objects.create(user=alice, name="script")

    data = {"old_password": "correct-horse", "new_password1": SECRET, "new_password2": SECRET}
    response = client.post(reverse("password_change"), data, follow=True)

    assert "Your API tokens still work" in response.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(SECRET)
    assert ApiToken.objects.count() == 1


def test_a_forgotten_password_is_reset_by_mail(client):
    user = make_user(email="bob@example.org")
    client.post(reverse("password_reset"), {"email": "bob@example.org"})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]

    form = client.get(link).url
    client.post(form, {"new_password1": SECRET, "new_password2": SECRET})

    user.refresh_from_db()
    assert user.check_password(SECRET)


def test_the_mail_about_a_password_is_text_in_paragraphs(client):
    user = make_user(email="bob@example.org")

    client.post(reverse("password_reset"), {"email": "bob@example.org"})

    lines = mail.outbox[0].body.splitlines()
    assert lines[:2] == [f"Hello {user.username},", ""]
    assert [line for line in lines if line.startswith("http")] and not lines[3]


def test_resetting_tells_nobody_who_has_an_account(client):
    response = client.post(reverse("password_reset"), {"email": "nobody@example.org"}, follow=True)

    assert "If there is an account with that address" in response.content.decode()
    assert mail.outbox == []


def test_the_account_page_needs_a_log_in(client):
    assert client.get(reverse("gallery:account")).url == "/account/login/?next=/account/"


def test_the_name_is_changed_and_the_username_is_not(client, alice):
    client.post(reverse("gallery:account"), {"first_name": "Alicia", "username": "eve"})

    alice.refresh_from_db()
    assert (alice.first_name, alice.username) == ("Alicia", "alice")


def test_a_new_token_is_shown_once_and_works(client, alice):
    response = client.post(reverse("gallery:create_token"), {"name": "script"}, follow=True)
    secret = response.context["secret"]

    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert secret not in client.get(reverse("gallery:account")).content.decode()
    client.logout()
    answer = client.get("/api/v1/galleries/", headers={"Authorization": f"Token {secret}"})
    assert answer.status_code == 200


def test_reloading_the_page_that_shows_a_new_token_makes_no_other(client, alice):
    response = client.post(reverse("gallery:create_token"), {"name": "script"})

    assert response.url == "/account/#tokens"
    client.get(response.url)
    client.get(response.url)
    assert ApiToken.objects.count() == 1
    assert "new_token" not in client.session


def test_a_token_needs_a_name(client, alice):
    response = client.post(reverse("gallery:create_token"), {"name": ""})

    assert "Give the token a name." in response.content.decode()
    assert not ApiToken.objects.exists()


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
