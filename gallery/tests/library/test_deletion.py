import re

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from gallery.library import deletion
from gallery.models import Act, Face, Gallery, Photo
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user
from gallery.tests.pictures import files_of, make_upload, stored_files
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db


def test_deleted_photos_take_faces_and_files_along(django_capture_on_commit_callbacks):
    photo, _ = add_photo(make_gallery(), make_upload())
    kept, _ = add_photo(photo.gallery, make_upload(colour="blue"))
    make_face(photo)

    with django_capture_on_commit_callbacks(execute=True):
        count = deletion.delete_photos(Photo.objects.filter(pk=photo.pk).order_by("-id")[:5])

    assert count == 1 and list(Photo.objects.all()) == [kept]
    assert not Face.objects.exists()
    assert stored_files() == files_of(kept)


def test_many_photos_are_deleted_in_several_statements(monkeypatch):
    monkeypatch.setattr(deletion, "CHUNK", 2)
    gallery = make_gallery()
    for _ in range(5):
        make_face(make_photo(gallery=gallery))

    assert deletion.delete_photos(gallery.photos.all()) == 5
    assert not Photo.objects.exists() and not Face.objects.exists()


def test_a_deletion_that_is_rolled_back_keeps_the_files(django_capture_on_commit_callbacks):
    photo, _ = add_photo(make_gallery(), make_upload())

    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
    ):
        deletion.delete_photos(Photo.objects.all())
        raise ZeroDivisionError

    assert default_storage.exists(photo.file_name())


def test_an_account_goes_with_all_that_is_its_own(client, django_capture_on_commit_callbacks):
    user, other = make_user(), make_user()
    client.force_login(user)
    photo, _ = add_photo(make_gallery(owner=user), make_upload())
    kept, _ = add_photo(make_gallery(owner=other), make_upload())
    make_face(photo)

    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete_account(user)

    assert list(Photo.objects.all()) == [kept] and not Face.objects.exists()
    assert stored_files() == files_of(kept)
    assert not Session.objects.exists()
    assert list(type(other).objects.all()) == [other]


def test_the_sessions_of_others_stay_when_an_account_goes(client):
    client.force_login(make_user())

    deletion.delete_account(make_user())

    assert Session.objects.count() == 1


@pytest.mark.django_db
def test_a_gallery_is_locked_after_its_photos_as_a_worker_does():
    photo = make_photo()

    with CaptureQueriesContext(connection) as queries:
        deletion.delete_gallery(photo.gallery)

    read = re.findall(r'FROM "(\w+)"', " ".join(query["sql"] for query in queries))
    assert read.index("gallery_photo") < read.index("gallery_gallery")


@pytest.fixture
def five_photos(monkeypatch):
    """A gallery that is deleted in pieces of two photos, and a list of the pauses."""
    monkeypatch.setattr(deletion, "PIECE", 2)
    pauses: list[float] = []
    monkeypatch.setattr(deletion.time, "sleep", pauses.append)
    gallery = make_gallery()
    for _ in range(5):
        default_storage.save(make_photo(gallery=gallery).file_name(), ContentFile(b"a picture"))
    return gallery, pauses


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whole", ["gallery", "account"])
def test_a_large_gallery_is_deleted_in_several_transactions(five_photos, whole):
    gallery, pauses = five_photos

    if whole == "gallery":
        deletion.delete_gallery(gallery)
    else:
        deletion.delete_account(gallery.owner)

    assert len(pauses) == 2  # two pieces of two; the last photo goes with the gallery
    assert not Gallery.objects.exists() and not Photo.objects.exists()
    assert stored_files() == []
    assert sum(Act.objects.values_list("count", flat=True)) == 5


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_was_interrupted_can_be_repeated(five_photos, monkeypatch):
    gallery, _ = five_photos
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(deletion.time, "sleep", interrupt)
        deletion.delete_gallery(gallery)
    assert gallery.photos.count() == len(stored_files()) == 3

    deletion.delete_gallery(gallery)

    assert not Gallery.objects.exists() and stored_files() == []


def interrupt(seconds: float) -> None:
    raise KeyboardInterrupt
