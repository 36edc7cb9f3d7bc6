"""Counting photos by attribute, over blocks of decisions that every write to a face makes stale."""

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from gallery.answers.corrections import answer, undo
from gallery.filters import blocks
from gallery.filters.blocks import read_blocks
from gallery.filters.facets import FacetCount
from gallery.filters.look import Look
from gallery.models import Correction, DecisionBlock, Face, Gallery, Photo
from gallery.models.block import PHOTOS
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user, make_version
from ml.attributes import NAMES

pytestmark = pytest.mark.django_db


def make_photo_with(*faces: dict, **kwargs) -> Photo:
    photo = make_photo(status="ready", **kwargs)
    for values in faces:
        make_face(photo, **values)
    return photo


def smiling(gallery: Gallery, version=None) -> FacetCount:
    galleries = Gallery.objects.only_this(gallery)
    return Look().facets(galleries, version or make_version()).counts["Smiling"]


@pytest.fixture
def photo() -> Photo:
    """One with a face that smiles, counted already."""
    photo = make_photo_with({"smiling": 0.9})
    assert smiling(photo.gallery) == FacetCount(yes=1)
    return photo


def test_a_facet_counts_what_a_click_on_it_would_leave():
    make_photo_with({"smiling": 0.9, "male": 0.9}, {"smiling": 0.1, "male": 0.1})
    make_photo_with({"smiling": 0.9, "male": 0.1})
    make_photo_with({"smiling": 0.1, "male": 0.5})
    make_photo()

    any_face = Look.of("Smiling").facets(Gallery.objects.all(), make_version())
    every_face = Look.of("Smiling", "every").facets(Gallery.objects.all(), make_version())

    assert (any_face.found, every_face.found) == (2, 1)
    assert any_face.counts["Male"] == FacetCount(yes=1, no=1)
    assert any_face.counts["Smiling"] == FacetCount(yes=2, no=2)
    assert every_face.counts["Male"] == FacetCount(yes=0, no=1)
    assert every_face.counts["Smiling"] == FacetCount(yes=1, no=1)
    assert list(any_face.counts) == list(NAMES)


def test_a_whole_picture_counts_for_no_attribute():
    make_photo_with({"detector": "whole", "smiling": 0.9})

    facets = Look().facets(Gallery.objects.all(), make_version())

    assert facets.counts["Smiling"] == FacetCount()
    assert (facets.found, facets.faces) == (1, 0)


def test_photos_are_counted_by_their_number_of_faces():
    for number in (0, 0, 1, 2, 3, 5):
        make_photo_with(*[{"smiling": 0.9}] * number)
    make_photo()  # nobody knows yet

    def counts(text):
        facets = Look.of(text).facets(Gallery.objects.all(), make_version())
        return list(facets.face_counts.values())

    assert counts("") == counts("faces=1") == counts("faces=1|faces=2,faces>=1") == [2, 1, 1, 2]
    assert counts("Smiling") == counts("Smiling,faces=1") == [0, 1, 1, 2]
    assert counts("status=queued") == [0, 0, 0, 0]


def test_photos_without_faces_are_found_where_nothing_is_asked_of_a_face():
    make_photo_with({"smiling": 0.9})
    make_photo()

    assert Look().facets(Gallery.objects.all(), make_version()).found == 2
    assert Look.of("status=queued").facets(Gallery.objects.all(), None).found == 1
    assert Look.of("Smiling").facets(Gallery.objects.all(), None).found == 0
    assert Look().facets(Gallery.objects.all(), None).counts == dict.fromkeys(NAMES, FacetCount())


def test_nothing_of_another_persons_is_counted():
    me, version = make_user(), make_version()
    make_photo_with({"smiling": 0.9}, gallery=make_gallery(owner=me))
    make_photo_with({"smiling": 0.9}, gallery=make_gallery(owner=make_user()))

    for match in ("any", "every"):
        facets = Look.of("Smiling", match).facets(Gallery.objects.visible_to(me), version)
        assert (facets.found, facets.counts["Smiling"]) == (1, FacetCount(yes=1))


def test_packed_facets_take_two_queries_and_one_for_each_own_threshold(django_assert_num_queries):
    version, gallery = make_version(), make_photo_with({"smiling": 0.9}).gallery
    smiling(gallery, version)

    with django_assert_num_queries(2):
        Look.of("Smiling,-Male|?Bald", "every").facets(Gallery.objects.all(), version)
    with django_assert_num_queries(4):
        Look.of("Smiling>0.5,-Male|Bald<0.5,Bangs").facets(Gallery.objects.all(), version)


def test_a_new_face_is_counted(photo):
    make_photo_with({"smiling": 0.1}, gallery=photo.gallery)

    assert smiling(photo.gallery) == FacetCount(yes=1, no=1)


def test_a_face_that_is_written_again_is_counted_again(photo):
    Face.objects.filter(photo=photo).update(smiling=0.5)

    assert smiling(photo.gallery) == FacetCount(unsure=1)


def test_an_answer_and_its_undoing_are_counted(photo):
    said = answer(Face.objects.all(), "Smiling", False, photo.gallery.owner)
    assert smiling(photo.gallery) == FacetCount(no=1)

    undo(Correction.objects.all(), said.batch)
    assert smiling(photo.gallery) == FacetCount(yes=1)


def test_a_photo_that_was_deleted_is_not_counted(photo):
    photo.delete()

    assert smiling(photo.gallery) == FacetCount()


def test_a_gallery_takes_its_blocks_along(photo):
    photo.gallery.delete()

    assert not DecisionBlock.objects.exists()


def test_other_thresholds_count_otherwise(photo):
    thresholds = {name: {"yes": 0.95, "no": 0.5} for name in NAMES}
    strict = make_version(thresholds=thresholds, is_active=False)

    assert smiling(photo.gallery, strict) == FacetCount(unsure=1)
    assert smiling(photo.gallery) == FacetCount(yes=1)


def test_what_was_packed_while_a_face_was_written_is_not_kept(photo, monkeypatch):
    def decide_and_write(*args):
        block = decide(*args)
        Face.objects.update(smiling=0.9)
        return block

    Face.objects.update(smiling=0.1)
    decide = blocks._decide
    monkeypatch.setattr(blocks, "_decide", decide_and_write)

    assert smiling(photo.gallery) == FacetCount(no=1)
    assert DecisionBlock.objects.get().packed is None
    assert smiling(photo.gallery) == FacetCount(yes=1)


def test_photos_far_apart_lie_in_blocks_of_their_own(photo):
    far = Photo.objects.create(
        id=photo.pk + PHOTOS, gallery=photo.gallery, sha256="f" * 64, width=9, height=9, bytes=9
    )
    face = make_face(far, smiling=0.1)

    read = list(read_blocks([photo.gallery_id], make_version(), with_faces=True))

    assert DecisionBlock.objects.count() == len(read) == 2
    assert {int(block.photos[0]) for block in read} == {photo.pk, far.pk}
    assert face.pk in {int(block.faces[0]) for block in read}
    assert smiling(photo.gallery) == FacetCount(yes=1, no=1)


def test_a_block_that_cannot_be_kept_is_counted_all_the_same(photo, monkeypatch):
    def is_locked(*args, **kwargs):
        raise OperationalError("database is locked")

    Face.objects.update(smiling=0.1)
    monkeypatch.setattr(QuerySet, "update", is_locked)

    assert smiling(photo.gallery) == FacetCount(no=1)
