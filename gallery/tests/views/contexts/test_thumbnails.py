"""Pages: which part of a picture a tile shows, and which files the browser may choose from."""

import re

import pytest

from gallery.models import Face, Photo
from gallery.tests.factories import make_face, make_photo
from gallery.views.contexts.thumbnails import crop_of, make_thumbnail, preview_srcset

pytestmark = pytest.mark.django_db


def box(**place) -> Face:
    return Face(**({"x": 0.4, "y": 0.4, "w": 0.2, "h": 0.2} | place))


@pytest.mark.parametrize(("x", "crop"), [(0.0, 0), (0.2, 20), (0.4, 50), (0.6, 80), (0.8, 100)])
def test_a_wide_picture_is_cropped_around_its_face(x, crop):
    photo = Photo(width=300, height=100)  # a third of it is seen

    assert crop_of(photo, [box(x=x, y=0.9)]) == crop


def test_a_tall_picture_keeps_the_hair_above_the_face():
    photo = Photo(width=100, height=200)

    assert crop_of(photo, [box(y=0.05)]) == 0
    assert crop_of(photo, [box(y=0.4)]) == 45  # 0.34 to 0.6 stand in the middle of 0.22 to 0.72


def test_all_faces_stay_in_sight_or_the_largest_if_they_are_too_far_apart():
    photo = Photo(width=200, height=100)

    assert crop_of(photo, [box(x=0.0, w=0.1), box(x=0.3)]) == 0
    assert crop_of(photo, [box(x=0.0, w=0.1), box(x=0.8)]) == 100


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (100, 100)])
def test_without_a_face_the_middle_is_shown(size):
    photo = Photo(width=size[0], height=size[1])

    assert crop_of(photo, []) == 50


def test_a_cover_that_is_wider_than_the_picture_crops_it_above_and_below():
    photo = Photo(width=100, height=100)

    assert crop_of(photo, [box(y=0.0)], aspect=4 / 3) == 0
    assert crop_of(photo, [box(y=0.0)], aspect=1) == 50


def test_the_shorter_side_chooses_the_file():
    assert widths(1500, 1000) == ["256w", "320w"]
    assert widths(2000, 1000) == ["240w", "240w"]
    assert widths(90, 100) == ["90w", "90w"]


def widths(width: int, height: int) -> list[str]:
    thumbnail = make_thumbnail(Photo(width=width, height=height), [])
    return [each.split()[1] for each in thumbnail.srcset.split(", ")]


def test_a_tile_is_cropped_around_the_face_and_so_is_the_cover(client, gallery):
    photo = make_photo(gallery=gallery, status="ready", width=640, height=320)
    make_face(photo, x=0.0, y=0.2, w=0.2, h=0.4)

    assert 'data-crop="0"' in client.get(gallery.get_absolute_url()).content.decode()
    assert 'data-crop="0"' in client.get("/").content.decode()


def test_a_picture_without_a_face_says_so_and_is_described_as_nobody(client, gallery):
    photo = make_photo(gallery=gallery, status="ready", original_name="gray.jpg")
    make_face(photo, detector="whole", male=0.98)

    page = client.get(gallery.get_absolute_url()).content.decode()

    assert "No face</span>" in page
    assert 'alt="gray.jpg: no face found"' in page


@pytest.mark.parametrize(
    ("size", "widths"), [((4000, 3000), [800, 1600]), ((1000, 2000), [400, 800]), ((800, 600), [])]
)
def test_the_browser_chooses_between_two_previews_of_a_larger_picture(size, widths):
    width, height = size

    srcset = preview_srcset(Photo(width=width, height=height))

    assert [int(number) for number in re.findall(r" (\d+)w", srcset)] == widths


def test_there_is_no_preview_of_no_photo():
    assert preview_srcset(None) == ""
