"""What filters leave, what is counted, and who may see it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models import Face, Gallery, Photo
from gallery.models.counts import with_counts
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_photo,
    make_photo_with,
    make_user,
    make_version,
)

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

    assert matching("status=failed") == matching("faces=0", "every") == {failed}
    assert matching("faces>=2") == matching("faces=2,Smiling") == {ready}
    assert matching("status=failed,Smiling") == set()
    assert Look.of("faces=2").faces(Face.objects.all(), None).count() == 2


def test_the_galleries_come_with_counts_and_cover_in_one_query(django_assert_num_queries):
    user = make_user()
    full, empty = make_gallery(owner=user, name="a"), make_gallery(owner=user, name="b")
    make_photo(gallery=full)
    make_photo(gallery=full, status="failed")
    cover = make_photo_with({}, gallery=full)

    with django_assert_num_queries(1):
        rows = list(with_counts(Gallery.objects.visible_to(user)))

    assert [(g, g.photo_count, g.pending_count, g.cover_uuid) for g in rows] == [
        (full, 3, 1, cover.uuid),
        (empty, 0, 0, None),
    ]


def test_each_status_has_its_count():
    make_photo()
    make_photo()
    make_photo(status="ready")

    assert Photo.objects.status_counts() == {"queued": 2, "analysing": 0, "ready": 1, "failed": 0}


def test_each_status_has_its_list():
    queued, ready, failed = make_photo(), make_photo(status="ready"), make_photo(status="failed")

    assert list(Photo.objects.queued()) == list(Photo.objects.pending()) == [queued]
    assert list(Photo.objects.ready()) == [ready]
    assert list(Photo.objects.failed()) == [failed]


def test_nothing_of_another_persons_is_listed_or_counted():
    version, me, other = make_version(), make_user(), make_user()
    gallery = make_gallery(owner=me)
    mine = make_photo_with({"smiling": 0.9}, gallery=gallery)
    make_photo_with({"smiling": 0.9}, gallery=make_gallery(owner=other))
    photos = Photo.objects.visible_to(me)

    listed = Look.of("Smiling", sort="Smiling").photos(photos, version)

    assert listed.page("", 9).items == [mine]
    assert listed.neighbours(mine) == (None, None)
    assert photos.status_counts()["ready"] == 1
    assert not photos.in_gallery(make_gallery(owner=other)).exists()
    assert Face.objects.visible_to(me).in_gallery(gallery).count() == 1
    assert [g.photo_count for g in with_counts(Gallery.objects.visible_to(me))] == [1]


@pytest.mark.parametrize("model", [Gallery, Photo, Face])
def test_a_visitor_sees_nothing(model):
    make_face()

    assert not model.objects.visible_to(AnonymousUser()).exists()
