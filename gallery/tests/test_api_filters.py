"""REST: filtering, sorting, pages, facets, export."""

import csv
import uuid

import pytest

from gallery.models import Photo
from gallery.tests.factories import (
    make_api_client,
    make_face,
    make_gallery,
    make_photo,
    make_version,
)
from ml.attributes import ATTRIBUTES, NAMES

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos/"
FACES = "/api/v1/faces/"
FACETS = "/api/v1/facets/"
EXPORT = "/api/v1/photos/export.csv"
ATTRIBUTES_URL = "/api/v1/attributes/"


@pytest.fixture
def gallery():
    return make_gallery()


@pytest.fixture
def client(gallery):
    return make_api_client(gallery.owner)


def ready_photo(gallery, *faces: dict[str, float], name: str = "") -> Photo:
    """A photo with a face for each dictionary of probabilities by column."""
    photo = make_photo(
        gallery=gallery,
        status="ready",
        model_version=make_version(),
        original_name=name or "photo.jpg",
    )
    for probabilities in faces:
        make_face(photo, **probabilities)
    return photo


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [photo["name"] for photo in answer.json()["results"]]


def rows(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))


# --- Filtering --------------------------------------------------------------------------------


def test_a_filter_finds_photos_with_one_such_face(client, gallery):
    ready_photo(gallery, {"smiling": 0.9, "eyeglasses": 0.1}, name="yes")
    ready_photo(gallery, {"smiling": 0.9, "eyeglasses": 0.9}, name="glasses")
    ready_photo(gallery, {"smiling": 0.9}, {"eyeglasses": 0.1}, name="two halves")
    make_photo(gallery=gallery, original_name="queued")

    answer = client.get(PHOTOS, {"attrs": "Smiling,-Eyeglasses"})

    assert names(answer) == ["yes"]


def test_match_every_asks_for_all_faces(client, gallery):
    ready_photo(gallery, {"smiling": 0.9}, {"smiling": 0.1}, name="one of two")
    ready_photo(gallery, {"smiling": 0.9}, {"smiling": 0.8}, name="both")

    assert names(client.get(PHOTOS, {"attrs": "Smiling", "match": "every"})) == ["both"]
    assert len(names(client.get(PHOTOS, {"attrs": "Smiling", "match": "any"}))) == 2


def test_only_what_is_mine_is_found_in_any_list(client, gallery):
    mine = ready_photo(gallery, {"smiling": 0.9})
    ready_photo(make_gallery(), {"smiling": 0.9})

    query = {"attrs": "Smiling"}

    assert [p["id"] for p in client.get(PHOTOS, query).json()["results"]] == [str(mine.uuid)]
    assert [f["photo"] for f in client.get(FACES, query).json()["results"]] == [str(mine.uuid)]
    assert [row["photo"] for row in rows(client.get(EXPORT, query))] == [str(mine.uuid)]
    facets = client.get(FACETS, query).json()
    assert facets["count"] == 1
    assert facets["attributes"]["Smiling"] == {"yes": 1, "no": 0, "unsure": 0}


def test_a_gallery_narrows_every_list(client, gallery):
    mine = ready_photo(gallery, {"smiling": 0.9})
    ready_photo(make_gallery(owner=gallery.owner), {"smiling": 0.9})

    query = {"gallery": gallery.uuid}

    assert [p["id"] for p in client.get(PHOTOS, query).json()["results"]] == [str(mine.uuid)]
    assert [f["photo"] for f in client.get(FACES, query).json()["results"]] == [str(mine.uuid)]
    assert [row["photo"] for row in rows(client.get(EXPORT, query))] == [str(mine.uuid)]
    assert client.get(FACETS, query).json()["count"] == 1


@pytest.mark.parametrize("address", [PHOTOS, FACES, FACETS, EXPORT])
def test_a_gallery_that_is_not_mine_answers_as_one_that_is_not_there(client, address):
    other = make_gallery()

    answers = [client.get(address, {"gallery": g}) for g in (other.uuid, uuid.uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a_status_narrows_the_photos(client, gallery):
    make_photo(gallery=gallery, status="failed", original_name="failed")
    make_photo(gallery=gallery)

    assert names(client.get(PHOTOS, {"status": "failed"})) == ["failed"]
    assert names(client.get(PHOTOS, {"status": "analysing"})) == []


def test_without_a_model_a_filter_matches_nothing(client, gallery):
    make_photo(gallery=gallery, original_name="queued")

    assert names(client.get(PHOTOS)) == ["queued"]
    assert names(client.get(PHOTOS, {"attrs": "Smiling"})) == []
    assert client.get(FACETS, {"attrs": "Smiling"}).json()["count"] == 0
    assert rows(client.get(EXPORT)) == []


def test_empty_and_unknown_parameters_are_ignored(client, gallery):
    make_photo(gallery=gallery, original_name="queued")

    answer = client.get(f"{PHOTOS}?attrs=&gallery=&status=&sort=&page_size=&format=xml&owner=7")

    assert names(answer) == ["queued"]


# --- Bad parameters ---------------------------------------------------------------------------


@pytest.mark.parametrize("address", [PHOTOS, FACES, FACETS, EXPORT])
def test_an_unknown_attribute_answers_400_with_the_nearest_names(client, address):
    answer = client.get(address, {"attrs": "Smilling"})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_filter"
    assert "Smiling" in error["fields"]["attrs"][0]


@pytest.mark.parametrize("address", [PHOTOS, FACES])
def test_an_unknown_sort_answers_400_with_the_nearest_names(client, address):
    answer = client.get(address, {"sort": "-Smilling"})

    assert answer.status_code == 400
    assert "Smiling" in answer.json()["error"]["fields"]["sort"][0]


@pytest.mark.parametrize(
    "field, value",
    [
        ("gallery", "7"),
        ("match", "most"),
        ("status", "done"),
        ("page_size", "0"),
        ("page_size", "201"),
        ("page_size", "many"),
        ("cursor", "!"),
        ("cursor", "\u00e9"),
        ("cursor", "MTIz"),
        ("attrs", "Smiling\0"),
        ("sort", "\0"),
        ("cursor", "\0"),
    ],
)
def test_a_bad_parameter_answers_400_and_is_named(client, field, value):
    answer = client.get(PHOTOS, {field: value})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert answer.json()["error"]["message"].startswith(f"{field}: ")


# --- Sorting and pages ------------------------------------------------------------------------


def test_photos_are_sorted_by_an_attribute_both_ways(client, gallery):
    for value in (0.2, 0.9, 0.5):
        ready_photo(gallery, {"smiling": value}, name=str(value))

    assert names(client.get(PHOTOS, {"sort": "Smiling"})) == ["0.9", "0.5", "0.2"]
    assert names(client.get(PHOTOS, {"sort": "-Smiling"})) == ["0.2", "0.5", "0.9"]


@pytest.mark.parametrize("address", [PHOTOS, FACES])
@pytest.mark.parametrize("sort", ["newest", "Smiling", "-Smiling"])
def test_pages_hold_every_row_once_in_the_order_of_one_long_page(client, gallery, address, sort):
    for value in (0.2, 0.9, 0.9, 0.5, 0.2):
        ready_photo(gallery, {"smiling": value})
    whole = client.get(address, {"sort": sort}).json()["results"]

    seen, url = [], f"{address}?sort={sort}&attrs=Male>=0.1&page_size=2"
    while url:
        page = client.get(url).json()
        seen += page["results"]
        url = page["next"]

    assert len(seen) == 5
    assert seen == whole


def test_faces_are_sorted_and_know_their_photos(client, gallery):
    photo = ready_photo(gallery, {"smiling": 0.7}, {"smiling": 0.9})

    faces = client.get(FACES, {"sort": "Smiling", "attrs": "Smiling"}).json()["results"]

    assert [face["probabilities"]["Smiling"] for face in faces] == [0.9, 0.7]
    assert {face["photo"] for face in faces} == {str(photo.uuid)}


def test_faces_take_the_same_queries_however_many(client, gallery, django_assert_num_queries):
    for _ in range(7):
        ready_photo(gallery, {}, {})

    with django_assert_num_queries(5):  # two for the token, the active version, faces, answers
        answer = client.get(FACES)

    assert len(answer.json()["results"]) == 14


# --- Facets, attributes -----------------------------------------------------------------------


def test_facets_count_what_each_attribute_would_leave(client, gallery):
    ready_photo(gallery, {"smiling": 0.9, "male": 0.9})
    ready_photo(gallery, {"smiling": 0.9, "male": 0.1})
    ready_photo(gallery, {"smiling": 0.1, "male": 0.1})

    facets = client.get(FACETS, {"attrs": "Smiling"}).json()

    assert facets["count"] == 2
    assert list(facets["attributes"]) == list(NAMES)
    assert facets["attributes"]["Male"] == {"yes": 1, "no": 1, "unsure": 0}
    assert facets["attributes"]["Smiling"] == {"yes": 2, "no": 1, "unsure": 0}


def test_the_attributes_come_with_label_group_and_thresholds(client):
    make_version()

    attributes = client.get(ATTRIBUTES_URL).json()

    assert [attribute["name"] for attribute in attributes] == list(NAMES)
    assert attributes[0] == {
        "name": "5_o_Clock_Shadow",
        "label": ATTRIBUTES[0].label,
        "group": ATTRIBUTES[0].group,
        "thresholds": {"yes": 0.6, "no": 0.4},
    }


def test_without_a_model_attributes_have_no_thresholds(client):
    attributes = client.get(ATTRIBUTES_URL).json()

    assert len(attributes) == 40
    assert attributes[0]["thresholds"] is None


# --- Export -----------------------------------------------------------------------------------


def test_the_export_holds_the_matching_faces(client, gallery):
    photo = ready_photo(gallery, {"smiling": 0.9}, {"smiling": 0.1}, name="two.jpg")

    answer = client.get(EXPORT, {"attrs": "Smiling"})

    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="faces.csv"'
    (row,) = rows(answer)
    assert (row["photo"], row["file"], row["Smiling"]) == (str(photo.uuid), "two.jpg", "0.9")
    assert row["Smiling_decision"] == "yes"


def test_the_export_of_match_every_holds_all_faces_of_the_matching_photos(client, gallery):
    ready_photo(gallery, {"smiling": 0.9}, {"smiling": 0.1})
    both = ready_photo(gallery, {"smiling": 0.9}, {"smiling": 0.8})

    found = rows(client.get(EXPORT, {"attrs": "Smiling", "match": "every"}))

    assert [row["photo"] for row in found] == [str(both.uuid)] * 2


def test_the_export_is_given_to_who_accepts_only_csv(client, gallery):
    ready_photo(gallery, {})

    answer = client.get(EXPORT, headers={"Accept": "text/csv"})

    assert len(rows(answer)) == 1


def test_a_filter_finds_what_a_reading_of_the_export_finds(client, gallery):
    values = (0.1, 0.3999, 0.4, 0.5, 0.5999, 0.6, 0.9)
    for smiling in values:
        for eyeglasses in values:
            ready_photo(gallery, {"smiling": smiling, "eyeglasses": eyeglasses})

    found = client.get(PHOTOS, {"attrs": "Smiling,-Eyeglasses", "page_size": 200}).json()["results"]

    expected = {
        row["photo"]
        for row in rows(client.get(EXPORT))
        if row["Smiling_decision"] == "yes" and row["Eyeglasses_decision"] == "no"
    }
    assert expected
    assert {photo["id"] for photo in found} == expected
