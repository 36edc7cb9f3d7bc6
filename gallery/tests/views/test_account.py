import pytest
from django.contrib.auth import get_user_model
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
