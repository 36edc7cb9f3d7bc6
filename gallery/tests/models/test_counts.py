"""How many photos galleries have."""

import pytest

from gallery.models import Gallery, Photo
from gallery.models.counts import with_counts
from gallery.tests.factories import (
    make_gallery,
    make_photo,
    make_photo_with,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_the_galleries_come_with_counts_and_cover_in_one_query(django_assert_num_queries):
    user = make_user()
    full, empty = make_gallery(owner=user, name="a"), make_gallery(owner=user, name="b")
    make_photo(gallery=full)
    make_photo(gallery=full, status="failed")
    cover = make_photo_with({}, gallery=full)

    with django_assert_num_queries(1):
        rows = list(with_counts(Gallery.objects.visible_to(user)))

    assert [(g, g.photo_count, g.pending_count, g.cover_0) for g in rows] == [
        (full, 3, 1, cover.uuid),
        (empty, 0, 0, None),
    ]


def test_each_status_has_its_count():
    make_photo()
    make_photo()
    make_photo(status="ready")

    assert Photo.objects.status_counts() == {"queued": 2, "analysing": 0, "ready": 1, "failed": 0}
