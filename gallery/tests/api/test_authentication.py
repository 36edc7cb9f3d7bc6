"""What a token lets its bearer do."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from gallery.api.urls import router
from gallery.library import trash
from gallery.models import ApiToken, Gallery, Membership, Photo, SavedFilter, ShareLink, Webhook
from gallery.tests.factories import (
    make_api_client,
    make_gallery,
    make_photo,
    make_ready,
    make_user,
    make_webhook,
)
from gallery.tests.pictures import make_upload

pytestmark = pytest.mark.django_db

V1 = "/api/v1"


def message(answer) -> str:
    return answer.json()["error"]["message"]


# --- Reading and writing


def test_a_token_that_may_only_read_reads(gallery):
    client = make_api_client(gallery.owner, can_write=False)

    assert client.get(f"{V1}/galleries/{gallery.uuid}/").status_code == 200


@pytest.mark.parametrize(
    "method, path",
    [
        ("post", "galleries/"),
        ("patch", "galleries/{gallery}/"),
        ("delete", "galleries/{gallery}/"),
        ("post", "galleries/{gallery}/duplicates/keep/"),
        ("post", "galleries/{gallery}/corrections/import/"),
        ("post", "photos/"),
        ("delete", "photos/{photo}/"),
        ("post", "photos/{photo}/retry/"),
        ("post", "photos/{photo}/faces/"),
        ("delete", "faces/{face}/"),
        ("post", "corrections/"),
        ("post", "corrections/undo/"),
        ("post", "filters/"),
        ("delete", "filters/{filter}/"),
        ("delete", "links/{link}/"),
        ("post", "webhooks/"),
        ("patch", "webhooks/{hook}/"),
        ("delete", "webhooks/{hook}/"),
        ("post", "webhooks/{hook}/test/"),
        ("post", "webhooks/{hook}/secret/"),
    ],
)
def test_a_token_that_may_only_read_writes_nothing(gallery, method, path):
    photo = make_ready(gallery)
    saved = SavedFilter.objects.create(owner=gallery.owner, gallery=gallery, name="x", match="any")
    place = path.format(
        gallery=gallery.uuid,
        photo=photo.uuid,
        face=photo.faces.get().uuid,
        filter=saved.uuid,
        link=ShareLink.objects.share(gallery).uuid,
        hook=make_webhook(gallery=gallery).uuid,
    )

    answer = getattr(make_api_client(gallery.owner, can_write=False), method)(f"{V1}/{place}")

    assert answer.status_code == 403
    assert message(answer) == (
        "This token may only read. Make one that may write on your account page."
    )


# --- One gallery


@pytest.fixture
def other(gallery) -> Gallery:
    """Another gallery of the same person, with one of everything, and a third in the trash."""
    other = make_gallery(owner=gallery.owner, name="Other")
    photo = make_ready(other)
    photo.faces.get().corrections.create(attribute="Smiling", is_yes=True, probability=0.5)
    SavedFilter.objects.create(owner=gallery.owner, gallery=other, name="x", match="any")
    ShareLink.objects.share(other)
    make_webhook(gallery=other)
    Membership.objects.create(gallery=make_gallery(), person=gallery.owner)  # an invitation
    trash.trash_photos(Photo.objects.filter(pk=make_photo(gallery=other).pk))
    trash.trash_gallery(make_gallery(owner=gallery.owner))
    return other


@pytest.fixture
def one(gallery) -> APIClient:
    """A client whose token is for `gallery`."""
    return make_api_client(gallery.owner, gallery=gallery)


LISTS = [
    *("galleries", "photos", "faces", "corrections", "filters"),
    "links",
    "invitations",
    "trash",
    "trash/galleries",
    "webhooks",
]


def test_the_lists_below_are_all_that_there_are():
    assert sorted(LISTS) == sorted(prefix for prefix, *_ in router.registry)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_nothing_of_other_galleries(gallery, other, one, name):
    everything = make_api_client(gallery.owner).get(f"{V1}/{name}/").json()["results"]
    shown = one.get(f"{V1}/{name}/").json()["results"]

    own = 1 if name == "galleries" else 0  # the gallery that the token is for
    assert (len(everything), len(shown)) == (own + 1, own)


@pytest.mark.parametrize(
    "method, path",
    [
        ("get", "galleries/{gallery}/"),
        ("get", "galleries/{gallery}/duplicates/"),
        ("post", "galleries/{gallery}/duplicates/keep/"),
        ("patch", "galleries/{gallery}/"),
        ("delete", "galleries/{gallery}/"),
        ("post", "galleries/{gallery}/corrections/import/"),
        ("get", "photos/{photo}/"),
        ("delete", "photos/{photo}/"),
        ("post", "photos/{photo}/retry/"),
        ("get", "photos/{photo}/picture.jpg"),
        ("get", "photos/{photo}/preview.jpg"),
        ("get", "photos/{photo}/thumbnail.webp"),
        ("post", "photos/{photo}/faces/"),
        ("get", "faces/{face}/"),
        ("delete", "faces/{face}/"),
        ("get", "faces/{face}/crop.webp"),
        ("delete", "filters/{filter}/"),
        ("delete", "links/{link}/"),
        ("get", "webhooks/{hook}/"),
        ("patch", "webhooks/{hook}/"),
        ("delete", "webhooks/{hook}/"),
        ("post", "webhooks/{hook}/test/"),
        ("post", "webhooks/{hook}/secret/"),
        ("get", "webhooks/{hook}/deliveries/"),
        ("get", "photos/?gallery={gallery}"),
        ("get", "faces/?gallery={gallery}"),
        ("get", "facets/?gallery={gallery}"),
        ("get", "corrections/?gallery={gallery}"),
        ("get", "photos/export.csv?gallery={gallery}"),
        ("get", "photos/export.jsonl?gallery={gallery}"),
        ("get", "photos/export.coco.json?gallery={gallery}"),
        ("get", "photos/export.parquet?gallery={gallery}"),
        ("get", "photos/export.zip?gallery={gallery}"),
    ],
)
def test_another_gallery_does_not_exist(other, one, method, path):
    photo = other.photos.get()
    place = path.format(
        gallery=other.uuid,
        photo=photo.uuid,
        face=photo.faces.get().uuid,
        filter=other.saved_filters.get().uuid,
        link=other.share_links.get().uuid,
        hook=Webhook.objects.get(gallery=other).uuid,
    )

    assert getattr(one, method)(f"{V1}/{place}").status_code == 404


@pytest.mark.parametrize("kind", ["csv", "jsonl", "coco.json"])
def test_an_export_of_everything_holds_nothing_of_other_galleries(other, one, kind):
    text = b"".join(one.get(f"{V1}/photos/export.{kind}").streaming_content).decode()

    assert str(other.photos.get().uuid) not in text


def test_facets_count_nothing_of_other_galleries(other, one):
    assert one.get(f"{V1}/facets/").json()["count"] == 0


def test_answers_about_other_galleries_are_refused_and_not_undone(other, one):
    correction = other.photos.get().faces.get().corrections.get()
    answer = {"faces": [str(correction.face.uuid)], "attribute": "Male", "answer": "yes"}

    assert one.post(f"{V1}/corrections/", answer, format="json").status_code == 404
    undo = {"batch": str(correction.batch)}
    assert one.post(f"{V1}/corrections/undo/", undo, format="json").status_code == 404


def test_nothing_is_put_into_other_galleries(other, one):
    upload = {"gallery": str(other.uuid), "image": make_upload()}
    saved = {"gallery": str(other.uuid), "name": "new", "attrs": "Smiling"}

    assert one.post(f"{V1}/photos/", upload, format="multipart").status_code == 404
    assert one.post(f"{V1}/filters/", saved, format="json").status_code == 404


def test_a_token_for_one_gallery_makes_no_others(one):
    answer = one.post(f"{V1}/galleries/", {"name": "new"}, format="json")

    assert answer.status_code == 403
    assert "for one gallery" in message(answer)


def test_its_own_gallery_is_open_to_it(gallery, one):
    photo = make_ready(gallery)

    assert one.get(f"{V1}/photos/{photo.uuid}/").status_code == 200
    assert one.delete(f"{V1}/photos/{photo.uuid}/").status_code == 204


def test_a_token_goes_with_its_gallery(gallery, one):
    gallery.delete()

    assert one.get(f"{V1}/galleries/").status_code == 401


def test_a_session_of_the_same_person_is_not_narrowed(client, gallery, other, one):
    one.get(f"{V1}/galleries/")

    assert len(client.get(f"{V1}/galleries/").json()["results"]) == 2


# --- Its own life


def test_a_token_cannot_reach_the_pages_that_make_tokens(gallery):
    client = make_api_client(gallery.owner)

    assert client.get("/account/").status_code == 302
    assert client.post("/account/tokens/", {"name": "more"}).status_code == 302
    assert ApiToken.objects.count() == 1


def test_an_expired_token_lets_nobody_in():
    client = make_api_client(make_user(), expiry=timedelta(seconds=-1))

    assert client.get(f"{V1}/galleries/").status_code == 401


def test_its_last_use_is_noted_once_a_minute(django_assert_num_queries):
    client = make_api_client(make_user())
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))

    client.get(f"{V1}/galleries/")
    noted = ApiToken.objects.get().last_used_at
    client.get(f"{V1}/galleries/")

    assert timezone.now() - noted < timedelta(minutes=1)
    assert ApiToken.objects.get().last_used_at == noted


@pytest.fixture
def one_minute(monkeypatch):
    """The clock stands still: tries are counted by the minute."""
    monkeypatch.setattr("gallery.api.throttling.time.time", lambda: 1_800_000_000.0)


def test_wrong_tokens_are_slowed_and_right_ones_pass(one_minute):
    right, wrong = make_api_client(make_user()), APIClient()
    wrong.credentials(HTTP_AUTHORIZATION=f"Token {'a' * 64}")
    answers = [wrong.get(f"{V1}/galleries/") for _ in range(300)]

    assert answers[0].status_code == 401
    assert {answer.status_code for answer in answers[60:]} == {429}
    assert int(answers[-1]["Retry-After"]) > 0
    assert right.get(f"{V1}/galleries/").status_code == 200


def test_an_invented_address_gives_no_further_tries(one_minute):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token wrong")
    answers = [
        client.get(f"{V1}/galleries/", HTTP_X_FORWARDED_FOR=f"192.0.2.{number % 250}")
        for number in range(61)
    ]

    assert answers[-1].status_code == 429
