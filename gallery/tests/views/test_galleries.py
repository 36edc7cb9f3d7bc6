"""Pages: the first page; to make, rename and delete galleries."""

import pytest
from django.urls import reverse

from gallery.models import Gallery, Photo
from gallery.tests.factories import make_gallery, make_photo, make_ready

pytestmark = pytest.mark.django_db


# --- The first page


def test_signed_out_the_first_page_says_what_this_is(client):
    page = client.get("/").content.decode()

    assert "Find photos by what is in the faces" in page
    assert reverse("account_signup") in page


def test_signed_in_the_first_page_lists_galleries_with_what_waits(client, gallery):
    make_photo(gallery=gallery)
    make_ready(gallery)
    make_gallery(name="Of someone else")

    page = client.get("/").content.decode()

    assert "2 photos" in page
    assert "1 being analyzed" in page
    assert "Of someone else" not in page


def test_the_first_page_takes_as_many_queries_for_many_galleries(
    client, gallery, django_assert_num_queries
):
    for _ in range(5):
        make_photo(gallery=make_gallery(owner=gallery.owner))

    with django_assert_num_queries(7):  # session, person, galleries, invitations
        client.get("/")


# --- Make, rename, delete


def test_a_gallery_is_made(client, gallery):
    response = client.post(reverse("gallery:create"), {"name": "Summer"})

    made = Gallery.objects.get(name="Summer")
    assert made.owner == gallery.owner
    assert response.url == made.get_absolute_url()


def test_a_gallery_needs_a_name(client, gallery):
    response = client.post(reverse("gallery:create"), {"name": " "}, follow=True)

    assert "Give the gallery a name." in response.content.decode()
    assert Gallery.objects.count() == 1


def test_a_gallery_is_renamed(client, gallery):
    client.post(reverse("gallery:rename", args=[gallery.uuid]), {"name": "Family"})

    gallery.refresh_from_db()
    assert gallery.name == "Family"


def test_a_gallery_is_deleted_with_its_photos(client, gallery):
    make_photo(gallery=gallery)

    response = client.post(reverse("gallery:delete", args=[gallery.uuid]), follow=True)

    assert "“Holidays” is in the trash." in response.content.decode()
    assert not Photo.objects.visible_to(gallery.owner).exists()


@pytest.mark.parametrize("name", ["rename", "delete", "retry", "upload"])
def test_nobody_changes_a_strangers_gallery(client, gallery, name):
    other = make_gallery(name="Theirs")

    response = client.post(reverse(f"gallery:{name}", args=[other.uuid]), {"name": "Mine"})

    assert response.status_code == 404
    other.refresh_from_db()
    assert other.name == "Theirs"


@pytest.mark.parametrize("name", ["rename", "delete", "retry"])
def test_looking_changes_nothing(client, gallery, name):
    assert client.get(reverse(f"gallery:{name}", args=[gallery.uuid])).status_code == 405


@pytest.mark.parametrize("name", ["gallery", "upload", "progress"])
def test_a_strangers_gallery_is_not_there(client, gallery, name):
    assert client.get(reverse(f"gallery:{name}", args=[make_gallery().uuid])).status_code == 404


@pytest.mark.parametrize("name", ["gallery", "upload", "progress"])
def test_without_a_log_in_there_is_the_log_in(client, name):
    response = client.get(reverse(f"gallery:{name}", args=[make_gallery().uuid]))

    assert response.url.startswith(reverse("account_login"))
