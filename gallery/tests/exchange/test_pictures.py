import io
from collections.abc import Iterator
from datetime import datetime
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery import storage
from gallery.exchange import pictures
from gallery.exchange.pictures import picture_chunks
from gallery.library import trash
from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_photo, make_user
from gallery.tests.pictures import make_upload
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def gallery():
    return make_gallery()


def make_stored(gallery, name: str, **kwargs) -> Photo:
    photo = make_photo(gallery=gallery, original_name=name, **kwargs)
    default_storage.save(photo.file_name(), ContentFile(name.encode()))
    return photo


def unzip(chunks: Iterator[bytes]) -> dict[str, bytes]:
    archive = ZipFile(io.BytesIO(b"".join(chunks)))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def seen(gallery):
    return Photo.objects.visible_to(gallery.owner)


def test_each_picture_is_there_under_a_name_of_its_own(gallery):
    for name in ("beach.PNG", "Beach.jpg", "beach", "missing.txt"):
        make_stored(gallery, name)

    assert unzip(picture_chunks(seen(gallery))) == {
        "missing.txt.jpg": b"missing.txt",
        "beach.jpg": b"beach",
        "Beach (2).jpg": b"Beach.jpg",
        "beach (3).jpg": b"beach.PNG",
    }


def test_a_picture_has_the_time_at_which_it_was_taken(gallery):
    make_stored(gallery, "a.jpg", taken_at=datetime(2024, 6, 3, 14, 5, 8))
    make_stored(gallery, "old.jpg", taken_at=datetime(1969, 7, 20))
    archive = ZipFile(io.BytesIO(b"".join(picture_chunks(seen(gallery)))))

    times = {entry.filename: entry.date_time for entry in archive.infolist()}

    assert times == {"a.jpg": (2024, 6, 3, 14, 5, 8), "old.jpg": (1980, 1, 1, 0, 0, 0)}


def test_what_goes_meanwhile_is_listed_and_all_else_is_there(gallery, monkeypatch):
    monkeypatch.setattr(pictures, "CHUNK", 1)
    trashed, lost, kept, first = (make_stored(gallery, f"{n}.jpg") for n in "abcd")
    chunks = picture_chunks(seen(gallery))
    start = next(chunks)

    trash.trash_photos(Photo.objects.filter(pk=trashed.pk))
    default_storage.delete(lost.file_name())
    found = unzip(iter([start, *chunks]))

    assert sorted(found) == ["c.jpg", "d.jpg", "missing.txt"]
    assert found["missing.txt"].decode().splitlines()[2:] == ["b.jpg", "a.jpg"]


def test_originals_go_to_their_owner_alone(gallery):
    photo, _ = add_photo(gallery, make_upload("beach.png"))

    def names(**options) -> list[str]:
        return list(unzip(picture_chunks(seen(gallery), **options)))

    assert names(originals_for=gallery.owner) == ["beach.png"]
    assert names(originals_for=make_user()) == names() == ["beach.jpg"]
    storage.delete(photo.original_file())
    assert names(originals_for=gallery.owner) == ["beach.jpg"]


def test_a_zip_of_originals_asks_for_the_gallery_once(gallery, django_assert_num_queries):
    for colour in ("red", "blue", "teal"):
        add_photo(gallery, make_upload(colour=colour))

    with django_assert_num_queries(2):  # what there is, and the photos with their gallery
        list(picture_chunks(seen(gallery), originals_for=gallery.owner))
