import base64

import pytest
from django.contrib.auth.models import AnonymousUser

from gallery.demands import FilterError
from gallery.filters import parse
from gallery.models import Face, Gallery, Photo
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user, make_version

pytestmark = pytest.mark.django_db


def make_photo_with(*faces: dict[str, float], gallery=None) -> Photo:
    photo = make_photo(gallery=gallery or make_gallery(), status="ready")
    for face in faces:
        make_face(photo, **face)
    return photo


def matching(text: str, match: str = "any") -> set[Photo]:
    return set(Photo.objects.matching(parse(text), make_version(), match))


def read_pages(rows, size: int) -> list:
    found, after = [], ""
    while page := rows.page(after, size):
        found += page.items
        after = page.next_cursor
        if not after:
            return found


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

    faces = Face.objects.matching(parse(text), make_version())

    assert sorted(round(face.smiling, 4) for face in faces) == values


def test_nothing_matches_before_a_model_was_activated():
    make_photo()

    assert Photo.objects.matching(parse(""), None).count() == 1
    assert not Photo.objects.matching(parse("Smiling"), None).exists()
    assert not Face.objects.matching(parse("Smiling"), None).exists()
    assert len(Photo.objects.sorted_by("Bald", parse("Smiling"), None).page("", 9).items) == 1


@pytest.mark.parametrize(("model", "use"), [(Photo, "matching"), (Gallery, "facets")])
def test_an_unknown_match_is_refused(model, use):
    with pytest.raises(FilterError, match='Unknown match "all". Use any or every.'):
        getattr(model.objects, use)(parse(""), make_version(), "all")


def test_an_unknown_sort_order_is_refused_with_the_nearest_names():
    with pytest.raises(FilterError, match='"Smilling" to sort by. Did you mean Smiling'):
        Photo.objects.sorted_by("-Smilling")


def test_newest_photos_come_first():
    photos = [make_photo() for _ in range(5)]

    assert read_pages(Photo.objects.sorted_by("newest"), 2) == photos[::-1]


def test_photos_sort_by_their_best_matching_face():
    gallery = make_gallery()
    a = make_photo_with({"smiling": 0.7, "male": 0.9}, {"smiling": 0.99}, gallery=gallery)
    b = make_photo_with({"smiling": 0.8, "male": 0.9}, gallery=gallery)
    waiting = make_photo(gallery=gallery)
    expression = parse("Male")
    photos = Photo.objects.sorted_by("Smiling", expression, make_version())

    assert read_pages(photos, 1) == [b, a, waiting]
    assert [p.sort_value and round(p.sort_value, 4) for p in photos.page("", 9).items] == [
        0.8,
        0.7,
        None,
    ]


def test_the_lowest_first_still_puts_photos_without_faces_last_and_the_newest_of_equals_first():
    gallery = make_gallery()
    waiting = make_photo(gallery=gallery)
    old = make_photo_with({"smiling": 0.7}, gallery=gallery)
    new = make_photo_with({"smiling": 0.7}, gallery=gallery)
    low = make_photo_with({"smiling": 0}, {"smiling": 1}, gallery=gallery)

    assert read_pages(Photo.objects.sorted_by("-smiling"), 1) == [low, new, old, waiting]
    assert read_pages(Photo.objects.sorted_by("SMILING"), 1) == [low, new, old, waiting]


def test_faces_have_pages_and_orders_of_their_own():
    faces = [make_face(smiling=value) for value in (0.7, 0.9, 0.7)]

    assert read_pages(Face.objects.sorted_by("newest"), 2) == faces[::-1]
    assert read_pages(Face.objects.sorted_by("Smiling"), 1) == [faces[1], faces[2], faces[0]]
    assert read_pages(Face.objects.sorted_by("-Smiling"), 1) == [faces[2], faces[0], faces[1]]


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
    with pytest.raises(FilterError, match="The address of this page is broken"):
        Photo.objects.page(cursor, 2)


def test_the_cursor_of_one_order_does_not_fit_another():
    for _ in range(3):
        make_face()
    newest = Photo.objects.page("", 1).next_cursor

    with pytest.raises(FilterError):
        Photo.objects.sorted_by("Smiling").page(newest, 1)


def test_terms_on_the_photo_leave_photos_without_faces_too():
    failed, ready = make_photo(status="failed"), make_photo_with({"smiling": 0.9}, {"male": 0.9})

    assert matching("status=failed") == matching("faces=0", "every") == {failed}
    assert matching("faces>=2") == matching("faces=2,Smiling") == {ready}
    assert matching("status=failed,Smiling") == set()
    assert Face.objects.matching(parse("faces=2"), None).count() == 2


def test_a_page_goes_on_among_the_faces_outside_the_window(monkeypatch):
    monkeypatch.setattr("gallery.search.WINDOW", 2)
    gallery = make_gallery()
    wanted = [make_photo_with({"bald": 0.9}, gallery=gallery) for _ in range(3)]
    for _ in range(4):
        make_photo_with({"bald": 0.1}, gallery=gallery)
    photos = Photo.objects.in_gallery(gallery).matching(parse("Bald"), make_version())

    assert read_pages(photos, 2) == wanted[::-1]
    assert photos.neighbours(wanted[1]) == (wanted[2], wanted[0])


def test_a_page_asks_more_faces_when_the_first_belong_to_few_photos():
    gallery, version = make_gallery(), make_version()
    older = make_photo_with({"smiling": 0.9}, gallery=gallery)
    crowd = make_photo_with(*[{"smiling": 0.95}] * 60, gallery=gallery)
    photos = Photo.objects.in_gallery(gallery).matching(parse("Smiling"), version)

    assert photos.page("", 2).items == [crowd, older]
    assert photos.sorted_by("Smiling").page("", 2).items == [crowd, older]
    assert photos.sorted_by("-Smiling").neighbours(crowd) == (older, None)


@pytest.mark.parametrize("sort", ["newest", "Smiling", "-Smiling"])
def test_neighbours_are_the_photos_beside_one_in_the_list(sort):
    for value in (0.7, 0.9, 0.7, 0.1):
        make_face(smiling=value)
    make_photo()
    photos = Photo.objects.sorted_by(sort)
    listed = photos.page("", 9).items

    neighbours = [photos.neighbours(photo) for photo in listed]

    assert neighbours == list(zip([None, *listed], [*listed[1:], None], strict=False))


def test_a_photo_outside_the_list_has_no_neighbours():
    make_photo_with({"smiling": 0.9})
    other = make_photo_with({"smiling": 0.1})

    assert Photo.objects.matching(parse("Smiling"), make_version()).neighbours(other) == (
        None,
        None,
    )


def test_a_page_of_photos_with_faces_takes_three_queries(django_assert_num_queries):
    version = make_version()
    for _ in range(4):
        make_photo_with({"smiling": 0.9}, {"smiling": 0.8})
    photos = Photo.objects.with_faces().matching(parse("Smiling"), version)

    with django_assert_num_queries(3):
        page = photos.sorted_by("Smiling", parse("Smiling"), version).page("", 3)
        assert sum(len(photo.faces.all()) for photo in page.items) == 6


def test_a_page_of_faces_with_their_photos_takes_two_queries(django_assert_num_queries):
    for _ in range(4):
        make_face()

    with django_assert_num_queries(2):
        page = Face.objects.with_photo().sorted_by("Smiling").page("", 3)
        assert len({face.photo.original_name for face in page.items}) == 3


def test_the_galleries_come_with_counts_and_cover_in_one_query(django_assert_num_queries):
    user = make_user()
    full, empty = make_gallery(owner=user, name="a"), make_gallery(owner=user, name="b")
    make_photo(gallery=full)
    make_photo(gallery=full, status="failed")
    cover = make_photo_with({}, gallery=full)

    with django_assert_num_queries(1):
        rows = list(Gallery.objects.visible_to(user).with_counts())

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
    expression = parse("Smiling")

    listed = photos.matching(expression, version).sorted_by("Smiling", expression, version)

    assert listed.page("", 9).items == [mine]
    assert listed.neighbours(mine) == (None, None)
    assert photos.status_counts()["ready"] == 1
    assert not photos.in_gallery(make_gallery(owner=other)).exists()
    assert Face.objects.visible_to(me).in_gallery(gallery).count() == 1
    assert [g.photo_count for g in Gallery.objects.visible_to(me).with_counts()] == [1]


@pytest.mark.parametrize("model", [Gallery, Photo, Face])
def test_a_visitor_sees_nothing(model):
    make_face()

    assert not model.objects.visible_to(AnonymousUser()).exists()
