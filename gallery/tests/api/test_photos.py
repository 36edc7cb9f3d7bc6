"""REST: photos and their faces."""

import io
import threading
import uuid

import pytest
from PIL import Image
from rest_framework.test import APIClient

from gallery.api import photos as views
from gallery.models import Face, Photo
from gallery.tests.factories import make_face, make_photo, make_user, make_version
from gallery.tests.pictures import make_upload
from gallery.uploads.decoder import Busy, decoder
from ml.attributes import NAMES

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos/"


def analyse(photo: Photo, **probabilities: float) -> Face:
    photo.status = Photo.Status.READY
    photo.model_version = make_version()
    photo.save()
    return make_face(photo, **probabilities)


def test_while_too_many_pictures_are_checked_the_answer_is_to_try_again(api, gallery, monkeypatch):
    def refuse(chunks, most_pixels):
        raise Busy("The site is busy.")

    monkeypatch.setattr(decoder, "decode", refuse)

    answer = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload()})

    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer.json()["error"]["code"] == "busy"


# --- Waiting ----------------------------------------------------------------------------------


def test_where_many_wait_the_answer_comes_at_once(api, gallery, monkeypatch):
    monkeypatch.setattr(views, "_waiting", threading.BoundedSemaphore(1))
    monkeypatch.setattr(views, "_wait_for", lambda *_: pytest.fail("it waits"))
    photo = make_photo(gallery=gallery)

    with views._waiting:
        answer = api.get(f"{PHOTOS}{photo.uuid}/?wait=30")

    assert answer.json()["status"] == "queued"


@pytest.mark.parametrize("wait", ["soon", "-1", "31", "nan", "1e3", "1.5"])
def test_a_wait_that_is_no_number_from_0_to_30_is_refused(api, gallery, wait):
    answer = api.post(f"{PHOTOS}?wait={wait}", {"gallery": gallery.uuid, "image": make_upload()})

    assert answer.status_code == 400
    assert "wait" in answer.json()["error"]["fields"]
    assert not Photo.objects.exists()


def test_waiting_for_a_finished_photo_takes_no_time(api, gallery):
    photo = make_photo(gallery=gallery, status="failed", failure="The file is gone.")

    answer = api.get(f"{PHOTOS}{photo.uuid}/?wait=30")

    assert answer.json()["failure"] == "The file is gone."


@pytest.mark.django_db(transaction=True)  # the poll closes its connection
def test_waiting_ends_when_time_is_up(api, gallery):
    photo = make_photo(gallery=gallery)

    answer = api.get(f"{PHOTOS}{photo.uuid}/?wait=1")

    assert answer.status_code == 200
    assert answer.json()["status"] == "queued"


@pytest.mark.django_db(transaction=True)  # the poll closes its connection
def test_a_waiting_upload_answers_as_soon_as_the_photo_is_analysed(api, gallery, monkeypatch):
    """Each pause of the poll is the worker's turn: it is done in the second one."""
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            analyse(Photo.objects.get(), smiling=0.9)

    monkeypatch.setattr("gallery.api.photos.time.sleep", pause)
    answer = api.post(f"{PHOTOS}?wait=30", {"gallery": gallery.uuid, "image": make_upload()})

    assert answer.status_code == 201
    assert answer.json()["status"] == "ready"
    assert len(answer.json()["faces"]) == 1
    assert len(pauses) == 2


@pytest.mark.django_db(transaction=True)  # the poll closes its connection
def test_a_photo_that_is_deleted_while_one_waits_answers_404(api, gallery, monkeypatch):
    photo = make_photo(gallery=gallery)

    monkeypatch.setattr("gallery.api.photos.time.sleep", lambda _: photo.delete())
    answer = api.get(f"{PHOTOS}{photo.uuid}/?wait=30")

    assert answer.status_code == 404


# --- Reading ----------------------------------------------------------------------------------


def test_a_photo_shows_its_faces_with_probabilities_and_decisions(api, gallery):
    version = make_version()
    photo = make_photo(gallery=gallery)
    face = analyse(photo, smiling=0.9, male=0.1, angle=-12.5)

    answer = api.get(f"{PHOTOS}{photo.uuid}/").json()

    (shown,) = answer["faces"]
    assert shown["id"] == str(face.uuid)
    assert shown["photo"] == str(photo.uuid)
    assert shown["box"] == {"x": 0.25, "y": 0.25, "w": 0.5, "h": 0.5}
    assert (shown["detector"], shown["score"], shown["found"]) == ("finder", 0.9, True)
    assert shown["angle"] == -12.5
    assert list(shown["probabilities"]) == list(NAMES)
    assert shown["probabilities"]["Smiling"] == 0.9
    decisions = shown["decisions"]
    assert [decisions[name] for name in ("Smiling", "Male", "Young")] == ["yes", "no", "unsure"]
    assert answer["model"] == {"name": "test", "hash": version.sha256[:8]}


def test_a_picture_without_a_face_says_so(api, gallery):
    photo = make_photo(gallery=gallery)
    analyse(photo, detector="whole", x=0, y=0, w=1, h=1)

    (face,) = api.get(f"{PHOTOS}{photo.uuid}/").json()["faces"]

    assert face["found"] is False


def test_without_an_active_model_there_are_no_decisions(api, gallery):
    photo = make_photo(gallery=gallery)
    analyse(photo)
    photo.model_version.is_active = False
    photo.model_version.save()

    (face,) = api.get(f"{PHOTOS}{photo.uuid}/").json()["faces"]

    assert face["decisions"] is None
    assert face["probabilities"]["Smiling"] == 0.5


def test_a_photo_links_to_its_page_and_pictures(api, gallery):
    photo = make_photo(gallery=gallery)

    answer = api.get(f"{PHOTOS}{photo.uuid}/").json()

    base = f"http://testserver{PHOTOS}{photo.uuid}/"
    assert answer["url"] == base
    assert answer["page"] == f"http://testserver/photos/{photo.uuid}/"
    assert answer["picture"] == f"{base}picture.jpg"
    assert answer["original"] is None
    assert answer["preview"] == f"{base}preview.jpg"
    assert answer["thumbnail"] == f"{base}thumbnail.webp"


def test_a_token_is_enough_for_the_pictures(api, gallery):
    photo = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload()}).json()
    analyse(Photo.objects.get())
    (face,) = api.get(photo["url"]).json()["faces"]

    for address in (photo["picture"], photo["preview"], photo["thumbnail"], face["crop"]):
        answer = api.get(address)
        picture = Image.open(io.BytesIO(answer.getvalue()))
        assert answer["Content-Type"] == picture.get_format_mimetype()


def test_the_original_has_an_address_that_sends_it(api, gallery):
    photo = api.post(PHOTOS, {"gallery": gallery.uuid, "image": make_upload()}).json()

    assert photo["original"] == f"{photo['url']}original/"
    answer = api.get(photo["original"])
    assert answer.getvalue() == make_upload().read()
    assert answer["Content-Disposition"] == 'attachment; filename="face.png"'


@pytest.mark.parametrize(
    "name", ["picture.jpg", "original/", "preview.jpg", "thumbnail.webp", "crop.webp"]
)
def test_the_pictures_of_others_are_not_there(api, name):
    face = make_face()
    folder = f"faces/{face.uuid}" if name == "crop.webp" else f"photos/{face.photo.uuid}"

    answer = api.get(f"/api/v1/{folder}/{name}")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_part_that_a_picture_does_not_have_answers_416_and_its_size(api, stored):
    address = f"/api/v1/photos/{stored.uuid}/picture.jpg"
    size = len(api.get(address).getvalue())

    answer = api.get(address, headers={"Range": "bytes=99999999-"})

    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{size}")
    assert answer.json()["error"]["code"] == "range_not_satisfiable"


def test_a_list_takes_the_same_queries_however_long_it_is(api, gallery, django_assert_num_queries):
    for _ in range(7):
        photo = make_photo(gallery=gallery)
        analyse(photo)
        make_face(photo)

    # two for the token, the active version, the photos, their faces, the answers about these
    with django_assert_num_queries(6):
        answer = api.get(PHOTOS)

    assert len(answer.json()["results"]) == 7


# --- Deleting and retrying --------------------------------------------------------------------


def test_a_deleted_photo_is_gone(api, gallery):
    photo = make_photo(gallery=gallery)

    answer = api.delete(f"{PHOTOS}{photo.uuid}/")

    assert answer.status_code == 204
    assert api.get(f"{PHOTOS}{photo.uuid}/").status_code == 404


def test_a_failed_photo_is_queued_again(api, gallery):
    photo = make_photo(gallery=gallery, status="failed", failure="Broken.", attempts=3)

    answer = api.post(f"{PHOTOS}{photo.uuid}/retry/")

    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["failure"]) == ("queued", "")


def test_only_a_failed_photo_can_be_tried_again(api, gallery):
    photo = make_photo(gallery=gallery)

    answer = api.post(f"{PHOTOS}{photo.uuid}/retry/")

    assert answer.status_code == 409
    assert answer.json()["error"]["message"].endswith("this one is queued.")


@pytest.mark.parametrize("method, path", [("get", ""), ("delete", ""), ("post", "retry/")])
@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_a_photo_that_is_not_mine_is_not_there(api, method, path, whose):
    photo = make_photo(status="failed")
    target = photo.uuid if whose == "somebody else's" else uuid.uuid4()

    answer = getattr(api, method)(f"{PHOTOS}{target}/{path}")

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Not found: it does not exist, or it is not yours."
    photo.refresh_from_db()
    assert photo.status == "failed"


def test_staff_sees_no_more_than_others():
    photo = make_photo()
    client = APIClient()
    client.force_login(make_user(is_staff=True))

    assert client.get(f"{PHOTOS}{photo.uuid}/").status_code == 404
    assert client.get(PHOTOS).json()["results"] == []


# --- Which files are known


KNOWN = "/api/v1/photos/known/"


def test_known_files_are_named_with_their_photos(api, gallery):
    photo = make_photo(gallery=gallery, original_bytes=1000)
    lost = make_photo(gallery=gallery, original_bytes=1000, is_lost=True)
    elsewhere = make_photo(original_bytes=1000)
    asked = [photo.sha256, lost.sha256, elsewhere.sha256, "0" * 64]

    response = api.post(KNOWN, {"gallery": gallery.uuid, "sha256": asked}, format="json")

    assert response.json() == {"known": {photo.sha256: str(photo.uuid)}}


@pytest.mark.parametrize(
    ("hashes", "words"),
    [
        (["0" * 63], "match"),
        (["A" * 64], "match"),
        (["0" * 64] * 1001, "no more than 1000"),
    ],
)
def test_what_is_no_hash_or_too_many_is_refused(api, gallery, hashes, words):
    response = api.post(KNOWN, {"gallery": gallery.uuid, "sha256": hashes}, format="json")

    assert response.status_code == 400
    assert words in str(response.json()["error"]["fields"])


def test_what_a_strangers_gallery_has_is_not_said(api):
    photo = make_photo()

    body = {"gallery": photo.gallery.uuid, "sha256": [photo.sha256]}

    assert api.post(KNOWN, body, format="json").status_code == 404
