"""REST: uploads."""

import uuid

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape
from rest_framework.test import APIClient

from gallery.models import Photo
from gallery.tests.factories import make_face, make_gallery
from gallery.tests.pictures import make_upload

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos/"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467.jpg"  # one sign, of three and what joins them


def test_an_upload_answers_201_with_the_queued_photo(api, gallery):
    answer = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload()})

    assert answer.status_code == 201, answer.content
    photo = answer.json()
    assert (photo["status"], photo["name"], photo["faces"]) == ("queued", "face.png", [])
    assert (photo["width"], photo["height"]) == (120, 90)
    assert photo["gallery"] == str(gallery.uuid)
    assert answer["Location"] == photo["url"]
    assert api.get(answer["Location"]).json() == photo


def test_the_same_file_again_answers_200_with_the_photo_that_is_there(api, gallery):
    first = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload()})

    second = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload("again.png")})

    assert second.status_code == 200
    assert second.json() == first.json()
    assert Photo.objects.count() == 1


def test_a_session_uploads_only_with_its_csrf_token(gallery):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(gallery.owner)

    answer = client.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload()})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission_denied"
    assert not Photo.objects.exists()


def test_a_session_with_its_csrf_token_uploads(gallery):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(gallery.owner)
    client.cookies[settings.CSRF_COOKIE_NAME] = "x" * 32

    answer = client.post(
        PHOTOS, {"gallery": gallery.uuid, "image": make_upload()}, headers={"X-CSRFToken": "x" * 32}
    )

    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_an_upload_into_a_gallery_that_is_not_mine_answers_404(api, whose):
    target = make_gallery().uuid if whose == "somebody else's" else uuid.uuid4()

    answer = api.post(PHOTOS, {"gallery": target, "image": make_upload()})

    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": "not_found",
            "message": "Not found: it does not exist, or it is not yours.",
            "fields": {},
        }
    }
    assert not Photo.objects.exists()


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 broken"])
def test_what_is_no_picture_answers_400_with_the_reason(api, gallery, content, settings):
    upload = SimpleUploadedFile("face.jpg", content, "image/jpeg")

    answer = api.post(PHOTOS, {"gallery": gallery.uuid, "image": upload})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_image"
    assert len(error["fields"]["image"]) == 1
    assert not Photo.objects.exists()
    assert not settings.MEDIA_ROOT.exists()


def test_an_upload_without_fields_names_both(api):
    answer = api.post(PHOTOS, {}, format="multipart")

    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"gallery", "image"}


def test_an_image_that_is_text_is_refused(api, gallery):
    answer = api.post(PHOTOS, {"gallery": gallery.uuid, "image": "face.png"})

    assert answer.status_code == 400
    assert "image" in answer.json()["error"]["fields"]


def test_a_broken_gallery_id_is_refused(api):
    answer = api.post(PHOTOS, {"gallery": "7", "image": make_upload()})

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {"gallery": ["Must be a valid UUID."]}


@pytest.mark.parametrize("extra", ["image", "other"])
def test_two_files_in_one_request_are_refused(api, gallery, extra):
    files = {"image": [make_upload()]}
    files.setdefault(extra, []).append(make_upload(colour="red"))

    answer = api.post(PHOTOS, {"gallery": gallery.uuid, **files})

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"]["image"] == ["Send one picture in each request."]
    assert not Photo.objects.exists()


def test_a_file_over_the_limit_is_refused(api, gallery, settings):
    settings.MAX_UPLOAD_BYTES = 100

    answer = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload()})

    assert answer.status_code == 400
    assert "larger than 100" in answer.json()["error"]["fields"]["image"][0]


def test_a_body_far_over_the_limit_is_refused_unread(api):
    answer = api.post(PHOTOS, {}, CONTENT_LENGTH=str(10**10))

    assert answer.status_code == 400
    assert "larger than 25.0" in answer.json()["error"]["fields"]["image"][0]


def test_fields_that_are_not_for_people_to_set_are_ignored(api, gallery):
    other = make_gallery()

    answer = api.post(
        PHOTOS,
        {
            "gallery": gallery.uuid,
            "image": make_upload(),
            "status": "ready",
            "owner": other.owner.pk,
        },
    )

    assert answer.json()["status"] == "queued"
    assert Photo.objects.get().gallery == gallery


@pytest.mark.parametrize("name", ["Tom &amp; Jerry.jpg", "3.04\u202fPM.png", FAMILY, "Dr. Who.jpg"])
def test_the_name_of_a_file_is_kept_in_answers_pages_and_exports(api, gallery, name):
    answer = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload(name)}).json()
    make_face(Photo.objects.get())
    Photo.objects.update(status=Photo.Status.READY)
    api.force_login(gallery.owner)

    page = api.get(f"{gallery.get_absolute_url()}").content.decode()
    export = api.get(f"{PHOTOS}export.csv", {"gallery": gallery.uuid}).getvalue().decode()

    assert answer["name"] == name
    assert escape(name) in page
    assert name in export
