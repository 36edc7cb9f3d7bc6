"""REST: galleries."""

import json
import uuid

import pytest

from gallery.models import Gallery, Photo
from gallery.tests.factories import (
    make_api_client,
    make_gallery,
    make_photo,
    make_user,
)

pytestmark = pytest.mark.django_db

GALLERIES = "/api/v1/galleries/"


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def client(user):
    return make_api_client(user)


def test_a_new_gallery_is_mine_and_empty(client, user):
    answer = client.post(GALLERIES, {"name": "Summer"}, format="json")

    assert answer.status_code == 201
    gallery = Gallery.objects.get()
    assert gallery.owner == user
    assert answer.json()["id"] == str(gallery.uuid)
    assert answer.json()["name"] == "Summer"
    assert answer.json()["photos"] == {"queued": 0, "analysing": 0, "ready": 0, "failed": 0}
    assert answer["Location"] == f"http://testserver{GALLERIES}{gallery.uuid}/"
    assert answer.json()["page"] == f"http://testserver/galleries/{gallery.uuid}/"


def test_a_gallery_counts_its_photos_by_status(client, user):
    gallery = make_gallery(owner=user)
    for status in ("queued", "ready", "ready", "failed"):
        make_photo(gallery=gallery, status=status)
    make_photo(gallery=make_gallery(owner=user))

    answer = client.get(f"{GALLERIES}{gallery.uuid}/")

    assert answer.json()["photos"] == {"queued": 1, "analysing": 0, "ready": 2, "failed": 1}


def test_the_list_holds_only_mine_the_newest_first(client, user):
    make_gallery(name="Not mine")
    for name in ("one", "two"):
        make_gallery(owner=user, name=name)

    answer = client.get(GALLERIES)

    assert [gallery["name"] for gallery in answer.json()["results"]] == ["two", "one"]
    assert answer.json()["next"] is None


def test_a_list_takes_the_same_queries_however_long_it_is(client, user, django_assert_num_queries):
    for _ in range(7):
        make_photo(gallery=make_gallery(owner=user))

    with django_assert_num_queries(3):  # two for the token, the galleries with their counts
        answer = client.get(GALLERIES)

    assert len(answer.json()["results"]) == 7


def test_the_list_comes_in_pages(client, user):
    for number in range(5):
        make_gallery(owner=user, name=str(number))

    names, address = [], f"{GALLERIES}?page_size=2"
    while address:
        page = client.get(address).json()
        names.append([gallery["name"] for gallery in page["results"]])
        address = page["next"]

    assert names == [["4", "3"], ["2", "1"], ["0"]]


def test_a_gallery_is_renamed_and_nothing_else_changes(client, user):
    gallery = make_gallery(owner=user)
    other = make_user()

    answer = client.patch(
        f"{GALLERIES}{gallery.uuid}/",
        {"name": "Winter", "owner": other.pk, "id": str(uuid.uuid4()), "url": "http://x/", "a": 1},
        format="json",
    )

    assert answer.status_code == 200
    assert answer.json()["name"] == "Winter"
    assert answer.json()["id"] == str(gallery.uuid)
    assert Gallery.objects.get(owner=user).uuid == gallery.uuid


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\0b", None, ["a"], {"a": 1}, "\ud800"])
def test_a_bad_name_is_refused(client, name):
    body = json.dumps({"name": name})  # escapes what UTF-8 cannot say
    answer = client.generic("POST", GALLERIES, body, content_type="application/json")

    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["name"]
    assert not Gallery.objects.exists()


def test_a_deleted_gallery_takes_its_photos_along(client, user):
    photo = make_photo(gallery=make_gallery(owner=user))

    answer = client.delete(f"{GALLERIES}{photo.gallery.uuid}/")

    assert answer.status_code == 204
    assert not Gallery.objects.visible_to(user).exists()
    assert not Photo.objects.visible_to(user).exists()
    assert Gallery.objects.in_trash_of(user).get() == photo.gallery


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_what_is_not_mine_answers_as_what_is_not_there(client, method):
    other = make_gallery()

    answers = [
        getattr(client, method)(f"{GALLERIES}{target}/", {"name": "Mine now"}, format="json")
        for target in (other.uuid, uuid.uuid4())
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert Gallery.objects.get().name == "Holidays"


def test_there_is_no_put(client, user):
    gallery = make_gallery(owner=user)

    answer = client.put(f"{GALLERIES}{gallery.uuid}/", {"name": "Winter"}, format="json")

    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_the_owner_consents_to_training_and_takes_it_back(client, user):
    gallery = make_gallery(owner=user)
    url = f"/api/v1/galleries/{gallery.uuid}/"
    assert client.get(url).json()["allows_training"] is False

    for allowed in (True, False):
        client.patch(url, {"allows_training": allowed}, format="json")
        assert Gallery.objects.get(pk=gallery.pk).allows_training is allowed


def test_nobody_else_consents(client):
    gallery = make_gallery()
    url = f"/api/v1/galleries/{gallery.uuid}/"

    assert client.patch(url, {"allows_training": True}, format="json").status_code == 404
    assert not Gallery.objects.get(pk=gallery.pk).allows_training


@pytest.mark.parametrize("name", [5, 0.5, True, ["Summer"], {"name": "Summer"}])
def test_a_name_is_text(client, name):
    answer = client.post(GALLERIES, {"name": name}, format="json")

    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["name"]
    assert not Gallery.objects.exists()


@pytest.mark.parametrize("value", [1, 0, "true", "on", "", None])
def test_consent_is_true_or_false(client, user, value):
    gallery = make_gallery(owner=user)

    answer = client.patch(f"{GALLERIES}{gallery.uuid}/", {"allows_training": value}, format="json")

    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["allows_training"]
