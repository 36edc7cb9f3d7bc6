"""How the rows of a list are ordered, and how a place in it is written into an address.

A place is a row's key, its `sort_key`, and its id, which decides between rows with the same key. So
a page begins at a place even if its row has left the list.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.db.models import Q

from gallery.fields import DECIMALS, HALF_STEP

Place = tuple[Any, int]  # a row's key, if the order has one, and its id
Kind = Literal["moment", "time", "number", "text"]

PROBABILITY = re.compile(r"-?[0-9]\.[0-9]{4}")
NUMBER = re.compile(r"[0-9]{1,9}")
LONGEST = 1000  # characters of a key: a file's name has 255, and small letters may take more


class Part(NamedTuple):
    """Some rows of a list by a condition, and the columns that they are ordered by."""

    condition: Q
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ById:
    """The highest id first, or (`rises`) the lowest."""

    rises: bool = False

    def parts(self, place: Place | None, back: bool) -> list[Part]:
        """The rows after a place, nearest first, or before it (`back`), part by part."""
        up = self.rises != back
        condition = Q(**{f"id__{'gt' if up else 'lt'}": place[1]}) if place else Q()
        return [Part(condition, ("id" if up else "-id",))]

    def write(self, key: Any) -> str:
        """A key as text."""
        return ""

    def read(self, text: str) -> Any:
        """A key from its text; ValueError if it is none."""
        if text:
            raise ValueError("an order by id has no key")


@dataclass(frozen=True)
class ByProbability:
    """The highest `sort_key` first, a number of four decimals; then the highest id."""

    rises = False

    def parts(self, place: Place | None, back: bool) -> list[Part]:
        """The rows after a place, nearest first, or before it (`back`), part by part."""
        sign = "" if back else "-"
        return [Part(self._beyond(place, back), (f"{sign}sort_key", f"{sign}id"))]

    def _beyond(self, place: Place | None, back: bool) -> Q:
        # Compared half a step away: values that agree in four decimals are equal everywhere.
        if place is None:
            return Q()
        key, pk = place
        if back:
            return Q(sort_key__gte=key + HALF_STEP) | Q(sort_key__gte=key - HALF_STEP, id__gt=pk)
        return Q(sort_key__lt=key - HALF_STEP) | Q(sort_key__lt=key + HALF_STEP, id__lt=pk)

    def write(self, key: float) -> str:
        """A key as text."""
        return f"{key:.{DECIMALS}f}"

    def read(self, text: str) -> float:
        """A key from its text; ValueError if it is none."""
        if not PROBABILITY.fullmatch(text):
            raise ValueError("not a probability")
        return float(text)


@dataclass(frozen=True)
class ByValue:
    """The highest `sort_key` first, or (`rises`) the lowest, an exact value; then so by id.

    Rows whose key is None come last. They are a part of their own, so that an index on the key
    and the id gives each part in order, from either end.
    """

    kind: Kind
    rises: bool = False

    def parts(self, place: Place | None, back: bool) -> list[Part]:
        """The rows after a place, nearest first, or before it (`back`), part by part."""
        up = self.rises != back
        beyond = "gt" if up else "lt"
        by_value = ("sort_key", "id") if up else ("-sort_key", "-id")
        known = Part(Q(sort_key__isnull=False), by_value)
        unknown = Part(Q(sort_key__isnull=True), by_value[1:])
        if place is None:
            parts = [unknown, known] if back else [known, unknown]
        elif place[0] is None:
            unknown = Part(Q(sort_key__isnull=True, **{f"id__{beyond}": place[1]}), by_value[1:])
            parts = [unknown, known] if back else [unknown]
        else:
            key, pk = place
            is_beyond = Q(**{f"sort_key__{beyond}": key}) | Q(**{f"id__{beyond}": pk})
            # Said twice: by the first half alone the database finds the place in an index.
            known = Part(Q(**{f"sort_key__{beyond}e": key}) & is_beyond, by_value)
            parts = [known] if back else [known, unknown]
        return parts if self.kind == "moment" else [part for part in parts if part is known]

    def write(self, key: Any) -> str:
        """A key as text."""
        return "-" if key is None else f"={key}"

    def read(self, text: str) -> Any:
        """A key from its text; ValueError if it is none."""
        if text == "-" and self.kind == "moment":
            return None
        if not text.startswith("=") or len(text) > LONGEST:
            raise ValueError("not a key")
        return READERS[self.kind](text[1:])


Order = ById | ByProbability | ByValue


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo:
        raise ValueError("what a clock on the wall shows has no zone")
    return moment


def _read_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if not time.tzinfo:
        raise ValueError("without a zone it is no time")
    return time


def _read_number(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return int(text)


def _read_text(text: str) -> str:
    if "\0" in text:  # which PostgreSQL cannot compare with
        raise ValueError("not a name")
    return text


READERS: dict[Kind, Callable[[str], Any]] = {
    "moment": _read_moment,
    "time": _read_time,
    "number": _read_number,
    "text": _read_text,
}
