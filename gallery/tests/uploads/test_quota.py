"""How much a person may keep."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, connections

from gallery.library import deletion
from gallery.models import Gallery, Photo, Quota, Role
from gallery.tests.factories import make_gallery, make_member, make_photo, make_user
from gallery.tests.pictures import draw, encode, files_of, make_upload, stored_files
from gallery.uploads import adding
from gallery.uploads.adding import add_photo
from gallery.uploads.pictures import UploadError
from gallery.uploads.quota import QuotaError, take_quota

pytestmark = pytest.mark.django_db


def test_without_a_quota_nobody_waits_and_nothing_is_counted(django_assert_num_queries):
    gallery = make_gallery()

    with django_assert_num_queries(1):
        take_quota(gallery.owner_id, 10**12)


def test_a_person_may_keep_as_many_photos_as_the_settings_say(settings):
    settings.QUOTA_PHOTOS = 2
    gallery = make_gallery()
    make_photo(gallery=make_gallery(owner=gallery.owner)), make_photo()

    add_photo(gallery, make_upload())

    with pytest.raises(QuotaError, match="You have 2 of 2 photos. Delete"):
        add_photo(gallery, SimpleUploadedFile("b.jpg", encode(draw())))
    assert stored_files() == files_of(gallery.photos.get())


def test_the_bytes_of_the_originals_count(settings):
    settings.QUOTA_BYTES = 10_000
    gallery = make_gallery()
    make_photo(gallery=gallery, bytes=9_990)

    with pytest.raises(QuotaError, match=r"take 9.8\sKB of 9.8\sKB, and there is no room"):
        add_photo(gallery, make_upload())
    assert gallery.photos.count() == 1 and stored_files() == []


def test_what_an_editor_uploads_counts_for_the_owner_who_is_not_told_on(client, settings):
    settings.QUOTA_PHOTOS = 1
    gallery = make_photo().gallery
    editor = make_member(gallery, role=Role.EDITOR).person
    client.force_login(editor)
    headers = {"Accept": "application/json"}

    answer = client.post(
        f"{gallery.get_absolute_url()}upload/", {"image": make_upload()}, headers=headers
    )

    assert answer.status_code == 403
    assert "The owner of this gallery has no room for more photos." in answer.json()["reason"]
    assert "1" not in answer.json()["reason"]
    add_photo(make_gallery(owner=editor), make_upload())  # their own quota is not used


def test_a_full_account_is_told_before_the_picture_is_decoded(settings, monkeypatch):
    settings.QUOTA_PHOTOS = 1
    gallery = make_photo().gallery
    monkeypatch.setattr(adding, "clean_image", lambda upload: 1 / 0)

    with pytest.raises(QuotaError):
        add_photo(gallery, make_upload())


def test_a_known_file_is_not_refused_and_what_is_deleted_makes_room(settings):
    settings.QUOTA_PHOTOS = 1
    gallery = make_gallery()
    photo, _ = add_photo(gallery, make_upload())

    assert add_photo(gallery, make_upload()) == (photo, False)
    deletion.delete_photos(Photo.objects.filter(pk=photo.pk))
    assert add_photo(gallery, make_upload())[1]


@pytest.mark.parametrize("own, is_taken", [(0, True), (3, True), (1, False), (None, False)])
def test_one_person_may_have_another_quota(settings, own, is_taken):
    settings.QUOTA_PHOTOS = 1
    gallery = make_photo().gallery
    Quota.objects.create(person=gallery.owner, photos=own)

    if is_taken:
        assert add_photo(gallery, make_upload())[1]
    else:
        with pytest.raises(QuotaError):
            add_photo(gallery, make_upload())


# --- Several at once

APART = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite in memory is one connection"
)


def on_a_connection_of_its_own(act):
    """Act in a thread, and close its connection."""

    def acting(*arguments):
        try:
            return act(*arguments)
        finally:
            connections.close_all()

    return acting


@APART
@pytest.mark.django_db(transaction=True)
def test_of_twenty_uploads_at_once_one_takes_the_last_place(settings):
    settings.QUOTA_PHOTOS = 3
    gallery = make_gallery()
    make_photo(gallery=gallery), make_photo(gallery=gallery)

    @on_a_connection_of_its_own
    def take(number: int) -> bool:
        photo = make_unsaved(gallery, number)
        try:
            adding._write(photo, b"a picture", make_upload())
        except QuotaError:
            return False
        return True

    with ThreadPoolExecutor(20) as uploads:
        taken = list(uploads.map(take, range(20)))

    assert sum(taken) == 1
    assert gallery.photos.count() == 3


@APART
@pytest.mark.django_db(transaction=True)
def test_uploads_while_the_account_is_deleted_end_and_leave_nothing(settings):
    settings.QUOTA_PHOTOS = 1000
    owner = make_user()
    galleries = [make_gallery(owner=owner) for _ in range(4)]

    @on_a_connection_of_its_own
    def upload(number: int) -> None:
        with suppress(IntegrityError, UploadError):  # the gallery is gone
            adding._write(make_unsaved(galleries[number % 4], number), b"a picture", make_upload())

    delete = on_a_connection_of_its_own(deletion.delete_account)
    with ThreadPoolExecutor(9) as people:
        asked = [people.submit(upload, number) for number in range(24)]
        asked.insert(8, people.submit(delete, owner))
        for each in asked:
            each.result()

    assert not Gallery.objects.exists() and not Photo.objects.exists()
    assert stored_files() == []


def make_unsaved(gallery: Gallery, number: int) -> Photo:
    """A photo that is about to be written."""
    sizes = {"width": 64, "height": 64, "bytes": 1000}
    return Photo(gallery=gallery, original_name="a.jpg", sha256=f"{number:064}", **sizes)
