"""A picture becomes a photo of a gallery."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)

from gallery import storage
from gallery.library.deletion import delete_photos
from gallery.library.trash import trash_gallery
from gallery.models import Photo
from gallery.storage import StorageFull
from gallery.tests.factories import make_gallery
from gallery.tests.pictures import files_of, make_upload, stored_files
from gallery.uploads.adding import add_photo
from gallery.uploads.pictures import UploadError

pytestmark = pytest.mark.django_db


def test_a_new_photo_is_queued_with_its_file(rings, django_capture_on_commit_callbacks):
    upload = make_upload()

    with django_capture_on_commit_callbacks(execute=True):
        photo, created = add_photo(make_gallery(), upload)

    assert created and photo.status == Photo.Status.QUEUED
    assert (photo.width, photo.height, photo.original_name) == (120, 90, "face.png")
    assert photo.sha256 == hashlib.sha256(make_upload().read()).hexdigest()
    assert stored_files() == files_of(photo)
    assert rings == [1]


def test_the_same_bytes_are_in_a_gallery_once():
    gallery = make_gallery()
    first, _ = add_photo(gallery, make_upload())

    again, created = add_photo(gallery, make_upload())

    assert (again, created) == (first, False)
    assert stored_files() == files_of(first)


def test_two_galleries_may_hold_the_same_picture_each_with_its_own_file(
    django_capture_on_commit_callbacks,
):
    first, _ = add_photo(make_gallery(), make_upload())
    second, created = add_photo(make_gallery(), make_upload())

    with django_capture_on_commit_callbacks(execute=True):
        delete_photos(Photo.objects.filter(pk=first.pk))

    assert created
    assert not default_storage.exists(first.file_name())
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
    def fail(*paths):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)  # the last step of storing a file

    with pytest.raises(StorageFull, match="no space left"):
        add_photo(make_gallery(), make_upload())
    assert stored_files() == [] and not Photo.objects.exists()


def test_an_upload_into_a_gallery_deleted_meanwhile_is_refused(monkeypatch):
    def refuse(self, **kwargs):
        raise IntegrityError("the gallery is no more")

    monkeypatch.setattr(Photo, "save", refuse)

    with pytest.raises(UploadError, match="deleted in the meantime"):
        add_photo(make_gallery(), make_upload())
    assert stored_files() == []


def test_an_upload_into_a_gallery_that_goes_to_the_trash_meanwhile_is_refused(monkeypatch):
    gallery, save = make_gallery(), storage.save

    def save_and_trash(name, content):
        save(name, content)
        trash_gallery(gallery)

    monkeypatch.setattr(storage, "save", save_and_trash)

    with pytest.raises(UploadError, match="deleted in the meantime"):
        add_photo(gallery, make_upload())
    assert stored_files() == [] and not Photo.objects.exists()


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
    gallery, save = make_gallery(), storage.save

    def save_while_another_upload_commits(name, content):
        save(name, content)
        monkeypatch.setattr(storage, "save", save)
        add_photo(gallery, make_upload())

    monkeypatch.setattr(storage, "save", save_while_another_upload_commits)
    photo, created = add_photo(gallery, make_upload())

    assert (photo, created) == (Photo.objects.get(), False)
    assert stored_files() == files_of(photo)


def test_a_known_file_whose_picture_was_lost_is_stored_again():
    gallery = make_gallery()
    photo, _ = add_photo(gallery, make_upload())
    default_storage.delete(photo.file_name())
    Photo.objects.update(status="failed", failure="The stored picture is missing.")

    again, created = add_photo(gallery, make_upload())

    assert (again, created) == (photo, False)
    assert stored_files() == files_of(photo)
    assert Photo.objects.get().status == Photo.Status.QUEUED


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_file_whose_row_may_have_been_committed_stays(monkeypatch, error):
    def lose(self, **kwargs):
        raise error("the connection was lost")

    monkeypatch.setattr(Photo, "save", lose)

    with pytest.raises(error):
        add_photo(make_gallery(), make_upload())
    assert len(stored_files()) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_committed", [True, False])
def test_a_commit_that_nobody_confirmed_leaves_a_row_with_its_file_or_none(
    monkeypatch, is_committed
):
    gallery = make_gallery()

    with lost_at_commit(monkeypatch, is_committed), pytest.raises(OperationalError):
        add_photo(gallery, make_upload())

    assert Photo.objects.exists() == is_committed
    assert len(stored_files()) == 2  # without a row, the sweep deletes it
    again, is_new = add_photo(gallery, make_upload())
    assert is_new != is_committed
    assert again.file_name() in stored_files()


@contextmanager
def lost_at_commit(monkeypatch, is_committed: bool) -> Iterator[None]:
    """The connection is lost before a commit's acknowledgement, or before the commit itself."""
    commit = connection._commit

    def lose():
        if is_committed:
            commit()
        raise OperationalError("the server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "_commit", lose)
        yield


def test_uploads_end_before_the_disk_is_full(settings):
    settings.RESERVE_BYTES = 10**18

    with pytest.raises(StorageFull, match="no space left"):
        add_photo(make_gallery(), make_upload())
    assert stored_files() == []
