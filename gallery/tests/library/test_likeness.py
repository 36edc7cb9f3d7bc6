"""Photos from before 0.3 get a likeness, by which near duplicates are found."""

import io

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from skimage.data import astronaut, cat

from gallery.library.likeness import add_likeness
from gallery.library.sweep import clear_away
from gallery.models import Photo
from gallery.storage import StorageError
from gallery.tests.factories import make_photo, make_stored_photo, reload
from ml.likeness import likeness_of

pytestmark = pytest.mark.django_db


def likeness(photo: Photo) -> tuple[int | None, int | None]:
    there = reload(photo)
    return there.likeness_across, there.likeness_down


def run() -> str:
    said = io.StringIO()
    call_command("hash_photos", stdout=said)
    return said.getvalue()


def test_the_command_reads_the_stored_pictures():
    first, second = make_stored_photo(), make_stored_photo(Image.fromarray(cat()))
    known = make_photo(likeness_across=7, likeness_down=8)

    assert run() == "2 photos can be compared now\n"
    assert run() == "0 photos can be compared now\n"

    picture = Image.fromarray(astronaut())
    assert likeness(first) == likeness_of(picture) != likeness(second)
    assert likeness(known) == (7, 8)


def test_a_missing_picture_is_passed_over():
    missing, there = make_photo(), make_stored_photo()

    assert add_likeness() == 1
    assert likeness(missing) == (None, None) != likeness(there)


def test_a_sweep_does_some(monkeypatch):
    monkeypatch.setattr("gallery.library.sweep.MOST_COMPARED", 1)
    photos = [make_stored_photo() for _ in range(3)]

    clear_away()

    assert [likeness(photo) != (None, None) for photo in photos] == [True, False, False]


def test_a_storage_that_is_away_is_said(monkeypatch):
    make_stored_photo()

    def fail(*args, **kwargs):
        raise StorageError("The pictures cannot be reached.")

    monkeypatch.setattr("gallery.storage.open_file", fail)

    with pytest.raises(CommandError, match="cannot be reached"):
        run()
