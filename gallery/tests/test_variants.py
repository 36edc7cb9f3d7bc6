"""The smaller pictures of a photo: who makes them, when, and what becomes of them."""

import errno
import os

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from gallery import storage
from gallery.tests.factories import make_face, make_stored_photo
from gallery.tests.pictures import stored_files
from gallery.variants import (
    PHONE,
    PREVIEW,
    SMALL,
    THUMBNAIL,
    face_name,
    open_face,
    open_variant,
    write_variants,
)

pytestmark = pytest.mark.django_db


def stored(photo, name) -> Image.Image:
    return Image.open(storage.open_file(photo.file_name(name)))


def test_the_worker_writes_each_once_in_its_size():
    photo = make_stored_photo(Image.new("RGB", (2400, 1200)))
    face = make_face(photo, x=0.2, y=0.2, w=0.1, h=0.2)

    write_variants(photo, photo.open_picture(), [face])

    assert stored(photo, PREVIEW).size == (1600, 800)
    assert stored(photo, THUMBNAIL).size == (480, 240)
    assert stored(photo, SMALL).size == (480, 240)
    assert stored(photo, face_name(face)).size == (320, 320)
    assert photo.list_variants() == {PREVIEW, THUMBNAIL, SMALL, face_name(face)}


def test_what_is_there_is_not_written_again():
    photo = make_stored_photo()
    storage.save(photo.file_name(THUMBNAIL), b"there")

    write_variants(photo, photo.open_picture(), [])

    assert storage.open_file(photo.file_name(THUMBNAIL)).read() == b"there"


def test_the_picture_of_a_former_face_goes():
    photo = make_stored_photo()
    former, face = make_face(photo, x=0.1), make_face(photo, x=0.2)
    write_variants(photo, photo.open_picture(), [former])

    write_variants(photo, photo.open_picture(), [face])

    assert photo.list_variants() == {PREVIEW, THUMBNAIL, SMALL, face_name(face)}


def test_the_preview_for_small_screens_is_made_once_it_is_asked_for():
    photo = make_stored_photo(Image.new("RGB", (2400, 1200)))
    write_variants(photo, photo.open_picture(), [])
    assert PHONE not in photo.list_variants()

    asked = Image.open(open_variant(photo, PHONE))

    assert (asked.format, asked.size) == ("WEBP", (800, 400))
    write_variants(photo, photo.open_picture(), [])
    assert PHONE in photo.list_variants()


@pytest.mark.parametrize("size", [(40, 60), (32, 640), (640, 32)])
def test_a_small_or_narrow_picture_is_never_enlarged(size):
    photo = make_stored_photo(Image.new("RGB", size))
    longest = min(480, max(size))

    thumbnail = Image.open(open_variant(photo, THUMBNAIL))

    assert max(thumbnail.size) == longest
    assert Image.open(open_variant(photo, PREVIEW)).size == size


@pytest.mark.parametrize(
    ("size", "small"), [((600, 400), (384, 256)), ((400, 1600), (120, 480)), ((90, 120), (90, 120))]
)
def test_the_small_one_fills_a_tile_of_256_pixels(size, small):
    photo = make_stored_photo(Image.new("RGB", size), width=size[0], height=size[1])

    assert Image.open(open_variant(photo, SMALL)).size == small


@pytest.mark.parametrize("name", [THUMBNAIL, SMALL])
def test_what_a_tile_shows_is_webp(name):
    photo = make_stored_photo()

    write_variants(photo, photo.open_picture(), [])

    assert stored(photo, name).format == "WEBP"


def test_one_that_is_asked_for_early_is_made_once():
    photo = make_stored_photo()
    first = open_variant(photo, THUMBNAIL).read()
    storage.delete(photo.file_name())

    assert open_variant(photo, THUMBNAIL).read() == first


def test_a_full_disk_does_not_hide_the_picture(monkeypatch):
    def fail(*paths):
        raise OSError(errno.ENOSPC, "No space left on device")

    photo = make_stored_photo()
    face = make_face(photo)
    monkeypatch.setattr(os, "replace", fail)  # the last step of storing a file

    write_variants(photo, photo.open_picture(), [face])

    assert stored_files() == [photo.file_name()]
    assert Image.open(open_variant(photo, PREVIEW)).size == (512, 512)
    assert Image.open(open_face(face)).format == "WEBP"


def test_a_photo_that_is_deleted_while_they_are_written_disturbs_nobody(monkeypatch):
    photo = make_stored_photo()
    picture, replace = photo.open_picture(), os.replace

    def replace_too_late(source, target):
        photo.delete_files()
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_too_late)

    write_variants(photo, picture, [])

    assert stored_files() == []


@pytest.mark.parametrize("angle", [0, 30])
def test_a_face_at_the_edge_is_shown_without_smears(angle):
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    photo = make_stored_photo(Image.fromarray(noise))
    face = make_face(photo, x=0.0, y=0.0, w=0.3, h=0.3, angle=angle)

    pixels = np.asarray(Image.open(open_face(face)).convert("L"), float)

    for edge in (pixels[:8], pixels[:, :8].T):  # a smear is a line that repeats
        assert np.abs(np.diff(edge, axis=0)).mean() > 5


def test_deleting_a_photos_files_leaves_nothing():
    photo = make_stored_photo()
    write_variants(photo, photo.open_picture(), [])

    photo.delete_files()

    assert stored_files() == []
    assert default_storage.listdir(str(photo.uuid)[:2]) == ([], [])
