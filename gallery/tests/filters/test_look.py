"""Which photos and faces a look leaves, and in which order."""

import pytest

from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models import Face, Photo
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_photo,
    make_photo_with,
    make_version,
)
from gallery.tests.lists import listed, read_pages

pytestmark = pytest.mark.django_db


def matching(text: str, match: str = "any") -> set[Photo]:
    return set(Look.of(text, match).photos(Photo.objects.all(), make_version()))


def test_an_empty_filter_leaves_every_photo_pending_ones_too():
    photos = {make_photo(), make_photo(status="failed"), make_photo_with({"smiling": 0.9})}

    assert matching("") == matching("", "every") == photos


def test_a_photo_without_faces_matches_no_other_filter():
    make_photo()

    assert not matching("Smiling<=1")
    assert not matching("Smiling<=1", "every")


def test_all_terms_must_hold_for_the_same_face():
    together = make_photo_with({"smiling": 0.9, "male": 0.9}, {"smiling": 0.1, "male": 0.1})
    make_photo_with({"smiling": 0.9, "male": 0.1}, {"smiling": 0.1, "male": 0.9})

    assert matching("Smiling,Male") == {together}


def test_match_every_wants_all_the_faces_of_the_photo():
    both = make_photo_with({"smiling": 0.9}, {"smiling": 0.8})
    one = make_photo_with({"smiling": 0.9}, {"smiling": 0.5})

    assert matching("Smiling", "any") == {both, one}
    assert matching("Smiling", "every") == {both}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Smiling", [0.6, 0.6001]),
        ("-Smiling", [0.3999]),
        ("?Smiling", [0.4, 0.4001, 0.5999]),
        ("Smiling>=0.4001", [0.4001, 0.5999, 0.6, 0.6001]),
        ("Smiling>0.4001", [0.5999, 0.6, 0.6001]),
        ("Smiling<=0.4001", [0.3999, 0.4, 0.4001]),
        ("Smiling<0.4001", [0.3999, 0.4]),
        ("-Smiling|Smiling>0.6", [0.3999, 0.6001]),
    ],
)
def test_values_at_a_threshold_fall_on_the_side_that_their_decimals_say(text, values):
    for value in (0.3999, 0.4, 0.4001, 0.5999, 0.6, 0.6001):
        make_face(smiling=value)

    faces = Look.of(text).faces(Face.objects.all(), make_version())

    assert sorted(round(face.smiling, 4) for face in faces) == values


def test_nothing_matches_before_a_model_was_activated():
    make_photo()

    smiling = Look.of("Smiling", sort="Bald")
    photos, faces = Photo.objects.all(), Face.objects.all()

    assert Look().photos(photos, None).count() == 1
    assert not smiling.photos(photos, None).page("", 9).items
    assert not smiling.faces(faces, None).page("", 9).items


def test_an_unknown_match_is_refused():
    with pytest.raises(FilterError, match='Unknown match "all". Use any or every.') as error:
        Look.of(match="all")
    assert error.value.parameter == "match"


def test_terms_on_the_photo_leave_photos_without_faces_too():
    failed, ready = make_photo(status="failed"), make_photo_with({"smiling": 0.9}, {"male": 0.9})

    assert matching("status=failed") == {failed}
    assert matching("faces>=2") == matching("faces=2,Smiling") == {ready}
    assert matching("status=failed,Smiling") == set()
    assert Look.of("faces=2").faces(Face.objects.all(), None).count() == 2


def test_photos_without_faces_are_those_that_were_looked_at():
    empty, whole = make_photo_with(), make_photo_with({"detector": "whole"})
    make_photo(status="failed"), make_photo(), make_photo_with({})

    assert matching("faces=0") == matching("faces<1", "every") == {empty, whole}


@pytest.mark.parametrize("match", ["any", "every"])
def test_a_picture_in_which_no_face_was_found_is_no_person(match):
    make_photo_with({"detector": "whole", "male": 0.98})

    assert matching("Male", match) == matching("Male,faces=0", match) == set()
    assert listed("", sort="Male").get().sort_value is None


def test_a_whole_picture_is_listed_only_where_photos_without_faces_are_asked_for():
    face, whole = make_face(), make_face(detector="whole", male=0.98)

    def found(text, sort=""):
        return read_pages(Look.of(text, sort=sort).faces(Face.objects.all(), make_version()), 1)

    assert found("") == found("faces>=1") == found("", "Male") == [face]
    assert found("Male,faces=0") == []
    assert found("faces=0") == found("faces=0", "Male") == [whole]
    assert found("faces>=0", "Male") == [whole, face]


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
