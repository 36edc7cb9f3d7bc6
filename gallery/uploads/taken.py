"""When a picture was taken, by the clock of its camera: from the EXIF data of an upload.

Nothing else of that data is kept. It may hold anything at all: what is no date counts as none.
"""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image
from PIL.ExifTags import IFD, Base

from ml import colors
from ml.preprocessing import DECODER_ERRORS

logger = logging.getLogger(__name__)

# Where a date stands, and where its zone: when the picture was taken, digitized, changed.
PLACES = (
    (Base.DateTimeOriginal, Base.OffsetTimeOriginal),
    (Base.DateTimeDigitized, Base.OffsetTimeDigitized),
    (Base.DateTime, Base.OffsetTime),
)
MOMENT = re.compile(
    r"([0-9]{4})[:/.-]([0-9]{2})[:/.-]([0-9]{2})[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?"
)
OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
FIRST = datetime(1826, 1, 1)  # the year of the oldest photograph: scans of old ones may say so
UNSET = {datetime(year, 1, 1) for year in (1904, 1970, 1980)}  # where clocks begin to count
FARTHEST = timedelta(hours=14)  # between UTC and a zone
SLACK = timedelta(days=1)  # by which a camera's clock may be fast


@dataclass(frozen=True)
class Taken:
    """The day and time that the camera showed, and its minutes ahead of UTC, where it says so."""

    at: datetime | None = None
    offset: int | None = None


def read_taken(image: Image.Image) -> Taken:
    """What a decoded picture says of the moment when it was taken."""
    colors.forget_long_exif(image)  # a PNG's may stand behind its pixels
    try:
        exif = image.getexif()
        tags = exif.get_ifd(IFD.Exif)
        written = [(tags.get(date, exif.get(date)), tags.get(zone)) for date, zone in PLACES]
    except DECODER_ERRORS as error:
        logger.info("unreadable EXIF, taken as undated: %r", error)
        return Taken()
    found = ((_moment(_text(date)), zone) for date, zone in written)
    return next((Taken(at, _offset(_text(zone))) for at, zone in found if at), Taken())


def _text(value: Any) -> str:
    """The text of a tag; "" if it holds something else."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip(" \0") if isinstance(value, str) else ""


def _moment(text: str) -> datetime | None:
    found = MOMENT.match(text)
    if not found:
        return None
    try:
        at = datetime.strptime(" ".join(found.groups("00")), "%Y %m %d %H %M %S")
    except ValueError:  # a thirteenth month, 0000:00:00
        return None
    latest = datetime.now(UTC).replace(tzinfo=None) + FARTHEST + SLACK
    return at if FIRST <= at <= latest and at not in UNSET else None


def _offset(text: str) -> int | None:
    found = OFFSET.fullmatch(text)
    if not found:
        return None
    size = timedelta(hours=int(found[2]), minutes=int(found[3]))
    minutes = int(size.total_seconds()) // 60
    return None if size > FARTHEST else -minutes if found[1] == "-" else minutes
