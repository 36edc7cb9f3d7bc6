"""Parses the values that a filter compares facts about a photo with: a number, a day, a name."""

import re
from datetime import date

from django.utils.translation import gettext, gettext_noop

from gallery.filters.days import read_span
from gallery.filters.file_names import read_name
from gallery.filters.terms import FilterError, check_name, hint, quoted
from gallery.models import Face, Photo

# The terms whose value is a name, perhaps in quotation marks, and the error if it is missing.
NAMED = {
    "name": gettext_noop("A part of the file's name is needed at character %(place)s."),
    "by": gettext_noop("me, or a person's name, is needed at character %(place)s."),
    "model": gettext_noop("active, or a model's name, is needed at character %(place)s."),
    "gallery": gettext_noop("A gallery's name is needed at character %(place)s."),
}
NO_FACE = "none"  # a photo's detector if no face was found on it
DETECTORS = (NO_FACE, *(name for name in Face.Detector.values if name != Face.Detector.WHOLE))
COUNT = re.compile(r"[0-9]{1,4}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def read_value(name: str, value: str, at: int) -> str:
    if name == "status":
        return _read_status(value, at)
    if name == "date":
        return _read_day(value, at)
    if name == "taken":
        return _read_taken(value, at)
    if name in NAMED:
        return _read_named(name, value, at)
    if name == "answered":
        return check_name(value, at)
    if name == "detector":
        return _read_detector(value, at)
    if not COUNT.fullmatch(value):
        words = gettext("A whole number from 0 to 9999 is needed at character %(place)s.")
        raise FilterError(words % {"place": at})
    return str(int(value))


def _read_status(value: str, at: int) -> str:
    if value.lower() in Photo.Status.values:
        return value.lower()
    instead = hint(value, Photo.Status.values)
    words = gettext("Unknown status %(status)s at character %(place)s.")
    raise FilterError(f"{words % {'status': quoted(value), 'place': at}} {instead}")


def _read_day(value: str, at: int) -> str:
    try:
        if DAY.fullmatch(value) and date.min < date.fromisoformat(value) < date.max:
            return value
    except ValueError:
        pass
    words = gettext("A day such as 2026-01-31 is needed at character %(place)s.")
    raise FilterError(words % {"place": at})


def _read_taken(value: str, at: int) -> str:
    if read_span(value):
        return value
    words = gettext(
        "A day, a month or a year is needed at character %(place)s: 2024-06-01, 2024-06 or 2024."
    )
    raise FilterError(words % {"place": at})


def _read_named(name: str, value: str, at: int) -> str:
    text = read_name(value)
    if text is None:
        words = gettext(
            "A quotation mark is missing or too many at character %(place)s. Write it as in "
            '%(name)s="beach, summer", and two for one in the name.'
        )
        raise FilterError(words % {"place": at, "name": name})
    if not text:
        words = gettext(NAMED[name])
        raise FilterError(words % {"place": at})
    return text


def _read_detector(value: str, at: int) -> str:
    if value.lower() == Face.Detector.WHOLE:  # as exports call it
        return NO_FACE
    if value.lower() in DETECTORS:
        return value.lower()
    words = gettext("Unknown detector %(detector)s at character %(place)s.")
    words %= {"detector": quoted(value), "place": at}
    raise FilterError(f"{words} {hint(value, DETECTORS)}")
