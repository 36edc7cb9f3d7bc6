"""When a picture was taken, from its file."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.ExifTags import IFD, Base

from gallery.models import Photo
from gallery.tests.factories import make_gallery
from gallery.tests.pictures import clean, draw, encode
from gallery.uploads.adding import add_photo
from gallery.uploads.taken import Taken
from tests.hostile.metadata import loops, with_exif
from tests.hostile.parts import tiff

JUNE = datetime(2024, 6, 3, 14, 5, 9)
TEXT = "2024:06:03 14:05:09"


def dated(format: str = "JPEG", **texts) -> bytes:
    """A picture with these tags, by name."""
    data = Image.Exif()
    data[Base.Orientation] = 1  # Pillow writes none into a PNG whose main directory is empty
    for name, text in texts.items():
        tag = Base[name]
        (data if name == "DateTime" else data.get_ifd(IFD.Exif))[tag] = text
    return encode(draw(), format, exif=data.tobytes())


def upload_of(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", data)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF"])
def test_each_format_says_when_it_was_taken(format):
    data = dated(format, DateTimeOriginal=TEXT, OffsetTimeOriginal="+02:00")

    assert clean(data).taken == Taken(JUNE, 120)


def test_the_date_of_the_picture_comes_before_that_of_its_copy_and_of_its_change():
    scanned, changed = "2025:01:02 03:04:05", "2025:06:07 08:09:10"

    assert clean(dated(DateTime=changed)).taken.at == datetime(2025, 6, 7, 8, 9, 10)
    assert clean(dated(DateTime=changed, DateTimeDigitized=scanned)).taken.at.month == 1
    everything = dated(DateTime=changed, DateTimeDigitized=scanned, DateTimeOriginal=TEXT)
    assert clean(everything).taken == Taken(JUNE)


@pytest.mark.parametrize(
    "text",
    ["", " ", "0000:00:00 00:00:00", "0001:01:01 00:00:00", "1970:01:01 00:00:00"]
    + ["9999:12:31 23:59:59", "2024:13:01 00:00:00", "2024:02:30 12:00:00", "2024:06:03 24:00:00"]
    + ["    :  :     :  :  ", "June 3, 2024", "2024", "\u0662\u0660\u0662\u0664:06:03 14:05:09"],
)
def test_nonsense_is_no_date_and_the_next_one_counts(text):
    assert clean(dated(DateTimeOriginal=text)).taken == Taken()
    assert clean(dated(DateTimeOriginal=text, DateTime=TEXT)).taken == Taken(JUNE)


@pytest.mark.parametrize(("days", "is_known"), [(1, True), (3, False)])
def test_a_clock_may_be_a_day_fast_but_no_more(days, is_known):
    ahead = datetime.now(UTC) + timedelta(days=days)
    data = dated(DateTimeOriginal=f"{ahead:%Y:%m:%d %H:%M:%S}")

    assert bool(clean(data).taken.at) == is_known


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+00:00", 0), ("-03:30", -210), ("+0545", 345), ("+99:00", None), ("Z", None), ("", None)],
)
def test_a_zone_is_kept_where_it_makes_sense(text, minutes):
    data = dated(DateTimeOriginal=TEXT, OffsetTimeOriginal=text)

    assert clean(data).taken == Taken(JUNE, minutes)


@pytest.mark.parametrize("written", ["2024-06-03 14:05:09", "2024:06:03T14:05:09", f"{TEXT}\0\0"])
def test_dates_as_some_programs_write_them_are_read(written):
    assert clean(dated(DateTimeOriginal=written)).taken.at == JUNE


def test_tags_that_hold_something_else_and_broken_exif_are_no_date():
    numbers = tiff((Base.DateTimeOriginal, 3, 1, 7), (Base.DateTime, 5, 9, 1))

    for data in [*with_exif(numbers), *loops()]:
        assert clean(data).taken == Taken()


@pytest.mark.django_db
def test_a_photo_keeps_the_date_and_loses_the_rest():
    upload = upload_of(dated(DateTimeOriginal=TEXT, OffsetTimeOriginal="-07:00"))

    photo, _ = add_photo(make_gallery(), upload)

    kept = Photo.objects.get(pk=photo.pk)
    assert (kept.taken_at, kept.taken_offset) == (JUNE, -420)
    assert b"2024" not in kept.open_file().read()


@pytest.mark.django_db
def test_a_picture_that_was_lost_brings_its_date_along():
    data = dated(DateTimeOriginal=TEXT)
    photo, _ = add_photo(make_gallery(), upload_of(data))
    Photo.objects.update(is_lost=True, taken_at=None)

    add_photo(photo.gallery, upload_of(data))

    assert Photo.objects.get().taken_at == JUNE
