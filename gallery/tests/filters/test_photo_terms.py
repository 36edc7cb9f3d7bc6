"""Terms about the photo."""

from datetime import UTC, datetime

from gallery.filters.look import Look
from gallery.filters.photo_terms import PHOTO_NAMES
from gallery.models import Photo
from gallery.tests.factories import make_photo
from ml.attributes import NAMES


def test_no_attribute_has_the_name_of_a_term_on_the_photo():
    assert not {name.lower() for name in NAMES} & set(PHOTO_NAMES)


def test_a_day_begins_and_ends_at_midnight_utc(db):
    photo = make_photo()
    Photo.objects.update(created_at=datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC))

    def is_left(text):
        return Look.of(text).photos(Photo.objects.all(), None).filter(pk=photo.pk).exists()

    for comparison, days in {"=": "5", ">=": "45", ">": "4", "<=": "56", "<": "6"}.items():
        found = [day for day in "456" if is_left(f"date{comparison}2026-01-0{day}")]
        assert found == list(days)
