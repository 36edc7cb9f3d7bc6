"""Photos that look alike, in groups."""

import numpy as np
import pytest

from gallery.library.duplicates import Alike, find_alike
from gallery.models import Correction, Gallery, KeptPair, Photo
from gallery.tests.factories import make_face, make_gallery, make_photo
from ml.likeness import DISTANCE

pytestmark = pytest.mark.django_db
RNG = np.random.default_rng(3)


@pytest.fixture
def gallery() -> Gallery:
    return make_gallery()


def random_bits() -> int:
    return int(RNG.integers(-(2**63), 2**63))


def like(across: int, down: int, differing: int) -> dict[str, int]:
    """A likeness that differs in so many bits, half of them in each number."""
    half = differing // 2
    flip = lambda value, bits: value ^ ((1 << bits) - 1)  # noqa: E731
    return {"likeness_across": flip(across, half), "likeness_down": flip(down, differing - half)}


def make_alike(gallery: Gallery, *sizes: int, **kwargs) -> list[Photo]:
    """Photos of these widths that look alike, and unlike all others."""
    across, down = random_bits(), random_bits()
    return [
        make_photo(gallery=gallery, width=width, **like(across, down, 0), **kwargs)
        for width in sizes
    ]


def found(gallery: Gallery) -> list[Alike]:
    return find_alike(Photo.objects.visible_to(gallery.owner).in_gallery(gallery))


def test_photos_that_differ_in_few_bits_are_a_group(gallery):
    across, down = random_bits(), random_bits()
    best, near, far = (
        make_photo(gallery=gallery, width=width, **like(across, down, differing))
        for width, differing in ((900, 0), (800, DISTANCE), (700, DISTANCE + 1))
    )
    make_alike(gallery, 640)

    assert found(gallery) == [Alike(best.pk, (near.pk,))]
    assert far.pk not in found(gallery)[0].others


def test_a_chain_of_small_changes_joins_nothing_that_the_best_is_not_like(gallery):
    across, down = random_bits(), random_bits()
    first, second, third = (
        make_photo(gallery=gallery, width=width, **like(across, down, differing))
        for width, differing in ((900, 0), (800, DISTANCE), (700, 2 * DISTANCE))
    )

    assert found(gallery) == [Alike(first.pk, (second.pk,))]
    Photo.objects.filter(pk=first.pk).delete()
    assert found(gallery) == [Alike(second.pk, (third.pk,))]


@pytest.mark.parametrize(
    "better",
    [{"width": 641}, {"height": 481}, {"bytes": 1001}],
    ids=lambda given: next(iter(given)),
)
def test_the_best_has_the_most_pixels_then_the_most_bytes(gallery, better):
    across, down = random_bits(), random_bits()
    plain = make_photo(gallery=gallery, **like(across, down, 0))
    best = make_photo(gallery=gallery, **better, **like(across, down, 0))

    assert found(gallery) == [Alike(best.pk, (plain.pk,))]


def test_then_the_one_with_answers_and_then_the_oldest_is_the_best(gallery):
    first, second, third = make_alike(gallery, 640, 640, 640)
    assert found(gallery) == [Alike(first.pk, (second.pk, third.pk))]

    face = make_face(third)
    Correction.objects.create(face=face, attribute="Bald", is_yes=True, probability=0.5)

    assert found(gallery) == [Alike(third.pk, (first.pk, second.pk))]


def test_photos_that_were_kept_are_not_shown_beside_each_other_again(gallery):
    first, second, third = make_alike(gallery, 900, 800, 700)

    KeptPair.objects.keep([third.pk, first.pk])
    KeptPair.objects.keep([first.pk, third.pk])  # known by now

    assert found(gallery) == [Alike(first.pk, (second.pk,))]
    KeptPair.objects.keep([first.pk, second.pk, third.pk])
    assert found(gallery) == []


def test_a_new_copy_of_kept_photos_is_shown(gallery):
    first, second = make_alike(gallery, 900, 800)
    KeptPair.objects.keep([first.pk, second.pk])
    across, down = first.likeness_across, first.likeness_down
    new = make_photo(gallery=gallery, width=700, **like(across, down, 2))

    assert found(gallery) == [Alike(first.pk, (new.pk,))]


def test_a_pair_goes_with_either_photo(gallery):
    first, second = make_alike(gallery, 900, 800)
    KeptPair.objects.keep([first.pk, second.pk])

    second.delete()

    assert not KeptPair.objects.exists()


def test_a_group_has_a_limit_and_the_rest_is_another(gallery, monkeypatch):
    monkeypatch.setattr("gallery.library.duplicates.LARGEST", 3)
    a, b, c, d, e = (photo.pk for photo in make_alike(gallery, 900, 800, 700, 650, 640))

    assert found(gallery) == [Alike(a, (b, c)), Alike(d, (e,))]


def test_only_the_newest_photos_are_compared(gallery, monkeypatch):
    monkeypatch.setattr("gallery.library.duplicates.MOST_PHOTOS", 2)
    _, second, third = make_alike(gallery, 900, 800, 700)

    assert found(gallery) == [Alike(second.pk, (third.pk,))]


def test_other_galleries_and_photos_without_a_likeness_are_left_out(gallery):
    (photo,) = make_alike(gallery, 900)
    same = like(photo.likeness_across, photo.likeness_down, 0)
    make_photo(gallery=make_gallery(owner=gallery.owner), **same)
    make_photo(gallery=gallery)
    make_photo(gallery=gallery)

    assert found(gallery) == []


def test_pictures_of_one_color_are_not_compared(gallery):
    for _ in range(2):
        make_photo(gallery=gallery, **like(0, 0, 0))

    assert found(gallery) == []


def test_groups_equal_a_plain_reading(gallery):
    base = [(random_bits(), random_bits()) for _ in range(5)]
    for number in range(60):
        across, down = base[number % 5]
        make_photo(gallery=gallery, width=640 + number, **like(across, down, int(RNG.integers(40))))
    photos = sorted(gallery.photos.all(), key=lambda photo: -photo.width)

    def differing(one: Photo, other: Photo) -> int:
        pairs = zip(
            (one.likeness_across, one.likeness_down),
            (other.likeness_across, other.likeness_down),
            strict=True,
        )
        return sum(((a ^ b) & (2**64 - 1)).bit_count() for a, b in pairs)

    expected = []
    while photos:
        best, *rest = photos
        near = [photo for photo in rest if differing(best, photo) <= DISTANCE]
        expected += [Alike(best.pk, tuple(photo.pk for photo in near))] if near else []
        photos = [photo for photo in rest if photo not in near]

    assert len(expected) > 3
    assert found(gallery) == expected


def test_the_groups_take_the_same_queries_however_many(gallery, django_assert_num_queries):
    for _ in range(5):
        make_alike(gallery, 900, 800)

    with django_assert_num_queries(3):
        assert len(found(gallery)) == 5
