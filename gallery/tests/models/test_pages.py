"""Lists in an order and in pages."""

import base64

import pytest

from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models import Face, Photo
from gallery.models.pages import CursorError
from gallery.models.photo import PhotoQuerySet
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_photo,
    make_photo_with,
    make_version,
)

pytestmark = pytest.mark.django_db


def listed(attrs: str = "", photos: PhotoQuerySet | None = None, sort: str = "newest"):
    """The photos that match, in order; all of them without a filter."""
    rows = Photo.objects.all() if photos is None else photos
    return Look.of(attrs, sort=sort).photos(rows, make_version())


def listed_faces(sort: str):
    return Look.of(sort=sort).faces(Face.objects.all(), make_version())


def read_pages(rows, size: int) -> list:
    found, after = [], ""
    while page := rows.page(after, size):
        found += page.items
        after = page.next_cursor
        if not after:
            return found


def test_an_unknown_sort_order_is_refused_with_the_nearest_names():
    with pytest.raises(FilterError, match='"-Smilling". Did you mean Smiling'):
        listed(sort="-Smilling")


def test_newest_photos_come_first():
    photos = [make_photo() for _ in range(5)]

    assert read_pages(listed(sort="newest"), 2) == photos[::-1]


def test_photos_sort_by_their_best_matching_face():
    gallery = make_gallery()
    a = make_photo_with({"smiling": 0.7, "male": 0.9}, {"smiling": 0.99}, gallery=gallery)
    b = make_photo_with({"smiling": 0.8, "male": 0.9}, gallery=gallery)
    photos = listed("Male", sort="Smiling")

    assert read_pages(photos, 1) == [b, a]
    assert [round(photo.sort_value, 4) for photo in photos.page("", 9).items] == [0.8, 0.7]


def test_the_lowest_first_still_puts_photos_without_faces_last_and_the_newest_of_equals_first():
    gallery = make_gallery()
    waiting = make_photo(gallery=gallery)
    old = make_photo_with({"smiling": 0.7}, gallery=gallery)
    new = make_photo_with({"smiling": 0.7}, gallery=gallery)
    low = make_photo_with({"smiling": 0}, {"smiling": 1}, gallery=gallery)

    assert read_pages(listed(sort="-smiling"), 1) == [low, new, old, waiting]
    assert read_pages(listed(sort="SMILING"), 1) == [low, new, old, waiting]


def test_faces_have_pages_and_orders_of_their_own():
    faces = [make_face(smiling=value) for value in (0.7, 0.9, 0.7)]

    assert read_pages(listed_faces(sort="newest"), 2) == faces[::-1]
    assert read_pages(listed_faces(sort="Smiling"), 1) == [faces[1], faces[2], faces[0]]
    assert read_pages(listed_faces(sort="-Smiling"), 1) == [faces[2], faces[0], faces[1]]


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


def test_a_page_goes_on_among_the_faces_outside_the_window(monkeypatch):
    monkeypatch.setattr("gallery.models.search.WINDOW", 2)
    gallery = make_gallery()
    wanted = [make_photo_with({"bald": 0.9}, gallery=gallery) for _ in range(3)]
    for _ in range(4):
        make_photo_with({"bald": 0.1}, gallery=gallery)
    photos = listed("Bald", Photo.objects.in_gallery(gallery))

    assert read_pages(photos, 2) == wanted[::-1]
    assert photos.neighbours(wanted[1]) == (wanted[2], wanted[0])


def test_a_page_asks_more_faces_when_the_first_belong_to_few_photos():
    gallery = make_gallery()
    older = make_photo_with({"smiling": 0.9}, gallery=gallery)
    crowd = make_photo_with(*[{"smiling": 0.95}] * 60, gallery=gallery)
    photos = Photo.objects.in_gallery(gallery)

    assert listed("Smiling", photos).page("", 2).items == [crowd, older]
    assert listed("Smiling", photos, sort="Smiling").page("", 2).items == [crowd, older]
    assert listed("Smiling", photos, sort="-Smiling").neighbours(crowd) == (older, None)


@pytest.mark.parametrize("sort", ["newest", "Smiling", "-Smiling"])
def test_neighbours_are_the_photos_beside_one_in_the_list(sort):
    for value in (0.7, 0.9, 0.7, 0.1):
        make_face(smiling=value)
    make_photo()
    photos = listed(sort=sort)
    items = photos.page("", 9).items

    neighbours = [photos.neighbours(photo) for photo in items]

    assert neighbours == list(zip([None, *items], [*items[1:], None], strict=False))


def test_a_photo_outside_the_list_has_no_neighbours():
    make_photo_with({"smiling": 0.9})
    other = make_photo_with({"smiling": 0.1})

    assert listed("Smiling").neighbours(other) == (None, None)


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
