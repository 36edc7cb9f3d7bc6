"""REST: an answer that a program has is not sent again, and nobody gets one they may not see."""

import pytest

from gallery.library.trash import trash_gallery
from gallery.models import ApiToken, Photo
from gallery.tests.factories import make_api_client, make_gallery, make_ready, make_user
from gallery.tests.pictures import make_upload
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db

V1 = "/api/v1"
LISTS = ["galleries", "photos", "faces", "facets", "filters", "corrections", "usage", "attributes"]


def ask(client, address: str, etag: str, **headers: str):
    return client.get(address, headers={"If-None-Match": etag, **headers})


@pytest.mark.parametrize("name", LISTS)
def test_an_answer_that_still_holds_is_not_sent_again(api, gallery, name):
    make_ready(gallery)
    first = api.get(f"{V1}/{name}/")

    again = ask(api, f"{V1}/{name}/", first["ETag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"]


def test_a_change_is_sent_with_another_tag(api, gallery):
    first = api.get(f"{V1}/galleries/{gallery.uuid}/")
    make_ready(gallery)

    again = ask(api, f"{V1}/galleries/{gallery.uuid}/", first["ETag"])

    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]
    assert again.json()["photos"] != first.json()["photos"]


def test_each_person_gets_their_own_answer(api, gallery):
    make_ready(gallery)
    other = make_ready(make_gallery())
    mine = api.get(f"{V1}/photos/")

    theirs = ask(make_api_client(other.gallery.owner), f"{V1}/photos/", mine["ETag"])

    assert theirs.status_code == 200
    assert [photo["id"] for photo in theirs.json()["results"]] == [str(other.uuid)]
    assert {"Authorization", "Cookie"} <= set(theirs["Vary"].replace(",", "").split())


def test_somebody_elses_tag_opens_nothing(api, gallery):
    photo = make_ready(gallery)
    address = f"{V1}/photos/{photo.uuid}/"
    etag = api.get(address)["ETag"]

    answer = ask(make_api_client(make_user()), address, etag)

    assert answer.status_code == 404
    assert "ETag" not in answer


def test_what_went_to_the_trash_is_404_whatever_a_program_has_kept(api, gallery):
    photo = make_ready(gallery)
    addresses = [f"{V1}/galleries/{gallery.uuid}/", f"{V1}/photos/{photo.uuid}/"]
    tags = [api.get(address)["ETag"] for address in addresses]
    trash_gallery(gallery)

    answers = [ask(api, *pair) for pair in zip(addresses, tags, strict=True)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_revoked_token_is_401_whatever_a_program_has_kept(api, gallery):
    etag = api.get(f"{V1}/galleries/")["ETag"]
    ApiToken.objects.all().delete()

    assert ask(api, f"{V1}/galleries/", etag).status_code == 401


def test_a_token_for_one_gallery_gets_no_304_for_all_of_them(api, gallery):
    make_gallery(owner=gallery.owner)
    etag = api.get(f"{V1}/galleries/")["ETag"]

    answer = ask(make_api_client(gallery.owner, gallery=gallery), f"{V1}/galleries/", etag)

    assert (answer.status_code, len(answer.json()["results"])) == (200, 1)


def test_a_compressed_answer_has_a_weak_tag_that_holds_as_well(api, gallery):
    make_ready(gallery)
    first = api.get(f"{V1}/photos/", headers={"Accept-Encoding": "gzip"})

    again = ask(api, f"{V1}/photos/", first["ETag"], **{"Accept-Encoding": "gzip"})

    assert first["Content-Encoding"] == "gzip"
    assert first["ETag"].startswith('W/"')
    assert again.status_code == 304


def test_a_program_may_keep_an_answer_and_a_browser_may_not(api, client, gallery):
    program, browser = api.get(f"{V1}/galleries/"), client.get(f"{V1}/galleries/")

    assert "no-store" not in program["Cache-Control"]
    assert {"private", "no-cache"} <= set(program["Cache-Control"].split(", "))
    assert "no-store" in browser["Cache-Control"]
    assert "ETag" not in browser


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_what_changes_something_has_no_tag(api, gallery, method):
    address = f"{V1}/galleries/{'' if method == 'post' else f'{gallery.uuid}/'}"
    body = {} if method == "delete" else {"name": "New"}

    answer = getattr(api, method)(address, body, format="json")

    assert answer.status_code in (200, 201, 204)
    assert "ETag" not in answer
    assert "no-store" in answer["Cache-Control"]


def test_what_is_streamed_has_no_tag(api, gallery):
    make_ready(gallery)

    answer = api.get(f"{V1}/photos/export.csv", headers={"If-None-Match": "*"})

    assert answer.status_code == 200
    assert "ETag" not in answer
    assert b"".join(answer.streaming_content)


def test_an_error_is_no_match_for_any_tag(api):
    answer = api.get(f"{V1}/photos/?sort=Smilling", headers={"If-None-Match": "*"})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_filter"


def test_a_picture_is_not_sent_again_until_it_is_gone(api, gallery):
    photo, _ = add_photo(gallery, make_upload())
    address = f"{V1}/photos/{photo.uuid}/picture.jpg"
    etag = api.get(address)["ETag"]

    kept = ask(api, address, etag)
    Photo.objects.all().delete()

    assert kept.status_code == 304
    assert ask(api, address, etag).status_code == 404
