"""Terms about the photo."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gallery.filters.look import Look
from gallery.filters.photo_terms import PHOTO_NAMES
from gallery.filters.terms import FilterError
from gallery.models import Photo
from gallery.tests.factories import make_photo
from ml.attributes import NAMES


def test_no_attribute_has_the_name_of_a_term_on_the_photo():
    assert not {name.lower() for name in NAMES} & set(PHOTO_NAMES)


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("UTC", datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 1, 4, 11, 0, 0, tzinfo=UTC)),  # 0:00 there
        ("Pacific/Auckland", datetime(2026, 1, 5, 10, 59, 59, tzinfo=UTC)),  # 23:59:59
        ("America/Los_Angeles", datetime(2026, 1, 6, 7, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_begins_and_ends_at_midnight_in_the_sites_time_zone(db, settings, zone, moment):
    settings.TIME_ZONE = zone
    photo = make_photo()
    Photo.objects.update(created_at=moment)

    def is_left(text):
        return Look.of(text).photos(Photo.objects.all(), None).filter(pk=photo.pk).exists()

    for comparison, days in {"=": "5", ">=": "45", ">": "4", "<=": "56", "<": "6"}.items():
        found = [day for day in "456" if is_left(f"date{comparison}2026-01-0{day}")]
        assert found == list(days)


@pytest.mark.parametrize("hour", [0, 23])
def test_a_day_with_a_change_of_clocks_is_whole(db, settings, hour):
    settings.TIME_ZONE = "Pacific/Auckland"
    photo = make_photo()
    for day in (date(2026, 4, 5), date(2026, 9, 27)):  # of 25 and of 23 hours
        moment = datetime(
            day.year, day.month, day.day, hour, 30, tzinfo=ZoneInfo(settings.TIME_ZONE)
        )
        Photo.objects.update(created_at=moment)

        found = Look.of(f"date={day}").photos(Photo.objects.all(), None)

        assert found.filter(pk=photo.pk).exists()


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
@pytest.mark.parametrize("day", ["0001-01-02", "9999-12-30"])
def test_the_first_and_the_last_day_can_be_asked_for(db, settings, zone, day):
    settings.TIME_ZONE = zone

    for comparison in ("=", ">", ">=", "<", "<="):
        assert not Look.of(f"date{comparison}{day}").photos(Photo.objects.all(), None).exists()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_is_refused(day):
    with pytest.raises(FilterError, match="A day such as"):
        Look.of(f"date={day}")
