"""REST: many photos at once, and the trash."""

import io
import uuid
from zipfile import ZipFile

import pytest

from gallery.api import bulk
from gallery.library import trash
from gallery.models import Gallery, Photo
from gallery.tests.factories import make_api_client, make_gallery, make_photo, make_ready
from gallery.tests.pictures import make_upload
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db

PHOTOS, TRASH = "/api/v1/photos/", "/api/v1/trash/"


@pytest.fixture
def post(api):
    """Sends JSON. Returns the status and the answer."""

    def send(address: str, **body):
        answer = api.post(address, body, format="json")
        return answer.status_code, answer.json()

    return send


def ids(*photos: Photo) -> list[str]:
    return [str(photo.uuid) for photo in photos]


def visible(gallery: Gallery) -> set[Photo]:
    return set(Photo.objects.visible_to(gallery.owner))


def test_a_deleted_photo_is_in_the_trash(api, gallery):
    photo = make_photo(gallery=gallery)

    assert api.delete(f"{PHOTOS}{photo.uuid}/").status_code == 204

    assert api.get(f"{PHOTOS}{photo.uuid}/").status_code == 404
    (row,) = api.get(TRASH).json()["results"]
    assert (row["id"], row["gallery"]) == (str(photo.uuid), str(gallery.uuid))
    assert row["deleted_at"] < row["goes_at"]


def test_named_photos_are_deleted_and_restored(post, gallery):
    first, second, kept = (make_photo(gallery=gallery) for _ in range(3))

    status, answer = post(f"{PHOTOS}delete/", photos=ids(first, second))

    assert (status, answer["count"], visible(gallery)) == (200, 2, {kept})
    assert post(f"{TRASH}restore/", photos=ids(first)) == (200, {"count": 1, "stayed": 0})
    assert post(f"{TRASH}restore/", batch=answer["batch"]) == (200, {"count": 1, "stayed": 0})
    assert visible(gallery) == {first, second, kept}


def test_what_matches_a_filter_is_deleted(post, gallery):
    smiling, other = make_ready(gallery, smiling=0.9), make_ready(gallery, smiling=0.1)
    elsewhere = make_ready(make_gallery(owner=gallery.owner), smiling=0.9)

    status, answer = post(f"{PHOTOS}delete/", gallery=str(gallery.uuid), attrs="Smiling")

    assert (status, answer["count"]) == (200, 1)
    assert visible(gallery) == {other, elsewhere} and smiling not in visible(gallery)


def test_if_one_photo_is_not_mine_nothing_is_deleted(post, gallery):
    mine, other = make_photo(gallery=gallery), make_photo()

    status, answer = post(f"{PHOTOS}delete/", photos=ids(mine, other))

    assert (status, answer["error"]["code"]) == (404, "not_found")
    assert visible(gallery) == {mine}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "either photos or gallery"),
        ({"photos": []}, "photos:"),
        ({"photos": [str(uuid.uuid4())], "gallery": str(uuid.uuid4())}, "either photos or"),
        ({"photos": [str(uuid.uuid4())], "attrs": "Smiling"}, "attrs: Unknown field."),
        ({"gallery": str(uuid.uuid4()), "atrs": "Smiling"}, "atrs: Unknown field."),
        ({"photos": "all"}, "photos:"),
        ({"gallery": 1}, "gallery:"),
    ],
)
def test_a_body_that_is_not_clear_deletes_nothing(post, gallery, body, words):
    photo = make_photo(gallery=gallery)

    status, answer = post(f"{PHOTOS}delete/", **body)

    assert status == 400 and words in answer["error"]["message"]
    assert visible(gallery) == {photo}


def test_a_broken_filter_deletes_nothing(post, gallery):
    photo = make_photo(gallery=gallery)

    status, answer = post(f"{PHOTOS}delete/", gallery=str(gallery.uuid), attrs="Smilling")

    assert (status, answer["error"]["code"]) == (400, "bad_filter")
    assert visible(gallery) == {photo}


def test_too_many_photos_at_once_are_refused(post):
    uuids = [str(uuid.uuid4()) for _ in range(bulk.MOST_PHOTOS + 1)]

    assert post(f"{PHOTOS}delete/", photos=uuids)[0] == 400


def test_photos_move_and_those_that_are_there_stay(post, gallery):
    target = make_gallery(owner=gallery.owner)
    red, blue = (add_photo(gallery, make_upload(colour=colour))[0] for colour in ("red", "blue"))
    add_photo(target, make_upload(colour="red"))

    moved = post(f"{PHOTOS}move/", photos=ids(red, blue), to=str(target.uuid))

    assert moved == (200, {"count": 1, "stayed": 1})
    assert list(gallery.photos.all()) == [red]


def test_photos_are_copied_up_to_a_limit(post, gallery, monkeypatch):
    target = make_gallery(owner=gallery.owner)
    red, _ = (add_photo(gallery, make_upload(colour=colour)) for colour in ("red", "blue"))

    copied = post(f"{PHOTOS}copy/", photos=ids(red[0]), to=str(target.uuid))

    assert copied == (200, {"count": 1, "stayed": 0, "missing": 0, "problem": ""})
    monkeypatch.setattr(bulk, "MOST_PHOTOS", 1)
    status, answer = post(f"{PHOTOS}copy/", gallery=str(gallery.uuid), to=str(target.uuid))
    assert status == 400 and "2 photos match" in answer["error"]["message"]


def test_nothing_goes_to_a_gallery_that_is_not_mine(post, gallery):
    photo, other = make_photo(gallery=gallery), make_gallery()

    for name in ("move", "copy"):
        assert post(f"{PHOTOS}{name}/", photos=ids(photo), to=str(other.uuid))[0] == 404


def test_a_token_for_one_gallery_neither_deletes_nor_restores_elsewhere(gallery):
    second = make_gallery(owner=gallery.owner)
    photo, gone = make_photo(gallery=gallery), make_photo(gallery=gallery)
    trash.trash_photos(Photo.objects.filter(pk=gone.pk))
    api = make_api_client(gallery.owner, gallery=second)

    for address, chosen in ((f"{PHOTOS}delete/", photo), (f"{TRASH}restore/", gone)):
        answer = api.post(address, {"photos": ids(chosen)}, format="json")
        assert answer.status_code == 404
    assert api.get(TRASH).json()["results"] == []
    assert api.post(f"{TRASH}empty/").json() == {"count": 0}


def test_photos_of_the_trash_are_deleted_for_good(post, gallery):
    first, second = (make_photo(gallery=gallery) for _ in range(2))
    trash.trash_photos(gallery.photos.all())

    assert post(f"{TRASH}erase/", photos=ids(first)) == (200, {"count": 1})
    assert list(Photo.objects.all()) == [second]
    assert post(f"{TRASH}empty/") == (200, {"count": 1})
    assert not Photo.objects.exists()


def test_the_trash_is_a_list_in_pages_what_went_last_first(api, gallery):
    photos = [make_photo(gallery=gallery) for _ in range(3)]
    for photo in (photos[1], photos[0], photos[2]):
        trash.trash_photos(Photo.objects.filter(pk=photo.pk))

    first = api.get(f"{TRASH}?page_size=2").json()
    rest = api.get(first["next"]).json()

    rows = [row["id"] for row in first["results"] + rest["results"]]
    assert rows == ids(photos[2], photos[0], photos[1]) and rest["next"] is None


def test_a_deleted_gallery_is_listed_and_comes_back(api, gallery):
    photo = make_photo(gallery=gallery)
    assert api.delete(f"/api/v1/galleries/{gallery.uuid}/").status_code == 204
    (row,) = api.get(f"{TRASH}galleries/").json()["results"]
    assert (row["id"], row["name"]) == (str(gallery.uuid), gallery.name)

    back = api.post(f"{TRASH}galleries/{gallery.uuid}/restore/")

    assert back.status_code == 200 and back.json()["photos"]["queued"] == 1
    assert visible(gallery) == {photo}


def test_a_gallery_of_the_trash_is_deleted_for_good(api, gallery):
    make_photo(gallery=gallery)
    trash.trash_gallery(gallery)

    assert api.delete(f"{TRASH}galleries/{gallery.uuid}/").status_code == 204
    assert not Gallery.objects.exists() and not Photo.objects.exists()


def test_the_pictures_of_a_filter_come_as_a_zip_file(api, gallery):
    for colour in ("red", "blue"):
        add_photo(gallery, make_upload(colour=colour))

    answer = api.get(f"{PHOTOS}pictures.zip?gallery={gallery.uuid}")

    archive = ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert len(archive.namelist()) == 2 and archive.testzip() is None


def test_the_originals_of_a_filter_come_where_they_are_kept(api, gallery, settings):
    add_photo(gallery, make_upload("kept.png"))
    settings.KEEP_ORIGINALS = False
    add_photo(gallery, make_upload("clean.png", colour="blue"))

    answer = api.get(f"{PHOTOS}pictures.zip?gallery={gallery.uuid}&originals=true")

    archive = ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archive.namelist() == ["clean.jpg", "kept.png"]
    assert archive.read("kept.png") == make_upload().read()
