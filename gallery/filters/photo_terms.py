"""What a filter can ask of a photo: `faces>=2`, `taken=2024-06`, `-name=beach`, and so on."""

import operator
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Literal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy, pgettext_lazy

from gallery.filters.days import between, read_span
from gallery.filters.file_names import has_in_name, read_name, write_name
from gallery.filters.terms import FilterError, check_name, hint, quoted
from gallery.labels import SAID
from gallery.models import Correction, Photo

Comparison = Literal["=", ">=", ">", "<=", "<"]

COMPARISONS: tuple[Comparison, ...] = ("=", ">=", ">", "<=", "<")
EXAMPLES = {
    "faces": "faces>=2",
    "status": "status=ready",
    "date": "date>=2026-01-31",
    "taken": "taken>=2024-06",
    "name": "name=beach",
    "answered": "answered=Smiling",
}
PHOTO_NAMES = tuple(EXAMPLES)
WORDS = ("status", "name", "answered")  # are equal or not, no more and no less
DENIABLE = ("taken", "name", "answered")  # by a minus
COUNT = re.compile(r"[0-9]{1,4}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

NUMBERS = {
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
FACES = {
    "=": ngettext_lazy("with %(number)s face", "with %(number)s faces", "number"),
    ">=": ngettext_lazy(
        "with at least %(number)s face", "with at least %(number)s faces", "number"
    ),
    ">": ngettext_lazy(
        "with more than %(number)s face", "with more than %(number)s faces", "number"
    ),
    "<=": ngettext_lazy("with at most %(number)s face", "with at most %(number)s faces", "number"),
    "<": ngettext_lazy(
        "with fewer than %(number)s face", "with fewer than %(number)s faces", "number"
    ),
}
UPLOADED = {
    "=": gettext_lazy("uploaded on %(day)s"),
    ">=": gettext_lazy("uploaded from %(day)s"),
    ">": gettext_lazy("uploaded after %(day)s"),
    "<=": gettext_lazy("uploaded until %(day)s"),
    "<": gettext_lazy("uploaded before %(day)s"),
}
STATUS = {
    "queued": pgettext_lazy("status", "queued"),
    "analysing": pgettext_lazy("status", "analysing"),
    "ready": pgettext_lazy("status", "ready"),
    "failed": pgettext_lazy("status", "failed"),
}


@dataclass(frozen=True)
class PhotoAlternative:
    """A comparison of one of the facts in PHOTO_NAMES; `is_denied` by a minus before it."""

    name: str
    operator: Comparison
    value: str
    is_denied: bool = False

    def __str__(self) -> str:
        value = write_name(self.value) if self.name == "name" else self.value
        return f"{'-' if self.is_denied else ''}{self.name}{self.operator}{value}"

    def condition(self, prefix: str = "") -> Q:
        """The same as a condition on Photo, or on a row whose photo is reached by `prefix`.

        What is denied holds for photos too of which the fact is unknown.
        """
        wanted = self._condition(prefix)
        return ~wanted if self.is_denied else wanted

    def _condition(self, prefix: str) -> Q:
        if self.name == "status":
            return Q(**{f"{prefix}status": self.value})
        if self.name == "faces":
            return self._counted(prefix)
        if self.name == "date":
            return self._uploaded(f"{prefix}created_at")
        if self.name == "taken":
            return self._taken(f"{prefix}taken_at")
        if self.name == "name":
            return has_in_name(f"{prefix}original_name", self.value)
        # Few have answers: they are listed once, instead of being looked for with each photo.
        given = Correction.objects.about(self.value).about_real_faces().order_by()
        return Q(**{f"{prefix}id__in": given.values("face__photo")})

    @property
    def takes_no_faces(self) -> bool:
        """Whether a photo without a face meets it."""
        return self.name == "faces" and NUMBERS[self.operator](0, int(self.value))

    def words(self) -> str:
        """The same in words, in lower case."""
        if not self.is_denied:
            return self._words()
        if self.name == "name":
            return gettext("no “%(text)s” in the name") % {"text": self.value}
        return gettext("not %(what)s") % {"what": self._words()}

    def _words(self) -> str:
        if self.name == "status":
            return str(STATUS[self.value])
        if self.name == "date":
            return str(UPLOADED[self.operator] % {"day": self.value})
        if self.name == "taken" and (span := read_span(self.value)):
            return span.compared(self.operator)
        if self.name == "name":
            return gettext("“%(text)s” in the name") % {"text": self.value}
        if self.name == "answered":
            return gettext("answered for %(what)s") % {"what": SAID[self.value]}
        if str(self) == "faces=0":
            return gettext("without faces")
        return str(FACES[self.operator] % {"number": int(self.value)})

    def _counted(self, prefix: str) -> Q:
        lookup = {"=": "", ">=": "__gte", ">": "__gt", "<=": "__lte", "<": "__lt"}
        wanted = Q(**{f"{prefix}face_count{lookup[self.operator]}": int(self.value)})
        return wanted & known_faces(prefix) if self.takes_no_faces else wanted

    def _uploaded(self, column: str) -> Q:
        # A day begins when it does on the site's pages: a day later may be 23 or 25 hours later.
        zone = timezone.get_default_timezone()
        day = datetime.combine(date.fromisoformat(self.value), time(), zone)
        return between(column, self.operator, day, day + timedelta(days=1))

    def _taken(self, column: str) -> Q:
        # A day of the camera's clock: it has no zone.
        span = read_span(self.value)
        assert span is not None  # noqa: S101  (for the type checker: it was read before)
        first, end = (datetime.combine(day, time()) for day in (span.first, span.end))
        return between(column, self.operator, first, end)


def known_faces(prefix: str = "") -> Q:
    """The condition that it is known how many faces a photo has: before its analysis it has 0."""
    return Q(**{f"{prefix}face_count__gt": 0}) | Q(**{f"{prefix}status": Photo.Status.READY})


def read_photo_alternative(name: str, given: str, text: str, place: int) -> PhotoAlternative:
    """Read a comparison, its name already read; `place` is the character after the name, from 1.

    FilterError says at which character the bad part begins.
    """
    comparison = next((known for known in COMPARISONS if known == given), None)
    value = text.strip()
    at = place + len(given) + len(text) - len(text.lstrip())
    if comparison is None or (name in WORDS and comparison != "="):
        raise FilterError(_comparison_wanted(name, given, place))
    return PhotoAlternative(name, comparison, _read_value(name, value, at))


def _comparison_wanted(name: str, given: str, place: int) -> str:
    found = gettext("A comparison is missing at character %(place)s.")
    if given:
        found = gettext("Unknown comparison %(given)s at character %(place)s.")
    use = gettext("Use =, >=, >, <= or <, e.g. %(example)s.")
    if name in WORDS:
        use = gettext("Use =, e.g. %(example)s.")
    words = f"{found} {use}"
    return words % {"given": quoted(given), "place": place, "example": EXAMPLES[name]}


def near_photo_names(name: str) -> list[str]:
    """The names, of those that are about a photo, that look like `name`."""
    return get_close_matches(name.lower(), PHOTO_NAMES, cutoff=0.65)


def _read_value(name: str, value: str, at: int) -> str:
    if name == "status":
        return _read_status(value, at)
    if name == "date":
        return _read_day(value, at)
    if name == "taken":
        return _read_taken(value, at)
    if name == "name":
        return _read_name(value, at)
    if name == "answered":
        return check_name(value, at)
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


def _read_name(value: str, at: int) -> str:
    name = read_name(value)
    if name is None:
        words = gettext(
            "A quotation mark is missing or too many at character %(place)s. Write it as in "
            'name="beach, summer", and two for one in the name.'
        )
        raise FilterError(words % {"place": at})
    if not name:
        words = gettext("A part of the file's name is needed at character %(place)s.")
        raise FilterError(words % {"place": at})
    return name
