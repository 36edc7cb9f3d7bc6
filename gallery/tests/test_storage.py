"""Pictures in a bucket, and a storage that fails: what people read, and what is left of it."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.urls import reverse

from celebattr import bucket
from gallery import storage
from gallery.library import sweep
from gallery.library.deletion import delete_photos
from gallery.models import Photo
from gallery.models.photo import MAX_ATTEMPTS
from gallery.models.picture import MISSING, PictureError
from gallery.storage import AWAY, StorageError, StorageFull
from gallery.tests.buckets import FailingServer, address_of, impatient, s3_server, storages_at
from gallery.tests.factories import make_face, make_gallery, make_photo, make_stored_photo, reload
from gallery.tests.pictures import files_of, make_upload, stored_files
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db

FAILURES = {
    "denied": {"status": 403, "code": "AccessDenied"},
    "no bucket": {"status": 404, "code": "NoSuchBucket"},
    "broken": {"status": 500, "code": "InternalError"},
    "busy": {"status": 503, "code": "SlowDown"},
    "silent": {"silent": True},
}


@pytest.fixture
def in_a_bucket(settings):
    """Pictures are kept in a bucket of a server that works."""
    with s3_server() as server:
        settings.STORAGES = storages_at(address_of(server))
        yield


@pytest.fixture
def fail(settings, monkeypatch):
    """From when it is called, the storage is a server that fails in that way."""
    servers = []

    def start(how: str = "denied") -> None:
        servers.append(FailingServer(**FAILURES.get(how, {})))
        settings.STORAGES = storages_at(servers[-1].address)
        if how == "gone":
            servers.pop().close()

    impatient(monkeypatch)
    yield start
    for server in servers:
        server.close()


# --- A bucket that works


def test_a_photo_is_kept_read_and_deleted(in_a_bucket):
    photo, created = add_photo(make_gallery(), make_upload())

    assert created
    assert list(storage.names()) == files_of(photo)
    assert photo.open_picture((64, 64)).size == (photo.width, photo.height)
    photo.delete_files()
    assert list(storage.names()) == []


def test_a_picture_that_is_not_in_the_bucket_is_missing(in_a_bucket):
    with pytest.raises(PictureError, match=MISSING):
        make_photo().open_file()


def test_a_picture_is_served_from_the_bucket(in_a_bucket, client):
    photo, _ = add_photo(make_gallery(), make_upload())
    client.force_login(photo.gallery.owner)

    response = client.get(reverse("gallery:picture", args=[photo.uuid]))

    content = response.getvalue()
    assert content.startswith(b"\xff\xd8") and int(response["Content-Length"]) == len(content)


def test_a_part_of_a_picture_is_served_from_the_bucket(in_a_bucket, client):
    photo, _ = add_photo(make_gallery(), make_upload())
    client.force_login(photo.gallery.owner)
    address = reverse("gallery:picture", args=[photo.uuid])
    content = client.get(address).getvalue()

    response = client.get(address, headers={"Range": "bytes=100-299"})

    assert response["Content-Range"] == f"bytes 100-299/{len(content)}"
    assert response.getvalue() == content[100:300]


def test_a_large_picture_goes_through_a_file(in_a_bucket, monkeypatch):
    monkeypatch.setattr(bucket, "IN_MEMORY", 1000)
    storage.save("ab/large.jpg", bytes(5000))

    with storage.open_file("ab/large.jpg") as file:
        assert file.read() == bytes(5000)


def test_names_come_page_by_page(in_a_bucket, monkeypatch):
    for number in range(5):
        storage.save(f"0{number}/file.jpg", b"")
    client = default_storage.connection.meta.client
    listing, pages = client.list_objects_v2, []

    def list_two(**options):
        pages.append(1)
        return listing(MaxKeys=2, **options)

    monkeypatch.setattr(client, "list_objects_v2", list_two)

    assert list(storage.names()) == [f"0{number}/file.jpg" for number in range(5)]
    assert len(pages) == 3


def test_the_sweep_deletes_files_of_the_bucket_that_have_no_photo(in_a_bucket, monkeypatch):
    monkeypatch.setattr(sweep, "CHUNK", 2)
    monkeypatch.setattr(sweep, "ORPHAN_AGE", timedelta(0))
    photo, _ = add_photo(make_gallery(), make_upload())
    lost, _ = add_photo(photo.gallery, make_upload(colour="red"))
    Photo.objects.filter(pk=lost.pk).delete()
    storage.check()

    assert sweep.remove_orphans() == 2

    assert set(storage.names()) == {*files_of(photo), storage.PROBE}


def test_all_threads_share_one_client(in_a_bucket):
    with ThreadPoolExecutor(2) as pool:
        seen = set(pool.map(lambda _: id(default_storage.connection), range(4)))

    assert seen == {id(default_storage.connection)}


# --- One that fails


@pytest.mark.parametrize("how", [*FAILURES, "gone"])
def test_an_upload_is_refused_in_words_and_leaves_no_row(gallery, api, fail, how):
    fail(how)

    form = {"gallery": str(gallery.uuid), "image": make_upload()}
    response = api.post("/api/v1/photos/", form, format="multipart")

    assert response.status_code == 503 and response["Retry-After"] == "30"
    assert response.json()["error"] == {
        "code": "storage_unavailable",
        "message": AWAY,
        "fields": {},
    }
    assert not Photo.objects.exists()


@pytest.mark.parametrize("status, code", [(507, "XMinioStorageFull"), (403, "QuotaExceeded")])
def test_a_full_bucket_is_said_to_be_full(gallery, api, fail, monkeypatch, status, code):
    monkeypatch.setitem(FAILURES, "full", {"status": status, "code": code})
    fail("full")

    form = {"gallery": str(gallery.uuid), "image": make_upload()}
    response = api.post("/api/v1/photos/", form, format="multipart")

    assert response.status_code == 507
    assert "no space left" in response.json()["error"]["message"]


def test_the_page_says_why_and_keeps_the_file_to_be_sent_again(client, gallery, fail):
    fail()
    address = reverse("gallery:upload", args=[gallery.uuid])

    scripted = client.post(
        address, {"image": make_upload()}, headers={"Accept": "application/json"}
    )
    plain = client.post(address, {"image": make_upload()}, follow=True)

    assert (scripted.status_code, scripted.json()) == (503, {"status": "lost", "reason": AWAY})
    assert f"face.png: {AWAY}" in plain.content.decode()


@pytest.mark.parametrize("address", ["gallery:picture", "gallery:crop", "api:picture", "api:crop"])
def test_a_picture_that_cannot_be_fetched_is_a_503(client, stored, fail, address):
    fail()
    uuid = make_face(stored).uuid if "crop" in address else stored.uuid

    response = client.get(reverse(address, args=[uuid]))

    assert response.status_code == 503
    assert AWAY in response.content.decode()
    assert response["Content-Type"].startswith("application/json" if "api" in address else "text/p")


def test_photos_are_deleted_and_their_files_left_to_the_sweep(
    stored, fail, django_capture_on_commit_callbacks
):
    fail()

    with django_capture_on_commit_callbacks(execute=True):
        delete_photos(Photo.objects.all())

    assert not Photo.objects.exists()


def test_a_body_that_trickles_in_is_given_up(in_a_bucket, monkeypatch):
    storage.save("ab/slow.jpg", b"slow")
    monkeypatch.setattr(bucket, "FETCH_SECONDS", -1)

    with pytest.raises(StorageError):
        storage.open_file("ab/slow.jpg")


def test_a_file_that_the_first_try_left_is_written_over(in_a_bucket):
    storage.save("ab/twice.jpg", b"first")
    storage.save("ab/twice.jpg", b"second")

    assert storage.open_file("ab/twice.jpg").read() == b"second"


@pytest.mark.parametrize("number, kind", [(errno.ENOSPC, StorageFull), (errno.EIO, StorageError)])
def test_a_folder_fails_in_the_same_words(monkeypatch, number, kind):
    def fail(*args):
        raise OSError(number, "it fails")

    monkeypatch.setattr(FileSystemStorage, "save", fail)

    with pytest.raises(StorageError) as error:
        storage.check()
    assert type(error.value) is kind


# --- The worker


def test_photos_wait_for_the_storage_without_using_up_their_attempts(lab, fail, monkeypatch):
    photo = make_photo()
    fail()

    pauses = []
    for _ in range(8):
        monkeypatch.setattr(lab.analyst, "_resumes", 0.0)
        lab.analyst.analyse_batch()
        pauses.append(lab.analyst._pause)

    photo = reload(photo)
    assert (photo.status, photo.attempts, photo.failure) == (Photo.Status.QUEUED, 0, "")
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]


def test_nothing_is_claimed_during_a_pause(lab, fail):
    make_photo()
    fail()
    lab.analyst.analyse_batch()

    assert lab.analyst.analyse_batch() == 0


def test_photos_are_analysed_once_the_storage_is_back(lab, fail, settings, monkeypatch):
    photo, working = make_stored_photo(), settings.STORAGES
    fail()
    lab.analyst.analyse_batch()
    settings.STORAGES = working
    monkeypatch.setattr(lab.analyst, "_resumes", 0.0)

    lab.analyst.analyse_batch()

    assert reload(photo).status == Photo.Status.READY
    assert lab.analyst._pause == 0


def test_one_picture_that_is_refused_fails_and_holds_no_other_up(lab, monkeypatch):
    refused, other = make_stored_photo(), make_stored_photo()
    open_file = storage.open_file

    def refuse_one(name):
        if name == refused.file_name():
            raise StorageError(AWAY)
        return open_file(name)

    monkeypatch.setattr(storage, "open_file", refuse_one)
    for _ in range(MAX_ATTEMPTS + 1):
        lab.analyst.analyse_batch()

    refused = reload(refused)
    assert (refused.status, refused.failure) == (Photo.Status.FAILED, AWAY)
    assert reload(other).status == Photo.Status.READY


# --- A folder


def test_a_file_of_the_same_name_is_replaced():
    for content in (b"old", b"new"):
        storage.save("ab/one", content)

    assert storage.open_file("ab/one").read() == b"new"
    assert stored_files() == ["ab/one"]


def test_a_failure_leaves_the_old_file_and_nothing_else(monkeypatch):
    storage.save("ab/one", b"old")
    monkeypatch.setattr(os, "replace", lambda *paths: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        storage.save("ab/one", b"new")

    assert storage.open_file("ab/one").read() == b"old"
    assert stored_files() == ["ab/one"]


def test_a_folder_that_does_not_exist_is_empty():
    assert storage.names_in("nowhere") == []
