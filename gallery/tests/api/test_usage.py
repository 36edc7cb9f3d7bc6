"""REST: how much a person keeps, and may keep."""

import pytest

from gallery.models import Quota
from gallery.tests.factories import make_api_client, make_gallery, make_photo
from gallery.tests.pictures import make_upload

pytestmark = pytest.mark.django_db

USAGE, PHOTOS = "/api/v1/usage/", "/api/v1/photos/"


def test_without_a_quota_there_is_no_limit(api):
    nothing = {"used": 0, "limit": None}

    assert api.get(USAGE).json() == {"photos": nothing, "bytes": nothing}


def test_all_galleries_count_whichever_the_token_opens(gallery, settings):
    settings.QUOTA_PHOTOS, settings.QUOTA_BYTES = 5, 10_000
    make_photo(gallery=gallery), make_photo(gallery=make_gallery(owner=gallery.owner))
    make_photo()
    Quota.objects.create(person=gallery.owner, photos=7)

    api = make_api_client(gallery.owner, gallery=gallery)

    assert api.get(USAGE).json() == {
        "photos": {"used": 2, "limit": 7},
        "bytes": {"used": 2000, "limit": 10_000},
    }


def test_an_upload_beyond_the_quota_answers_403_and_says_what_to_do(api, gallery, settings):
    settings.QUOTA_PHOTOS = 1
    make_photo(gallery=gallery)

    answer = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload()})

    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["code"] == "quota_exceeded"
    assert error["message"].startswith("You have 1 of 1 photos. Delete photos")
