"""Terms about the photo."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gallery.filters.look import Look
from gallery.filters.photo_terms import PHOTO_NAMES
from gallery.filters.terms import FilterError
from gallery.models import Correction, Photo
from gallery.tests.factories import make_face, make_photo
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


# --- When it was taken, its name, and what people answered


def left(text: str) -> set[int]:
    return set(Look.of(text).photos(Photo.objects.all(), None).values_list("pk", flat=True))


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_when_it_was_taken_goes_by_the_cameras_clock_whatever_the_sites_zone(db, settings, zone):
    settings.TIME_ZONE = zone
    photo = make_photo(taken_at=datetime(2024, 6, 1, 0, 30), taken_offset=600)

    assert left("taken=2024-06-01") == left("taken>=2024-06,taken<2024-06-02") == {photo.pk}
    assert left("taken<2024-06") == left("taken>2024-06-01") == set()


def test_what_is_denied_holds_for_photos_without_a_date_too(db):
    dated, undated = make_photo(taken_at=datetime(2024, 6, 1)), make_photo()

    assert left("-taken=2023") == {dated.pk, undated.pk}
    assert left("-taken=2024") == {undated.pk}
    assert left("taken<9999-01") == {dated.pk}


@pytest.mark.parametrize(
    ("text", "read", "words"),
    [
        ("taken=2024", "taken=2024", "Taken in 2024"),
        ("Taken >= 2024-06", "taken>=2024-06", "Taken from June 2024"),
        ("-taken=2024-06-01", "-taken=2024-06-01", "Not taken on 1 June 2024"),
        ("name= Beach ", "name=Beach", "“Beach” in the name"),
        ("- NAME = beach", "-name=beach", "No “beach” in the name"),
        ('name="a, b|c"', 'name="a, b|c"', "“a, b|c” in the name"),
        ('name="the ""end"""', 'name="the ""end"""', '“the "end"” in the name'),
        ("name=am Meer!", 'name="am Meer!"', "“am Meer!” in the name"),
        ("name=\u00c9t\u00e9", 'name="\u00c9t\u00e9"', "“\u00c9t\u00e9” in the name"),
        ("name=E\u0301", 'name="\u00c9"', "“\u00c9” in the name"),  # as names are stored
        ("answered=smiling", "answered=Smiling", "Answered for smiling"),
        ("-answered=Smiling", "-answered=Smiling", "Not answered for smiling"),
    ],
)
def test_a_term_is_read_written_and_said(text, read, words):
    expression = Look.of(text).expression

    assert str(expression) == read
    assert expression.sentence() == words


def test_a_quoted_name_may_stand_among_other_terms():
    expression = Look.of('Smiling,name="x,y"|name=5",-Bald').expression

    assert str(expression) == 'Smiling,name="x,y"|name="5""",-Bald'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Bald,taken=June", "at character 12: 2024-06-01, 2024-06 or 2024."),
        ("taken=2024-02-30", "A day, a month or a year is needed at character 7"),
        ("taken", "A comparison is missing at character 6. Use =, >=, >, <= or <, e.g. taken>="),
        ("?taken=2024", '"?" does not go with taken, at character 1.'),
        ("name>beach", 'Unknown comparison ">" at character 5. Use =, e.g. name=beach.'),
        ("name=", "A part of the file's name is needed at character 6."),
        ("name=\u200b", "A part of the file's name is needed at character 6."),
        ('name="beach', "A quotation mark is missing or too many at character 6."),
        ('name="a"b"', "A quotation mark is missing or too many at character 6."),
        (
            "answered=Smilling",
            'Unknown attribute "Smilling" at character 10. Did you mean Smiling?',
        ),
        ("takn=2024", "Did you mean taken"),
        ("-faces=2", '"-" does not go with faces, at character 1.'),
        ("Smiling|name=x", "must be about the photo, or about the face: see character 9."),
    ],
)
def test_what_is_wrong_is_said_in_words(text, message):
    with pytest.raises(FilterError) as error:
        Look.of(text)

    assert message in str(error.value)


def test_an_answer_about_a_picture_without_a_face_does_not_count(db):
    real, whole = make_face(), make_face(detector="whole")
    for face in (real, whole):
        Correction.objects.create(face=face, attribute="Smiling", is_yes=True, probability=0.5)

    assert left("answered=Smiling") == {real.photo_id}
    assert left("answered=Male") == set()
    assert left("-answered=Smiling") == {whole.photo_id}
