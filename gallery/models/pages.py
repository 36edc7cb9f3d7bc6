"""Lists in pages. Each starts after the last row seen: no OFFSET, so deep pages stay fast."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from django.db import models
from django.db.models import Q

from gallery.fields import DECIMALS, HALF_STEP
from gallery.models.search import Place, Search

Row = TypeVar("Row", bound=models.Model)

CURSOR = re.compile(r"(-?[0-9]\.[0-9]{4})?,([0-9]{1,18})")


class CursorError(ValueError):
    """The cursor of a page cannot be read; the message tells people what to do."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursor of the next page ("" on the last one)."""

    items: list[Row]
    next_cursor: str


class KeysetQuerySet(models.QuerySet[Row]):
    """Rows in the order of their `sort_key`, if they have one, then their id, highest first."""

    # A condition that all these rows meet, on columns that photos and faces share. With it, a
    # filter reads the faces of one person or gallery instead of all faces.
    scope: dict[str, Any] = {}
    search: Search | None = None  # a short cut to the rows of a page

    def within(self, **scope: Any) -> Self:
        """The rows that meet this condition; it becomes their scope."""
        rows = self.filter(**scope)
        rows.scope = scope
        return rows

    def searched(self, search: Search | None) -> Self:
        """The same rows, with a short cut to their pages."""
        rows = self.all()
        rows.search = search
        return rows

    def page(self, after: str, size: int) -> Page[Row]:
        """The `size` rows after the cursor; CursorError if it cannot be read."""
        items = self._next(self._read_cursor(after) if after else None, size + 1)
        more = len(items) > size
        return Page(items[:size], self._write_cursor(items[size - 1]) if more else "")

    def neighbors(self, row: Row) -> tuple[Row | None, Row | None]:
        """The rows before and after this one; None and None if it is not in the list."""
        here: Any = self.filter(pk=row.pk).first()
        if here is None:
            return None, None
        place = self._key_of(here), here.pk
        before, after = self._next(place, 1, ascends=True), self._next(place, 1)
        return before[0] if before else None, after[0] if after else None

    def _next(self, place: Place | None, count: int, ascends: bool = False) -> list[Row]:
        """The `count` rows after a place, or before it (`ascends`), nearest first."""
        rows, items = self, list[Row]()
        if place:
            rows = self.filter(self._before(*place) if ascends else self._after(*place))
        rows = rows.order_by(*self._order("" if ascends else "-"))
        ways = self.search.nearest(place, count, ascends) if self.search else [None]
        for candidates in ways:
            if candidates is None:
                return list(rows[:count])
            items = list(rows.filter(pk__in=candidates.ids)[:count])
            items = [item for item in items if candidates.hold(self._key_of(item), item.pk)]
            if len(items) == count:
                break
        return items

    def _clone(self) -> Self:
        # Every method of a queryset copies it by `_clone`, which django-stubs leaves out.
        rows: Self = super()._clone()  # type: ignore[misc]
        rows.scope, rows.search = self.scope, self.search
        return rows

    def _key_of(self, row: Any) -> float | None:
        return row.sort_key if self._has_key else None

    @property
    def _has_key(self) -> bool:
        return "sort_key" in self.query.annotations

    def _order(self, sign: str) -> list[str]:
        return [f"{sign}sort_key", f"{sign}id"] if self._has_key else [f"{sign}id"]

    # Keys are compared half a step away: values that agree in four decimals are then equal in every
    # database.

    def _after(self, key: float | None, pk: int) -> Q:
        if key is None:
            return Q(id__lt=pk)
        return Q(sort_key__lt=key - HALF_STEP) | Q(sort_key__lt=key + HALF_STEP, id__lt=pk)

    def _before(self, key: float | None, pk: int) -> Q:
        if key is None:
            return Q(id__gt=pk)
        return Q(sort_key__gte=key + HALF_STEP) | Q(sort_key__gte=key - HALF_STEP, id__gt=pk)

    def _write_cursor(self, row: Any) -> str:
        key = f"{row.sort_key:.{DECIMALS}f}" if self._has_key else ""
        return base64.urlsafe_b64encode(f"{key},{row.pk}".encode()).decode().rstrip("=")

    def _read_cursor(self, cursor: str) -> tuple[float | None, int]:
        padded = cursor + "=" * (-len(cursor) % 4)
        try:
            text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
            found = CURSOR.fullmatch(text)
        except (binascii.Error, ValueError):
            found = None
        if found is None or (found[1] is not None) != self._has_key:
            raise CursorError("The address of this page is broken. Go back to the first page.")
        return float(found[1]) if found[1] else None, int(found[2])
