"""What filters leave, what is counted, and who may see it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from gallery.filters.look import Look
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
    assert listed.neighbors(mine) == (None, None)
    assert photos.status_counts()["ready"] == 1
    assert not photos.in_gallery(make_gallery(owner=other)).exists()
    assert Face.objects.visible_to(me).in_gallery(gallery).count() == 1
    assert [g.photo_count for g in with_counts(Gallery.objects.visible_to(me))] == [1]


@pytest.mark.parametrize("model", [Gallery, Photo, Face])
def test_a_visitor_sees_nothing(model):
    make_face()

    assert not model.objects.visible_to(AnonymousUser()).exists()
