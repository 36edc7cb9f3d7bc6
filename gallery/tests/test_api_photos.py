"""REST: photos, their faces, uploads."""

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from gallery.models import Face, Photo
from gallery.tests.factories import (
    make_api_client,
    make_face,
    make_gallery,
    make_photo,
    make_user,
    make_version,
)
from ml.attributes import NAMES

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos/"


@pytest.fixture
def gallery():
    return make_gallery()


@pytest.fixture
def client(gallery):
    return make_api_client(gallery.owner)


def picture(colour: str = "teal", name: str = "face.png") -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (120, 90), colour).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue())


def analyse(photo: Photo, **probabilities: float) -> Face:
    photo.status = Photo.Status.READY
    photo.model_version = make_version()
    photo.save()
    return make_face(photo, **probabilities)


# --- Uploading --------------------------------------------------------------------------------


def test_an_upload_answers_201_with_the_queued_photo(client, gallery):
    answer = client.post(PHOTOS, {"gallery": gallery.uuid, "image": picture()})

    assert answer.status_code == 201, answer.content
    photo = answer.json()
    assert (photo["status"], photo["name"], photo["faces"]) == ("queued", "face.png", [])
    assert (photo["width"], photo["height"]) == (120, 90)
    assert photo["gallery"] == str(gallery.uuid)
    assert answer["Location"] == photo["url"]
    assert client.get(answer["Location"]).json() == photo


def test_the_same_file_again_answers_200_with_the_photo_that_is_there(client, gallery):
    first = client.post(PHOTOS, {"gallery": gallery.uuid, "image": picture()})

    second = client.post(PHOTOS, {"gallery": gallery.uuid, "image": picture(name="again.png")})

    assert second.status_code == 200
    assert second.json() == first.json()
    assert Photo.objects.count() == 1


def test_a_session_uploads_only_with_its_csrf_token(gallery):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(gallery.owner)

    answer = client.post(PHOTOS, {"gallery": gallery.uuid, "image": picture()})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission_denied"
    assert not Photo.objects.exists()


def test_a_session_with_its_csrf_token_uploads(gallery):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(gallery.owner)
    client.cookies["csrftoken"] = "x" * 32

    answer = client.post(
        PHOTOS, {"gallery": gallery.uuid, "image": picture()}, headers={"X-CSRFToken": "x" * 32}
    )

    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_an_upload_into_a_gallery_that_is_not_mine_answers_404(client, whose):
    target = make_gallery().uuid if whose == "somebody else's" else uuid.uuid4()

    answer = client.post(PHOTOS, {"gallery": target, "image": picture()})

    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": "not_found",
            "message": "Nothing is here, or it is not yours.",
            "fields": {},
        }
    }
    assert not Photo.objects.exists()


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 broken"])
def test_what_is_no_picture_answers_400_with_the_reason(client, gallery, content, settings):
    upload = SimpleUploadedFile("face.jpg", content, "image/jpeg")

    answer = client.post(PHOTOS, {"gallery": gallery.uuid, "image": upload})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_image"
    assert len(error["fields"]["image"]) == 1
    assert not Photo.objects.exists()
    assert not settings.MEDIA_ROOT.exists()


def test_an_upload_without_fields_names_both(client):
    answer = client.post(PHOTOS, {}, format="multipart")

    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"gallery", "image"}


def test_an_image_that_is_text_is_refused(client, gallery):
    answer = client.post(PHOTOS, {"gallery": gallery.uuid, "image": "face.png"})

    assert answer.status_code == 400
    assert "image" in answer.json()["error"]["fields"]


def test_a_broken_gallery_id_is_refused(client):
    answer = client.post(PHOTOS, {"gallery": "7", "image": picture()})

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {"gallery": ["Must be a valid UUID."]}


@pytest.mark.parametrize("extra", ["image", "other"])
def test_two_files_in_one_request_are_refused(client, gallery, extra):
    files = {"image": [picture()]}
    files.setdefault(extra, []).append(picture("red"))

    answer = client.post(PHOTOS, {"gallery": gallery.uuid, **files})

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"]["image"] == ["Send one picture in each request."]
    assert not Photo.objects.exists()


def test_a_file_over_the_limit_is_refused(client, gallery, settings):
    settings.MAX_UPLOAD_BYTES = 100

    answer = client.post(PHOTOS, {"gallery": gallery.uuid, "image": picture()})

    assert answer.status_code == 400
    assert "larger than 100" in answer.json()["error"]["fields"]["image"][0]


def test_a_body_far_over_the_limit_is_refused_unread(client):
    answer = client.post(PHOTOS, {}, CONTENT_LENGTH=str(10**10))

    assert answer.status_code == 400
    assert "larger than 25.0" in answer.json()["error"]["fields"]["image"][0]


def test_fields_that_are_not_for_people_to_set_are_ignored(client, gallery):
    other = make_gallery()

    answer = client.post(
        PHOTOS,
        {"gallery": gallery.uuid, "image": picture(), "status": "ready", "owner": other.owner.pk},
    )

    assert answer.json()["status"] == "queued"
    assert Photo.objects.get().gallery == gallery


# --- Waiting ----------------------------------------------------------------------------------


@pytest.mark.parametrize("wait", ["soon", "-1", "31", "nan", "1e3", "1.5"])
def test_a_wait_that_is_no_number_from_0_to_30_is_refused(client, gallery, wait):
    answer = client.post(f"{PHOTOS}?wait={wait}", {"gallery": gallery.uuid, "image": picture()})

    assert answer.status_code == 400
    assert "wait" in answer.json()["error"]["fields"]
    assert not Photo.objects.exists()


def test_waiting_for_a_finished_photo_takes_no_time(client, gallery):
    photo = make_photo(gallery=gallery, status="failed", failure="The file is gone.")

    answer = client.get(f"{PHOTOS}{photo.uuid}/?wait=30")

    assert answer.json()["failure"] == "The file is gone."


@pytest.mark.django_db(transaction=True)  # the poll closes its connection
def test_waiting_ends_when_time_is_up(client, gallery):
    photo = make_photo(gallery=gallery)

    answer = client.get(f"{PHOTOS}{photo.uuid}/?wait=1")

    assert answer.status_code == 200
    assert answer.json()["status"] == "queued"


@pytest.mark.django_db(transaction=True)  # the poll closes its connection
def test_a_waiting_upload_answers_as_soon_as_the_photo_is_analysed(client, gallery, monkeypatch):
    """Each pause of the poll is the worker's turn: it is done in the second one."""
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            analyse(Photo.objects.get(), smiling=0.9)

    monkeypatch.setattr("gallery.api.views.time.sleep", pause)
    answer = client.post(f"{PHOTOS}?wait=30", {"gallery": gallery.uuid, "image": picture()})

    assert answer.status_code == 201
    assert answer.json()["status"] == "ready"
    assert len(answer.json()["faces"]) == 1
    assert len(pauses) == 2


@pytest.mark.django_db(transaction=True)  # the poll closes its connection
def test_a_photo_that_is_deleted_while_one_waits_answers_404(client, gallery, monkeypatch):
    photo = make_photo(gallery=gallery)

    monkeypatch.setattr("gallery.api.views.time.sleep", lambda _: photo.delete())
    answer = client.get(f"{PHOTOS}{photo.uuid}/?wait=30")

    assert answer.status_code == 404


# --- Reading ----------------------------------------------------------------------------------


def test_a_photo_shows_its_faces_with_probabilities_and_decisions(client, gallery):
    version = make_version()
    photo = make_photo(gallery=gallery)
    face = analyse(photo, smiling=0.9, male=0.1, angle=-12.5)

    answer = client.get(f"{PHOTOS}{photo.uuid}/").json()

    (shown,) = answer["faces"]
    assert shown["id"] == str(face.uuid)
    assert shown["photo"] == str(photo.uuid)
    assert shown["box"] == {"x": 0.25, "y": 0.25, "w": 0.5, "h": 0.5}
    assert (shown["detector"], shown["score"], shown["found"]) == ("haar", 0.9, True)
    assert shown["angle"] == -12.5
    assert list(shown["probabilities"]) == list(NAMES)
    assert shown["probabilities"]["Smiling"] == 0.9
    decisions = shown["decisions"]
    assert [decisions[name] for name in ("Smiling", "Male", "Young")] == ["yes", "no", "unsure"]
    assert answer["model"] == {"name": "test", "hash": version.sha256[:8]}


def test_a_picture_without_a_face_says_so(client, gallery):
    photo = make_photo(gallery=gallery)
    analyse(photo, detector="whole", x=0, y=0, w=1, h=1)

    (face,) = client.get(f"{PHOTOS}{photo.uuid}/").json()["faces"]

    assert face["found"] is False


def test_without_an_active_model_there_are_no_decisions(client, gallery):
    photo = make_photo(gallery=gallery)
    analyse(photo)
    photo.model_version.is_active = False
    photo.model_version.save()

    (face,) = client.get(f"{PHOTOS}{photo.uuid}/").json()["faces"]

    assert face["decisions"] is None
    assert face["probabilities"]["Smiling"] == 0.5


def test_a_photo_links_to_its_page_and_pictures(client, gallery):
    photo = make_photo(gallery=gallery)

    answer = client.get(f"{PHOTOS}{photo.uuid}/").json()

    base = f"http://testserver{PHOTOS}{photo.uuid}/"
    assert answer["url"] == base
    assert answer["page"] == f"http://testserver/photos/{photo.uuid}/"
    assert answer["picture"] == f"{base}picture.jpg"
    assert answer["preview"] == f"{base}preview.jpg"
    assert answer["thumbnail"] == f"{base}thumbnail.jpg"


def test_a_token_is_enough_for_the_pictures(client, gallery):
    photo = client.post(PHOTOS, {"gallery": gallery.uuid, "image": picture()}).json()
    analyse(Photo.objects.get())
    (face,) = client.get(photo["url"]).json()["faces"]

    for address in (photo["picture"], photo["preview"], photo["thumbnail"], face["crop"]):
        answer = client.get(address)
        assert answer["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.getvalue())).format == "JPEG"


@pytest.mark.parametrize("name", ["picture", "preview", "thumbnail", "crop"])
def test_the_pictures_of_others_are_not_there(client, name):
    face = make_face()
    folder = f"faces/{face.uuid}" if name == "crop" else f"photos/{face.photo.uuid}"

    answer = client.get(f"/api/v1/{folder}/{name}.jpg")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_answers_are_never_cached(client):
    answer = client.get(PHOTOS)

    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


def test_a_list_takes_the_same_queries_however_long_it_is(
    client, gallery, django_assert_num_queries
):
    for _ in range(7):
        photo = make_photo(gallery=gallery)
        analyse(photo)
        make_face(photo)

    # two for the token, the active version, the photos, their faces, the answers about these
    with django_assert_num_queries(6):
        answer = client.get(PHOTOS)

    assert len(answer.json()["results"]) == 7


# --- Deleting and retrying --------------------------------------------------------------------


def test_a_deleted_photo_is_gone(client, gallery):
    photo = make_photo(gallery=gallery)

    answer = client.delete(f"{PHOTOS}{photo.uuid}/")

    assert answer.status_code == 204
    assert client.get(f"{PHOTOS}{photo.uuid}/").status_code == 404


def test_a_failed_photo_is_queued_again(client, gallery):
    photo = make_photo(gallery=gallery, status="failed", failure="Broken.", attempts=3)

    answer = client.post(f"{PHOTOS}{photo.uuid}/retry/")

    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["failure"]) == ("queued", "")


def test_only_a_failed_photo_can_be_tried_again(client, gallery):
    photo = make_photo(gallery=gallery)

    answer = client.post(f"{PHOTOS}{photo.uuid}/retry/")

    assert answer.status_code == 409
    assert answer.json()["error"]["message"].endswith("this one is queued.")


@pytest.mark.parametrize("method, path", [("get", ""), ("delete", ""), ("post", "retry/")])
@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_a_photo_that_is_not_mine_is_not_there(client, method, path, whose):
    photo = make_photo(status="failed")
    target = photo.uuid if whose == "somebody else's" else uuid.uuid4()

    answer = getattr(client, method)(f"{PHOTOS}{target}/{path}")

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Nothing is here, or it is not yours."
    photo.refresh_from_db()
    assert photo.status == "failed"


def test_staff_sees_no_more_than_others():
    photo = make_photo()
    client = APIClient()
    client.force_login(make_user(is_staff=True))

    assert client.get(f"{PHOTOS}{photo.uuid}/").status_code == 404
    assert client.get(PHOTOS).json()["results"] == []
