"""What a filter can ask of a photo: `faces>=2`, `status=failed`, `date<2026-02-01`."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any, Literal

from django.db.models import Q
from django.utils import timezone

from gallery.filters.terms import FilterError, hint, quoted
from gallery.models import Photo

Comparison = Literal["=", ">=", ">", "<=", "<"]

COMPARISONS: tuple[Comparison, ...] = ("=", ">=", ">", "<=", "<")
PHOTO_NAMES = ("faces", "status", "date")
EXAMPLES = {"faces": "faces>=2", "status": "status=ready", "date": "date>=2026-01-31"}
COUNT = re.compile(r"[0-9]{1,4}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

FACES = {"=": "with", ">=": "with at least", ">": "with more than", "<=": "with at most"}
UPLOADED = {"=": "on", ">=": "from", ">": "after", "<=": "until", "<": "before"}


@dataclass(frozen=True)
class PhotoAlternative:
    """A comparison of how many faces a photo has, its status, or the day of its upload."""

    name: str
    operator: Comparison
    value: str

    def __str__(self) -> str:
        return f"{self.name}{self.operator}{self.value}"

    def condition(self, prefix: str = "") -> Q:
        """The same as a condition on Photo, or on a row whose photo is reached by `prefix`."""
        if self.name == "status":
            return Q(**{f"{prefix}status": self.value})
        if self.name == "faces":
            lookup = {"=": "", ">=": "__gte", ">": "__gt", "<=": "__lte", "<": "__lt"}
            return Q(**{f"{prefix}face_count{lookup[self.operator]}": int(self.value)})
        return self._uploaded(f"{prefix}created_at")

    def words(self) -> str:
        """The same in words, in lower case."""
        if self.name == "status":
            return self.value
        if self.name == "date":
            return f"uploaded {UPLOADED[self.operator]} {self.value}"
        if str(self) == "faces=0":
            return "without faces"
        faces = "face" if self.value == "1" else "faces"
        return f"{FACES.get(self.operator, 'with fewer than')} {self.value} {faces}"

    def _uploaded(self, column: str) -> Q:
        # A day begins when it does on the site's pages: a day later may be 23 or 25 hours later.
        zone = timezone.get_default_timezone()
        day = datetime.combine(date.fromisoformat(self.value), time(), zone)
        limits: dict[str, Any] = {}
        if self.operator in (">=", "="):
            limits[f"{column}__gte"] = day
        if self.operator == ">":
            limits[f"{column}__gte"] = day + timedelta(days=1)
        if self.operator == "<":
            limits[f"{column}__lt"] = day
        if self.operator in ("<=", "="):
            limits[f"{column}__lt"] = day + timedelta(days=1)
        return Q(**limits)


def read_photo_alternative(name: str, given: str, text: str, place: int) -> PhotoAlternative:
    """Read a comparison, its name already read; `place` is the character after the name, from 1.

    FilterError says at which character the bad part begins.
    """
    comparison = next((known for known in COMPARISONS if known == given), None)
    value = text.strip()
    at = place + len(given) + len(text) - len(text.lstrip())
    if comparison is None or (name == "status" and comparison != "="):
        wanted = "=" if name == "status" else "=, >=, >, <= or <"
        found = f"Unknown comparison {quoted(given)}" if given else "A comparison is missing"
        raise FilterError(f"{found} at character {place}. Use {wanted}, e.g. {EXAMPLES[name]}.")
    if name == "status":
        return PhotoAlternative(name, comparison, _read_status(value, at))
    if name == "date":
        return PhotoAlternative(name, comparison, _read_day(value, at))
    if not COUNT.fullmatch(value):
        raise FilterError(f"A whole number from 0 to 9999 is needed at character {at}.")
    return PhotoAlternative(name, comparison, str(int(value)))


def near_photo_names(name: str) -> list[str]:
    """The names, of those that are about a photo, that look like `name`."""
    return get_close_matches(name.lower(), PHOTO_NAMES, cutoff=0.65)


def _read_status(value: str, at: int) -> str:
    if value.lower() in Photo.Status.values:
        return value.lower()
    instead = hint(value, Photo.Status.values)
    raise FilterError(f"Unknown status {quoted(value)} at character {at}. {instead}")


def _read_day(value: str, at: int) -> str:
    try:
        if DAY.fullmatch(value) and date.min < date.fromisoformat(value) < date.max:
            return value
    except ValueError:
        pass
    raise FilterError(f"A day such as 2026-01-31 is needed at character {at}.")
