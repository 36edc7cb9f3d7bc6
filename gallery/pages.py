"""Lists in pages that start behind the last row seen: no OFFSET, however deep one reads."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import models
from django.db.models import Q

from gallery.filters import DECIMALS, HALF_STEP, FilterError

if TYPE_CHECKING:
    from gallery.models import Face, Gallery, Photo, SavedFilter

    Row = TypeVar("Row", Gallery, Photo, Face, SavedFilter)
else:
    Row = TypeVar("Row")

CURSOR = re.compile(r"(-?[0-9]\.[0-9]{4})?,([0-9]{1,18})")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and the `after` that asks for the next ones ("" at the end)."""

    items: list[Row]
    next_cursor: str


class KeysetQuerySet(models.QuerySet[Row]):
    """Rows ordered by their `sort_key`, where they have one, then their id, the highest first."""

    def page(self, after: str, size: int) -> Page[Row]:
        """The `size` rows behind the cursor `after`; FilterError for a broken one."""
        rows = self.filter(self._behind(*self._read_cursor(after))) if after else self
        items = list(rows.order_by(*self._order("-"))[: size + 1])
        more = len(items) > size
        return Page(items[:size], self._write_cursor(items[size - 1]) if more else "")

    def neighbours(self, row: Row) -> tuple[Row | None, Row | None]:
        """The rows before and behind this one; None and None if it is not in the list."""
        here: Any = self.filter(pk=row.pk).first()
        if here is None:
            return None, None
        place = (here.sort_key if self._has_key else None), here.pk
        before = self.filter(self._before(*place)).order_by(*self._order("")).first()
        behind = self.filter(self._behind(*place)).order_by(*self._order("-")).first()
        return before, behind

    @property
    def _has_key(self) -> bool:
        return "sort_key" in self.query.annotations

    def _order(self, sign: str) -> list[str]:
        return [f"{sign}sort_key", f"{sign}id"] if self._has_key else [f"{sign}id"]

    # Keys are compared half a step away: two that agree in four decimals are equal in every store.

    def _behind(self, key: float | None, pk: int) -> Q:
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
            raise FilterError("The address of this page is broken. Go back to the first page.")
        return float(found[1]) if found[1] else None, int(found[2])
