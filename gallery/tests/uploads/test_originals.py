"""Files as they were uploaded are kept beside the pictures made from them."""

import os
import tracemalloc
from tempfile import TemporaryFile

import pytest
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection

from gallery import storage
from gallery.models import Photo
from gallery.models.quota import Usage
from gallery.storage import StorageFull
from gallery.tests.buckets import address_of, s3_server, storages_at
from gallery.tests.factories import make_gallery, reload
from gallery.tests.pictures import draw, encode, exif, files_of, make_upload, stored_files
from gallery.uploads.adding import add_photo
from gallery.uploads.quota import QuotaError

pytestmark = pytest.mark.django_db

CONTENT = encode(draw(), "JPEG", exif=exif(camera="a camera"))


def upload(content: bytes = CONTENT) -> SimpleUploadedFile:
    return SimpleUploadedFile("beach.jpg", content)


def original_of(photo: Photo) -> bytes:
    with photo.open_original() as file:
        return file.read()


@pytest.fixture
def kept_without(settings) -> Photo:
    """A photo that was uploaded while originals were not kept; now they are."""
    settings.KEEP_ORIGINALS = False
    photo, _ = add_photo(make_gallery(), upload())
    settings.KEEP_ORIGINALS = True
    return photo


def test_the_original_is_kept_byte_for_byte():
    photo, _ = add_photo(make_gallery(), upload())

    assert original_of(photo) == CONTENT
    assert reload(photo).original_bytes == len(CONTENT)
    assert stored_files() == files_of(photo)


def test_what_follows_the_picture_in_a_file_is_kept_too():
    photo, _ = add_photo(make_gallery(), upload(CONTENT + b"<script>"))

    assert original_of(photo) == CONTENT + b"<script>"


def test_a_file_is_stored_piece_by_piece():
    with TemporaryFile() as stream:
        stream.truncate(20_000_000)
        tracemalloc.start()
        storage.save("ab/large.orig", File(stream))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert most < 1_000_000


def test_a_site_that_keeps_none_has_the_clean_picture_alone(settings):
    settings.KEEP_ORIGINALS = False

    photo, _ = add_photo(make_gallery(), upload())

    assert stored_files() == [photo.file_name()] and photo.original_bytes == 0


def test_an_original_that_cannot_be_stored_leaves_nothing(monkeypatch):
    replace = os.replace

    def fail(source, target):
        if str(target).endswith(".orig"):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)

    with pytest.raises(StorageFull):
        add_photo(make_gallery(), upload())
    assert stored_files() == [] and not Photo.objects.exists()


def test_the_quota_counts_pictures_and_originals(settings):
    gallery = make_gallery()
    photo, _ = add_photo(gallery, upload())

    assert Usage.of(gallery.owner_id).bytes == photo.bytes + len(CONTENT)
    settings.QUOTA_BYTES = 2 * photo.bytes + len(CONTENT) + 1  # room for the picture, no more
    with pytest.raises(QuotaError):
        add_photo(make_gallery(owner=gallery.owner), upload())


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL reads so small a table in any way"
)
def test_the_usage_is_read_from_an_index():
    owner = add_photo(make_gallery(), upload())[0].gallery.owner_id

    plan = Photo.objects.filter(gallery__owner=owner).values("bytes", "original_bytes").explain()

    assert "photo_bytes" in plan


def test_the_same_file_brings_the_original_of_an_older_photo(kept_without):
    again, is_new = add_photo(kept_without.gallery, upload())

    assert (again, is_new) == (kept_without, False)
    assert reload(again).original_bytes == again.original_bytes == len(CONTENT)
    assert original_of(again) == CONTENT


def test_the_same_file_brings_an_original_that_was_lost():
    photo, _ = add_photo(make_gallery(), upload())
    storage.delete(photo.original_file())

    add_photo(photo.gallery, upload())

    assert original_of(photo) == CONTENT
    assert reload(photo).original_bytes == len(CONTENT)


def test_the_same_file_brings_picture_and_original():
    photo, _ = add_photo(make_gallery(), upload())
    photo.delete_files()

    add_photo(photo.gallery, upload())

    assert stored_files() == files_of(photo)


def test_without_room_the_photo_stays_as_it_was(kept_without, settings):
    settings.QUOTA_BYTES = kept_without.bytes + 1

    again, is_new = add_photo(kept_without.gallery, upload())

    assert (again, is_new) == (kept_without, False)
    assert stored_files() == [again.file_name()] and reload(again).original_bytes == 0


def test_as_many_photos_as_the_quota_allows_may_get_their_originals(kept_without, settings):
    settings.QUOTA_PHOTOS = 1

    add_photo(kept_without.gallery, upload())

    assert reload(kept_without).original_bytes == len(CONTENT)


def test_a_file_whose_original_could_be_kept_is_not_known(kept_without, settings):
    photos = Photo.objects.all()

    assert photos.with_hashes([kept_without.sha256]) == {}
    settings.KEEP_ORIGINALS = False
    assert photos.with_hashes([kept_without.sha256]) == {kept_without.sha256: kept_without.uuid}


def test_files_whose_row_may_have_been_committed_stay(monkeypatch):
    def lose(self, **kwargs):
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(Photo, "save", lose)

    with pytest.raises(OperationalError):
        add_photo(make_gallery(), upload())
    assert {name.rpartition(".")[2] for name in stored_files()} == {"jpg", "orig"}


def test_a_bucket_keeps_originals_too(settings):
    with s3_server() as server:
        settings.STORAGES = storages_at(address_of(server))
        photo, _ = add_photo(make_gallery(), upload())

        assert original_of(photo) == CONTENT
        photo.delete_files()
        assert list(storage.names()) == []


def test_the_worker_leaves_the_original_alone(lab):
    photo, _ = add_photo(make_gallery(), make_upload())

    lab.work()

    assert reload(photo).status == Photo.Status.READY
    assert default_storage.exists(photo.original_file())
    assert photo.list_variants()
