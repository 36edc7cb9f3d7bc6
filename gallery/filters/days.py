"""A day, a month or a year, as a filter writes it: 2024-06-01, 2024-06, 2024."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

SPAN = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
TAKEN = {
    "=": gettext_noop("taken in %(days)s"),
    ">=": gettext_noop("taken from %(days)s"),
    ">": gettext_noop("taken after %(days)s"),
    "<=": gettext_noop("taken until %(days)s"),
    "<": gettext_noop("taken before %(days)s"),
}


@dataclass(frozen=True)
class Span:
    """The days from `first` on, before `end`; `words` is what people call them."""

    first: date
    end: date
    words: str

    @property
    def is_day(self) -> bool:
        return self.end - self.first == timedelta(days=1)

    def compared(self, comparison: str) -> str:
        """A comparison with it in words: "taken in June 2024", "taken on 1 June 2024"."""
        is_on = comparison == "=" and self.is_day
        words = gettext("taken on %(days)s") if is_on else gettext(TAKEN[comparison])
        return words % {"days": self.words}


def read_span(text: str) -> Span | None:
    """The days that a text means; None if it means none that has a day before and after it."""
    found = SPAN.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
        if day:
            return Span(first, first + timedelta(days=1), date_format(first, gettext("j F Y")))
        if month:
            return Span(first, _next_month(first), date_format(first, "F Y"))
        return Span(first, date(year + 1, 1, 1), str(year))
    except (ValueError, OverflowError):  # no such day, or the calendar's last
        return None


def month_span(text: str) -> Span | None:
    """The same, if the text means a month."""
    return read_span(text) if text.count("-") == 1 else None


def between(column: str, comparison: str, first: Any, end: Any) -> Q:
    """The condition that a column compares so with the moments from `first` on, before `end`."""
    limits: dict[str, Any] = {}
    if comparison in (">=", "="):
        limits[f"{column}__gte"] = first
    if comparison == ">":
        limits[f"{column}__gte"] = end
    if comparison == "<":
        limits[f"{column}__lt"] = first
    if comparison in ("<=", "="):
        limits[f"{column}__lt"] = end
    return Q(**limits)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
