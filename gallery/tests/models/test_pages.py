"""Lists in an order and in pages."""

import base64
from datetime import datetime

import pytest

from gallery.models import Photo
from gallery.models.pages import CursorError
from gallery.tests.factories import (
    make_face,
    make_photo,
    make_photo_with,
)
from gallery.tests.lists import listed, listed_faces, read_pages

pytestmark = pytest.mark.django_db


def test_faces_have_pages_and_orders_of_their_own():
    faces = [make_face(smiling=value) for value in (0.7, 0.9, 0.7)]

    assert read_pages(listed_faces(sort="newest"), 2) == faces[::-1]
    assert read_pages(listed_faces(sort="Smiling"), 1) == [faces[1], faces[2], faces[0]]
    assert read_pages(listed_faces(sort="-Smiling"), 1) == [faces[2], faces[0], faces[1]]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("oldest", "abcd"),
        ("taken", "cabd"),
        ("-taken", "bacd"),
        ("name", "acdb"),
        ("-name", "bdca"),
        ("faces", "dcba"),
        ("-faces", "abcd"),
    ],
)
def test_faces_are_in_the_order_of_their_photos(sort, expected):
    june = datetime(2024, 6, 1)
    facts = (("a.jpg", june), ("Z.jpg", datetime(2023, 1, 1)), ("B.jpg", june), ("c.jpg", None))
    faces = {
        letter: make_face(make_photo(original_name=name, taken_at=at))
        for letter, (name, at) in zip("abcd", facts, strict=True)
    }

    assert read_pages(listed_faces(sort=sort), 1) == [faces[letter] for letter in expected]


def test_a_page_stays_put_when_photos_are_added_and_removed():
    photos = [make_photo() for _ in range(4)]
    first = Photo.objects.page("", 2)

    make_photo()
    photos[2].delete()

    assert Photo.objects.page(first.next_cursor, 2).items == [photos[1], photos[0]]


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "\x00", "!!!!", "A" * 5000]
    + [
        base64.urlsafe_b64encode(text).decode().rstrip("=")
        for text in (b",", b",-1", b",1e3", b"\xff,1", b"0.5000,1", b"nan,1", b"," + b"9" * 19)
    ],
)
def test_a_broken_cursor_is_refused(cursor):
    with pytest.raises(CursorError, match="The address of this page is broken"):
        Photo.objects.page(cursor, 2)


def test_the_cursor_of_one_order_does_not_fit_another():
    for _ in range(3):
        make_face()
    newest = Photo.objects.page("", 1).next_cursor

    with pytest.raises(CursorError):
        listed(sort="Smiling").page(newest, 1)


@pytest.mark.parametrize("sort", ["taken", "-taken", "name", "faces"])
@pytest.mark.parametrize(
    "key",
    [
        "",
        "0.5000",
        "=",
        "=\0",
        "=2024-06-03 14:05:09+00:00",
        "=2024-13-01",
        "=-1",
        "=1e3",
        "=\u0661",
    ],
)
def test_a_key_of_no_row_is_refused(sort, key):
    cursor = base64.urlsafe_b64encode(f"{key},1".encode()).decode().rstrip("=")

    if sort == "name" and key.startswith("=") and key != "=\0":  # that is a name
        listed(sort=sort).page(cursor, 2)
    else:
        with pytest.raises(CursorError):
            listed(sort=sort).page(cursor, 2)


@pytest.mark.parametrize("sort", ["newest", "oldest", "Smiling", "-Smiling", "taken", "-name"])
def test_neighbors_are_the_photos_beside_one_in_the_list(sort):
    for value in (0.7, 0.9, 0.7, 0.1):
        make_face(smiling=value)
    make_photo()
    photos = listed(sort=sort)
    items = photos.page("", 9).items

    neighbors = [photos.neighbors(photo) for photo in items]

    assert neighbors == list(zip([None, *items], [*items[1:], None], strict=False))


def test_a_photo_outside_the_list_has_no_neighbors():
    make_photo_with({"smiling": 0.9})
    other = make_photo_with({"smiling": 0.1})

    assert listed("Smiling").neighbors(other) == (None, None)


def test_a_page_of_photos_with_faces_takes_four_queries(django_assert_num_queries):
    for _ in range(4):
        make_photo_with({"smiling": 0.9}, {"smiling": 0.8})
    photos = listed("Smiling", Photo.objects.with_faces(), sort="Smiling")

    with django_assert_num_queries(4):
        page = photos.page("", 3)
        assert sum(len(photo.faces.all()) for photo in page.items) == 6


def test_a_page_of_faces_with_their_photos_takes_three_queries(django_assert_num_queries):
    for _ in range(4):
        make_face()

    faces = listed_faces(sort="Smiling").with_photo()

    with django_assert_num_queries(3):
        page = faces.page("", 3)
        assert len({face.photo.original_name for face in page.items}) == 3


@pytest.mark.parametrize("sort", ["newest", "oldest", "Smiling", "taken", "-taken", "-faces"])
def test_a_list_is_read_backwards_as_it_was_read_forwards(sort):
    for number in range(9):
        make_photo_with({"smiling": number % 3 / 4})
    photos = listed(sort=sort)
    everyone = photos.page("", 9).items

    last = photos.page(photos.page("", 7).next_cursor, 7)
    before = photos.page_before(last.previous_cursor, 4)
    first = photos.page_before(before.previous_cursor, 4)

    assert first.items + before.items + last.items == everyone
    assert (first.previous_cursor, photos.page("", 4).previous_cursor) == ("", "")


@pytest.mark.parametrize("sort", ["newest", "oldest", "Smiling", "taken", "-taken", "-faces"])
def test_a_page_begins_so_that_a_row_is_in_its_middle(sort):
    for number in range(9):
        make_photo_with({"smiling": number % 3 / 4})
    photos = listed(sort=sort)
    everyone = photos.page("", 9).items

    assert photos.page(photos.start_around(everyone[6], 4), 4).items == everyone[4:8]
    assert photos.start_around(everyone[1], 4) == ""


def test_a_photo_that_no_longer_matches_still_has_its_place_among_the_newest():
    photos = [make_photo_with({"smiling": value}) for value in (0.9, 0.9, 0.1, 0.9, 0.9)][::-1]

    assert listed("Smiling").start_around(photos[2], 2) != ""
    assert listed("Smiling", sort="Smiling").start_around(photos[2], 2) == ""
