"""Photos: opening the stored picture."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from gallery.models.picture import DAMAGED, MISSING, PictureError
from gallery.tests.factories import make_photo, make_stored_photo

pytestmark = pytest.mark.django_db


def test_a_picture_is_opened_in_rgb_and_no_smaller_than_enough():
    photo = make_stored_photo(Image.new("L", (1600, 1200)))

    whole, half = photo.open_picture((1600, 1200)), photo.open_picture((700, 500))

    assert (whole.mode, whole.size) == ("RGB", (1600, 1200))
    assert half.size == (800, 600)


def test_a_missing_picture_is_refused_with_the_reason():
    photo = make_photo()

    with pytest.raises(PictureError, match=MISSING):
        photo.open_picture((64, 64))
    with pytest.raises(PictureError, match=MISSING):
        photo.open_file("thumbnail")


def test_what_cannot_be_opened_counts_as_damaged():
    photo = make_photo()
    Path(default_storage.path(photo.file_name())).mkdir(parents=True)

    with pytest.raises(PictureError, match=DAMAGED):
        photo.open_picture((64, 64))


@pytest.mark.parametrize("left", [0, 100, 5000])
def test_a_damaged_picture_is_refused_with_the_reason(left):
    photo = make_stored_photo()
    with open(default_storage.path(photo.file_name()), "r+b") as file:
        file.truncate(left)

    with pytest.raises(PictureError, match=DAMAGED):
        photo.open_picture((512, 512))
