"""Lists in pages. Each starts after the last row seen: no OFFSET, so deep pages stay fast."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from django.db import models
from django.utils.translation import gettext

from gallery.models.orders import ById, ByValue, Order, Place
from gallery.models.search import Search

Row = TypeVar("Row", bound=models.Model)

ID = re.compile(r"[0-9]{1,18}", re.ASCII)


class CursorError(ValueError):
    """The cursor of a page cannot be read; the message tells people what to do."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursors of the next and previous page ("" if there is none).

    `page` takes the next page's cursor, `page_before` the previous one's.
    """

    items: list[Row]
    next_cursor: str
    previous_cursor: str = ""


class KeysetQuerySet(models.QuerySet[Row]):
    """Rows in an order, by their `sort_key` if it has keys, and their id; the newest come first."""

    # A condition that all these rows meet, on columns that photos and faces share. With it, a
    # filter reads the faces of one person or gallery instead of all faces.
    scope: dict[str, Any] = {}
    search: Search | None = None  # a short cut to the rows of a page
    order: Order = ById()
    asker: Any = None  # to whom the rows are shown; `by=me` in a filter means them

    def within(self, **scope: Any) -> Self:
        """The rows that meet this condition; it becomes their scope."""
        rows = self.filter(**scope)
        rows.scope = scope
        return rows

    def asked_by(self, asker: Any) -> Self:
        """The same rows, for the person or the holder of a link who asks for them."""
        rows = self.all()
        rows.asker = asker
        return rows

    def searched(self, search: Search | None) -> Self:
        """The same rows, with a short cut to their pages."""
        rows = self.all()
        rows.search = search
        return rows

    def in_order(self, order: Order, **key: Any) -> Self:
        """The same rows in this order; `sort_key` is what an order that has keys goes by."""
        rows = self.annotate(**key)
        rows.order = order
        return rows

    def page(self, after: str, size: int) -> Page[Row]:
        """The `size` rows after the cursor; CursorError if it cannot be read."""
        items = self._next(self._read_cursor(after) if after else None, size + 1)
        more = len(items) > size
        return Page(
            items=items[:size],
            next_cursor=self._write_cursor(items[size - 1]) if more else "",
            previous_cursor=self._write_cursor(items[0]) if after and items else "",
        )

    def page_before(self, before: str, size: int) -> Page[Row]:
        """The `size` rows before the cursor; CursorError if it cannot be read."""
        items = self._next(self._read_cursor(before), size + 1, ascends=True)[::-1]
        more = len(items) > size
        items = items[-size:]
        return Page(
            items=items,
            next_cursor=self._write_cursor(items[-1]) if items else "",
            previous_cursor=self._write_cursor(items[0]) if more else "",
        )

    def start_around(self, row: Row, size: int) -> str:
        """The cursor of the page that has this row in its middle; "" for the first page.

        A row that has left the list has its place in it still if the order is by id.
        """
        place = self._place_of(row)
        if place is None and isinstance(self.order, ById):
            place = None, row.pk
        before = self._next(place, size // 2 + 1, ascends=True) if place else []
        return self._write_cursor(before[-1]) if len(before) > size // 2 else ""

    def start_at(self, place: Place) -> str:
        """The cursor of the page that begins at a place; "" if no row is before it."""
        before = self._next(place, 1, ascends=True)
        return self._write_cursor(before[0]) if before else ""

    def row_before(self, row: Row) -> Row | None:
        """The row before one of this list, which has just been read from it."""
        before = self._next((self._key_of(row), row.pk), 1, ascends=True)
        return before[0] if before else None

    def last_row(self) -> Row | None:
        """The last row of the list."""
        last = self._next(None, 1, ascends=True)
        return last[0] if last else None

    def cursor_at(self, key: Any, pk: int) -> str:
        """The cursor of the page after a place: a key of the order, if it has keys, and an id."""
        text = f"{self.order.write(key)},{pk}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def neighbors(self, row: Row) -> tuple[Row | None, Row | None]:
        """The rows before and after this one; None and None if it is not in the list."""
        before, after = self.around(row, 1)
        return before[0] if before else None, after[0] if after else None

    def around(self, row: Row, count: int) -> tuple[list[Row], list[Row]]:
        """Up to `count` rows before and after this one, nearest first; none if it is not here."""
        place = self._place_of(row)
        if place is None:
            return [], []
        return self._next(place, count, ascends=True), self._next(place, count)

    def count_before(self, row: Row) -> int:
        """How many rows come before this one. Each is looked at: for short lists."""
        place = self._place_of(row)
        parts = self.order.parts(place, back=True) if place else []
        return sum(self.filter(part.condition).count() for part in parts)

    def _next(self, place: Place | None, count: int, ascends: bool = False) -> list[Row]:
        """The `count` rows after a place, or before it (`ascends`), nearest first."""
        rows, items = self.order_by(), list[Row]()
        if self.search and isinstance(self.order, ByValue):
            few = self.search.few()
            return (rows if few is None else rows.filter(pk__in=few))._read(place, count, ascends)
        up = ascends != self.order.rises
        ways = self.search.nearest(place, count, up) if self.search else [None]
        for candidates in ways:
            if candidates is None:
                return rows._read(place, count, ascends)
            items = rows.filter(pk__in=candidates.ids)._read(place, count, ascends)
            items = [item for item in items if candidates.hold(self._key_of(item), item.pk)]
            if len(items) == count:
                break
        return items

    def _read(self, place: Place | None, count: int, back: bool) -> list[Row]:
        items = list[Row]()
        for condition, columns in self.order.parts(place, back):
            items += self.filter(condition).order_by(*columns)[: count - len(items)]
            if len(items) == count:
                break
        return items

    def _clone(self) -> Self:
        # Every method of a queryset copies it by `_clone`, which django-stubs leaves out.
        rows: Self = super()._clone()  # type: ignore[misc]
        rows.scope, rows.search, rows.order = self.scope, self.search, self.order
        rows.asker = self.asker
        return rows

    def _place_of(self, row: Row) -> Place | None:
        """Where a row is in the list; None if it is not in it."""
        here = self.filter(pk=row.pk).first()
        return None if here is None else (self._key_of(here), here.pk)

    def _key_of(self, row: Any) -> Any:
        return None if isinstance(self.order, ById) else row.sort_key

    def _write_cursor(self, row: Any) -> str:
        return self.cursor_at(self._key_of(row), row.pk)

    def _read_cursor(self, cursor: str) -> Place:
        padded = cursor + "=" * (-len(cursor) % 4)
        try:
            text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
            key, comma, pk = text.rpartition(",")
            if comma and ID.fullmatch(pk):
                return self.order.read(key), int(pk)
        except (binascii.Error, ValueError):
            pass
        raise CursorError(gettext("The address of this page is broken. Go back to the first page."))
