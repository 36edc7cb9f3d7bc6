"""Pages: boxes that people remove and draw."""

import pytest
from django.urls import reverse

from gallery.models import BoxCorrection, Face, Photo
from gallery.tests.factories import make_gallery, make_ready, make_user

pytestmark = pytest.mark.django_db

BOX = {"x": "10", "y": "20.5", "w": "30", "h": "40"}


def draw(client, photo: Photo, box=BOX, **kwargs):
    return client.post(reverse("gallery:draw_face", args=[photo.uuid]), box, **kwargs)


def test_a_drawn_face_is_kept_and_the_faces_known_stay_in_sight(client, gallery):
    photo = make_ready(gallery)

    page = draw(client, photo, follow=True).content.decode()

    assert BoxCorrection.objects.get(is_face=True).person == gallery.owner
    assert Photo.objects.get().status == Photo.Status.QUEUED
    assert f'data-pending="{photo.uuid}"' in page
    assert page.count('class="bar-row"') == 40


@pytest.mark.parametrize(
    "change", [{"x": ""}, {"w": "101"}, {"h": "nan"}, {"y": "-1"}, {"x": "90"}, {"w": "0"}]
)
def test_a_bad_box_is_explained_and_changes_nothing(client, gallery, change):
    response = draw(client, make_ready(gallery), BOX | change, follow=True)

    assert "notice-bad" in response.content.decode()
    assert not BoxCorrection.objects.exists()


def test_a_false_box_is_removed_for_good(client, gallery):
    photo = make_ready(gallery)
    address = reverse("gallery:remove_face", args=[photo.faces.get().uuid])

    response = client.post(f"{address}?attrs=Smiling")

    assert response.url == f"{photo.get_absolute_url()}?attrs=Smiling"
    assert not Face.objects.exists()
    assert not BoxCorrection.objects.get().is_face


def test_a_drawn_box_is_forgotten_and_the_page_promises_no_more(client, gallery):
    photo = make_ready(gallery, detector="person")
    address = reverse("gallery:remove_face", args=[photo.faces.get().uuid])
    asked = client.get(photo.get_absolute_url()).content.decode()

    told = client.post(address, follow=True).content.decode()

    assert "A person drew it, so a later analysis may find a face there again." in asked
    assert "Removed the drawn box. A later analysis may still find a face there." in told
    assert not Face.objects.exists()


def test_nobody_draws_or_removes_on_a_strangers_photo(client, gallery):
    photo = make_ready(make_gallery(owner=make_user()))
    remove = reverse("gallery:remove_face", args=[photo.faces.get().uuid])

    assert draw(client, photo).status_code == 404
    assert client.post(remove).status_code == 404
    assert Face.objects.exists()
    assert not BoxCorrection.objects.exists()


@pytest.mark.parametrize("name", ["draw_face", "remove_face", "answer"])
def test_looking_draws_and_removes_nothing(client, gallery, name):
    photo = make_ready(gallery)
    uuid = photo.uuid if name == "draw_face" else photo.faces.get().uuid

    assert client.get(reverse(f"gallery:{name}", args=[uuid])).status_code == 405
