import errno
import hashlib
import os
import re
import time

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gallery import library
from gallery.analysis import jobs
from gallery.models import Face, Photo
from gallery.models.photo import MAX_ATTEMPTS, VARIANTS
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user
from gallery.tests.pictures import make_upload
from gallery.uploads import adding
from gallery.uploads.adding import add_photo
from gallery.uploads.pictures import UploadError

pytestmark = pytest.mark.django_db


def stored_files() -> list[str]:
    """The names of all files in private storage."""
    if not default_storage.exists(""):
        return []
    folders = default_storage.listdir("")[0]
    return [name for folder in folders for name in default_storage.listdir(folder)[1]]


@pytest.fixture
def rings(monkeypatch) -> list[int]:
    """One entry for each time that the worker was called."""
    calls: list[int] = []
    monkeypatch.setattr(jobs, "ring", lambda: calls.append(1))
    return calls


# --- Uploads


def test_a_new_photo_is_queued_with_its_files(rings, django_capture_on_commit_callbacks):
    upload = make_upload()

    with django_capture_on_commit_callbacks(execute=True):
        photo, created = add_photo(make_gallery(), upload)

    assert created and photo.status == Photo.Status.QUEUED
    assert (photo.width, photo.height, photo.original_name) == (120, 90, "face.png")
    assert photo.sha256 == hashlib.sha256(make_upload().read()).hexdigest()
    assert all(default_storage.exists(photo.file_name(variant)) for variant in VARIANTS)
    assert rings == [1]


def test_the_same_bytes_are_in_a_gallery_once():
    gallery = make_gallery()
    first, _ = add_photo(gallery, make_upload())

    again, created = add_photo(gallery, make_upload())

    assert (again, created) == (first, False)
    assert len(stored_files()) == len(VARIANTS)


def test_two_galleries_may_hold_the_same_picture_each_with_its_own_files():
    first, _ = add_photo(make_gallery(), make_upload())
    second, created = add_photo(make_gallery(), make_upload())

    library.delete_photos(Photo.objects.filter(pk=first.pk))

    assert created
    assert default_storage.exists(second.file_name())


def test_a_refused_picture_leaves_neither_row_nor_file():
    with pytest.raises(UploadError):
        add_photo(make_gallery(), SimpleUploadedFile("x.jpg", b"not a picture"))

    assert not Photo.objects.exists() and stored_files() == []


def test_a_row_that_cannot_be_written_leaves_no_file(monkeypatch):
    monkeypatch.setattr(Photo, "save", lambda self, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        add_photo(make_gallery(), make_upload())

    assert stored_files() == []


def test_a_full_disk_is_said_in_words_and_leaves_no_file(monkeypatch):
    save = FileSystemStorage.save

    def save_until_full(storage, name, content):
        if "-480" in name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return save(storage, name, content)

    monkeypatch.setattr(FileSystemStorage, "save", save_until_full)

    with pytest.raises(UploadError, match="no room left"):
        add_photo(make_gallery(), make_upload())
    assert stored_files() == []


def test_an_upload_into_a_gallery_deleted_meanwhile_is_refused(monkeypatch):
    def refuse(self, **kwargs):
        raise IntegrityError("the gallery is no more")

    monkeypatch.setattr(Photo, "save", refuse)

    with pytest.raises(UploadError, match="deleted meanwhile"):
        add_photo(make_gallery(), make_upload())
    assert stored_files() == []


def test_an_upload_that_is_rolled_back_does_not_ring(rings, django_capture_on_commit_callbacks):
    gallery = make_gallery()

    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
    ):
        add_photo(gallery, make_upload())
        raise ZeroDivisionError

    assert rings == [] and not Photo.objects.exists()


def test_of_two_uploads_of_one_file_at_once_the_second_finds_the_first(monkeypatch):
    gallery, store = make_gallery(), adding._store

    def store_while_another_upload_commits(photo, files):
        store(photo, files)
        monkeypatch.setattr(adding, "_store", store)
        add_photo(gallery, make_upload())

    monkeypatch.setattr(adding, "_store", store_while_another_upload_commits)
    photo, created = add_photo(gallery, make_upload())

    assert (photo, created) == (Photo.objects.get(), False)
    assert all(name.startswith(str(photo.uuid)) for name in stored_files())
    assert len(stored_files()) == len(VARIANTS)


# --- Retry and deletion


def test_retry_queues_the_failed_ones_only(rings, django_capture_on_commit_callbacks):
    failed = make_photo(status=Photo.Status.FAILED, attempts=MAX_ATTEMPTS, failure="broken")
    ready = make_photo(status=Photo.Status.READY)

    with django_capture_on_commit_callbacks(execute=True):
        count = jobs.retry_photos(Photo.objects.all())

    failed.refresh_from_db()
    ready.refresh_from_db()
    assert (count, rings) == (1, [1])
    assert (failed.status, failed.attempts, failed.failure) == (Photo.Status.QUEUED, 0, "")
    assert ready.status == Photo.Status.READY


def test_deleted_photos_take_faces_and_files_along(django_capture_on_commit_callbacks):
    photo, _ = add_photo(make_gallery(), make_upload())
    kept, _ = add_photo(photo.gallery, make_upload(colour="blue"))
    make_face(photo)

    with django_capture_on_commit_callbacks(execute=True):
        count = library.delete_photos(Photo.objects.filter(pk=photo.pk).order_by("-id")[:5])

    assert count == 1 and list(Photo.objects.all()) == [kept]
    assert not Face.objects.exists()
    assert all(name.startswith(str(kept.uuid)) for name in stored_files())


def test_many_photos_are_deleted_in_several_statements(monkeypatch):
    monkeypatch.setattr(library, "CHUNK", 2)
    gallery = make_gallery()
    for _ in range(5):
        make_face(make_photo(gallery=gallery))

    assert library.delete_photos(gallery.photos.all()) == 5
    assert not Photo.objects.exists() and not Face.objects.exists()


def test_a_deletion_that_is_rolled_back_keeps_the_files(django_capture_on_commit_callbacks):
    photo, _ = add_photo(make_gallery(), make_upload())

    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
    ):
        library.delete_photos(Photo.objects.all())
        raise ZeroDivisionError

    assert default_storage.exists(photo.file_name())


def test_an_account_goes_with_all_that_is_its_own(client, django_capture_on_commit_callbacks):
    user, other = make_user(), make_user()
    client.force_login(user)
    photo, _ = add_photo(make_gallery(owner=user), make_upload())
    kept, _ = add_photo(make_gallery(owner=other), make_upload())
    make_face(photo)

    with django_capture_on_commit_callbacks(execute=True):
        library.delete_account(user)

    assert list(Photo.objects.all()) == [kept] and not Face.objects.exists()
    assert all(name.startswith(str(kept.uuid)) for name in stored_files())
    assert not Session.objects.exists()
    assert list(type(other).objects.all()) == [other]


def test_the_sessions_of_others_stay_when_an_account_goes(client):
    client.force_login(make_user())

    library.delete_account(make_user())

    assert Session.objects.count() == 1


def test_the_first_gallery_is_made_once():
    user = make_user()

    first = library.first_gallery(user)

    assert first.name == "My photos"
    make_gallery(owner=user, name="Another")
    assert library.first_gallery(user) == first


# --- Sweep


def test_the_sweep_rings_while_photos_wait(rings):
    jobs.sweep()
    assert rings == []

    make_photo()
    jobs.sweep()
    assert rings == [1]


def test_the_sweep_deletes_old_files_without_a_row(capsys):
    photo, _ = add_photo(make_gallery(), make_upload())
    lost, young = make_photo(), make_photo()
    for orphan in (lost, young):
        default_storage.save(orphan.file_name(), ContentFile(b"..."))
    Photo.objects.filter(pk__in=(lost.pk, young.pk)).delete()
    default_storage.save("00/notes.txt", ContentFile(b"someone's own"))
    for name in (photo.file_name(), lost.file_name(), "00/notes.txt"):
        os.utime(default_storage.path(name), times=(time.time() - 7200,) * 2)

    call_command("sweep")

    assert "1 files deleted" in capsys.readouterr().out
    assert not default_storage.exists(lost.file_name())
    for name in (photo.file_name(), young.file_name(), "00/notes.txt"):
        assert default_storage.exists(name)


def test_the_sweep_of_an_empty_site_does_nothing():
    assert library.remove_orphans() == 0


@pytest.mark.django_db
def test_a_gallery_is_locked_after_its_photos_as_a_worker_does():
    photo = make_photo()

    with CaptureQueriesContext(connection) as queries:
        library.delete_gallery(photo.gallery)

    read = re.findall(r'FROM "(\w+)"', " ".join(query["sql"] for query in queries))
    assert read.index("gallery_photo") < read.index("gallery_gallery")
