"""REST: what a filter leaves in every list, its order and its pages."""

import csv
import uuid
from datetime import datetime

import pytest

from gallery.tests.factories import make_gallery, make_photo, make_photo_with, make_ready

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos/"
FACES = "/api/v1/faces/"
FACETS = "/api/v1/facets/"
EXPORT = "/api/v1/photos/export.csv"


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [photo["name"] for photo in answer.json()["results"]]


def rows(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))


# --- Filtering --------------------------------------------------------------------------------


def test_a_filter_finds_photos_with_one_such_face(api, gallery):
    make_photo_with({"smiling": 0.9, "eyeglasses": 0.1}, gallery=gallery, original_name="yes")
    make_photo_with({"smiling": 0.9, "eyeglasses": 0.9}, gallery=gallery, original_name="glasses")
    make_photo_with(
        {"smiling": 0.9}, {"eyeglasses": 0.1}, gallery=gallery, original_name="two halves"
    )
    make_photo(gallery=gallery, original_name="queued")

    answer = api.get(PHOTOS, {"attrs": "Smiling,-Eyeglasses"})

    assert names(answer) == ["yes"]


def test_match_every_asks_for_all_faces(api, gallery):
    make_photo_with({"smiling": 0.9}, {"smiling": 0.1}, gallery=gallery, original_name="one of two")
    make_photo_with({"smiling": 0.9}, {"smiling": 0.8}, gallery=gallery, original_name="both")

    assert names(api.get(PHOTOS, {"attrs": "Smiling", "match": "every"})) == ["both"]
    assert len(names(api.get(PHOTOS, {"attrs": "Smiling", "match": "any"}))) == 2


def test_only_what_is_mine_is_found_in_any_list(api, gallery):
    mine = make_photo_with({"smiling": 0.9}, gallery=gallery)
    make_photo_with({"smiling": 0.9}, gallery=make_gallery())

    query = {"attrs": "Smiling"}

    assert [p["id"] for p in api.get(PHOTOS, query).json()["results"]] == [str(mine.uuid)]
    assert [f["photo"] for f in api.get(FACES, query).json()["results"]] == [str(mine.uuid)]
    assert [row["photo"] for row in rows(api.get(EXPORT, query))] == [str(mine.uuid)]
    facets = api.get(FACETS, query).json()
    assert facets["count"] == 1
    assert facets["attributes"]["Smiling"] == {"yes": 1, "no": 0, "unsure": 0}


def test_a_gallery_narrows_every_list(api, gallery):
    mine = make_photo_with({"smiling": 0.9}, gallery=gallery)
    make_photo_with({"smiling": 0.9}, gallery=make_gallery(owner=gallery.owner))

    query = {"gallery": gallery.uuid}

    assert [p["id"] for p in api.get(PHOTOS, query).json()["results"]] == [str(mine.uuid)]
    assert [f["photo"] for f in api.get(FACES, query).json()["results"]] == [str(mine.uuid)]
    assert [row["photo"] for row in rows(api.get(EXPORT, query))] == [str(mine.uuid)]
    assert api.get(FACETS, query).json()["count"] == 1


@pytest.mark.parametrize("address", [PHOTOS, FACES, FACETS, EXPORT])
def test_a_gallery_that_is_not_mine_answers_as_one_that_is_not_there(api, address):
    other = make_gallery()

    answers = [api.get(address, {"gallery": g}) for g in (other.uuid, uuid.uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a_status_narrows_the_photos(api, gallery):
    make_photo(gallery=gallery, status="failed", original_name="failed")
    make_photo(gallery=gallery)

    assert names(api.get(PHOTOS, {"status": "failed"})) == ["failed"]
    assert names(api.get(PHOTOS, {"status": "analysing"})) == []


def test_without_a_model_a_filter_matches_nothing(api, gallery):
    make_photo(gallery=gallery, original_name="queued")

    assert names(api.get(PHOTOS)) == ["queued"]
    assert names(api.get(PHOTOS, {"attrs": "Smiling"})) == []
    assert api.get(FACETS, {"attrs": "Smiling"}).json()["count"] == 0
    assert rows(api.get(EXPORT)) == []


def test_empty_parameters_count_as_not_given(api, gallery):
    make_photo(gallery=gallery, original_name="queued")

    answer = api.get(f"{PHOTOS}?attrs=&gallery=&status=&sort=&page_size=&owner=")

    assert names(answer) == ["queued"]


# --- Sorting and pages ------------------------------------------------------------------------


def test_photos_are_sorted_by_an_attribute_both_ways(api, gallery):
    for value in (0.2, 0.9, 0.5):
        make_photo_with({"smiling": value}, gallery=gallery, original_name=str(value))

    assert names(api.get(PHOTOS, {"sort": "Smiling"})) == ["0.9", "0.5", "0.2"]
    assert names(api.get(PHOTOS, {"sort": "-Smiling"})) == ["0.2", "0.5", "0.9"]


@pytest.mark.parametrize("address", [PHOTOS, FACES])
@pytest.mark.parametrize("sort", ["newest", "oldest", "Smiling", "-Smiling", "taken", "-name"])
def test_pages_hold_every_row_once_in_the_order_of_one_long_page(api, gallery, address, sort):
    for value in (0.2, 0.9, 0.9, 0.5, 0.2):
        make_photo_with({"smiling": value}, gallery=gallery)
    whole = api.get(address, {"sort": sort}).json()["results"]

    seen, url = [], f"{address}?sort={sort}&attrs=Male>=0.1&page_size=2"
    while url:
        page = api.get(url).json()
        seen += page["results"]
        url = page["next"]

    assert len(seen) == 5
    assert seen == whole


def test_photos_are_found_and_sorted_by_their_facts(api, gallery):
    for month, name in ((5, "Beach 1.jpg"), (6, "city.jpg"), (7, "beach 2.jpg")):
        make_photo(gallery=gallery, taken_at=datetime(2024, month, 1), original_name=name)
    make_photo(gallery=gallery, original_name="Beach.jpg")

    def found(**query):
        return [photo["name"] for photo in api.get(PHOTOS, query).json()["results"]]

    assert found(attrs="taken>=2024-06", sort="taken") == ["beach 2.jpg", "city.jpg"]
    beaches = ["Beach 1.jpg", "beach 2.jpg", "Beach.jpg"]
    assert found(attrs="name=beach", sort="-taken") == found(attrs="name=beach", sort="name")
    assert found(attrs="name=beach", sort="-taken") == beaches
    assert found(attrs="-name=beach,taken=2024") == ["city.jpg"]
    assert found(sort="uploaded") == found(sort="-uploaded")[::-1] == found(sort="newest")


def test_one_look_over_all_galleries_takes_their_names(api, gallery):
    second = make_gallery(owner=gallery.owner, name="Summer")
    wanted, _ = make_ready(second), make_ready(gallery)

    rows = api.get(PHOTOS, {"attrs": "gallery=summer"}).json()["results"]

    assert [row["id"] for row in rows] == [str(wanted.uuid)]


def test_faces_are_sorted_and_know_their_photos(api, gallery):
    photo = make_photo_with({"smiling": 0.7}, {"smiling": 0.9}, gallery=gallery)

    faces = api.get(FACES, {"sort": "Smiling", "attrs": "Smiling"}).json()["results"]

    assert [face["probabilities"]["Smiling"] for face in faces] == [0.9, 0.7]
    assert {face["photo"] for face in faces} == {str(photo.uuid)}


def test_faces_take_the_same_queries_however_many(api, gallery, django_assert_num_queries):
    for _ in range(7):
        make_photo_with({}, {}, gallery=gallery)

    with django_assert_num_queries(5):  # two for the token, the active version, faces, answers
        answer = api.get(FACES)

    assert len(answer.json()["results"]) == 14


# --- Export -----------------------------------------------------------------------------------


def test_the_export_holds_the_matching_faces(api, gallery):
    photo = make_photo_with(
        {"smiling": 0.9}, {"smiling": 0.1}, gallery=gallery, original_name="two.jpg"
    )

    answer = api.get(EXPORT, {"attrs": "Smiling"})

    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="faces.csv"'
    (row,) = rows(answer)
    assert (row["photo"], row["file"], row["Smiling"]) == (str(photo.uuid), "two.jpg", "0.9")
    assert row["Smiling_decision"] == "yes"


def test_the_export_of_match_every_holds_all_faces_of_the_matching_photos(api, gallery):
    make_photo_with({"smiling": 0.9}, {"smiling": 0.1}, gallery=gallery)
    both = make_photo_with({"smiling": 0.9}, {"smiling": 0.8}, gallery=gallery)

    found = rows(api.get(EXPORT, {"attrs": "Smiling", "match": "every"}))

    assert [row["photo"] for row in found] == [str(both.uuid)] * 2


def test_the_export_is_given_to_who_accepts_only_csv(api, gallery):
    make_photo_with({}, gallery=gallery)

    answer = api.get(EXPORT, headers={"Accept": "text/csv"})

    assert len(rows(answer)) == 1


def test_a_filter_finds_what_a_reading_of_the_export_finds(api, gallery):
    values = (0.1, 0.3999, 0.4, 0.5, 0.5999, 0.6, 0.9)
    for smiling in values:
        for eyeglasses in values:
            make_photo_with({"smiling": smiling, "eyeglasses": eyeglasses}, gallery=gallery)

    found = api.get(PHOTOS, {"attrs": "Smiling,-Eyeglasses", "page_size": 200}).json()["results"]

    expected = {
        row["photo"]
        for row in rows(api.get(EXPORT))
        if row["Smiling_decision"] == "yes" and row["Eyeglasses_decision"] == "no"
    }
    assert expected
    assert {photo["id"] for photo in found} == expected
