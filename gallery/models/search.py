"""A short cut to one page of a list: a few candidate rows that are certain to contain it.

A list of photos has to find out for each photo whether it has a matching face, and what its best
value is. That is slow for a whole gallery, and a page needs only a few photos. So faces are read
in the order of the list, by an index or in one scan, and only the photos of the first ones are
looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Value

from gallery.fields import DECIMALS, HALF_STEP
from gallery.models.orders import Place

NO_VALUE = -2.0  # the sort key of a photo without faces, which comes last: others are in [-1, 1]
WINDOW = 10_000  # faces next to the beginning of the page that are tried first, by an index
# Candidates: how many at first, the factor by which they grow if they are too few, and how many at
# most. Beyond that the plain query over the whole list is quicker.
FEWEST, MORE, MOST = 50, 10, 15_000
FEW = 3000  # faces: if no more match, their rows are sorted, in an order that no face decides


@dataclass(frozen=True)
class Candidates:
    """Ids of rows among which all next rows up to the place `end` are; None: all rows at all."""

    ids: set[int]
    end: Place | None = None

    def hold(self, key: float | None, pk: int) -> bool:
        """Whether every row that comes before this one is among the candidates too."""
        if self.end is None or self.end[0] is None or key is None:
            return True
        return (round(key, DECIMALS), pk) <= self.end


@dataclass(frozen=True)
class Search:
    """The faces that decide which rows are in a list, and in which order."""

    faces: QuerySet[Any]  # at least the faces of all rows that may be in the list
    column: str  # the column of Face with the id of the list's row: "photo_id", or "id" for faces
    condition: Q = Q()  # which of them count: at least one face of each row meets it ...
    is_optional: bool = False  # ... but rows without such a face are in the list too, at its end
    field: str = ""  # the column of Face to sort by, a row's highest value first; "": newest first
    lowest: bool = False  # sort by a row's lowest value instead, lowest first

    def nearest(
        self, place: Place | None, count: int, ascends: bool
    ) -> Iterator[Candidates | None]:
        """Candidates for the `count` rows next to a place, more and more until enough are found.

        None comes last if at all, and stands for the whole list.
        """
        has_no_value = place is not None and place[0] == NO_VALUE
        if has_no_value or (self.is_optional and not self.field):
            yield None
            return
        for faces in self._stages(place, ascends):
            most, is_all = max(2 * count, FEWEST), False
            while not is_all and most <= MOST:
                rows = list(self._bounded(faces, most, ascends)[:most])
                is_all = len(rows) < most
                yield self._candidates(rows, ascends and not is_all)
                most *= MORE
            if not is_all:
                yield None
                return
        if self.is_optional:
            yield None  # those at the end, which no search among faces finds

    def few(self) -> set[int] | None:
        """The ids of all rows, if they are few; None if they are not, or if others belong too."""
        if self.is_optional:
            return None
        matching = self._matching(self.faces).order_by().values_list(self.column, flat=True)
        ids = list(matching[: FEW + 1])
        return set(ids) if len(ids) <= FEW else None

    def _bounded(self, faces: QuerySet[Any], most: int, ascends: bool) -> QuerySet[Any]:
        """Drop faces that score below the Nth best of the newest 10,000: few are left to sort."""
        newest = self.faces.order_by(f"-{self.column}").values_list(self.column, flat=True)
        end = newest[WINDOW : WINDOW + 1].first() if self.field else None
        near = list(faces.filter(**{f"{self.column}__gt": end})[:most]) if end else []
        if len(near) < most:
            return faces
        lookup, step = ("lt", HALF_STEP) if ascends != self.lowest else ("gte", -HALF_STEP)
        return faces.filter(**{f"{self.field}__{lookup}": near[-1][1] + step})

    def _candidates(self, rows: list[tuple[int, float]], is_cut: bool) -> Candidates:
        ids = {pk for pk, _ in rows}
        if not (is_cut and self.field):
            return Candidates(ids)
        pk, value = rows[-1]
        return Candidates(ids, (round(-value if self.lowest else value, DECIMALS), pk))

    def _stages(self, place: Place | None, ascends: bool) -> Iterator[QuerySet[Any]]:
        """(row's id, value) of faces from the place on, nearest first: a part of them, then all."""
        faces, sign = self.faces, "" if ascends else "-"
        if self.field:
            rises = ascends != self.lowest
            faces = faces.filter(*self._beyond(place, ascends, rises))
            ordered = faces.order_by(f"{'' if rises else '-'}{self.field}", f"{sign}{self.column}")
            yield self._matching(ordered).values_list(self.column, self.field)
            return
        if place:
            faces = faces.filter(**{f"{self.column}__{'gt' if ascends else 'lt'}": place[1]})
        ordered = faces.order_by(f"{sign}{self.column}")
        row = self.column, Value(0.0)
        end = ordered.values_list(self.column, flat=True)[WINDOW : WINDOW + 1].first()
        if end is None:
            yield self._matching(ordered).values_list(*row)
            return
        near = ordered.filter(**{f"{self.column}__{'lte' if ascends else 'gte'}": end})
        yield self._matching(near).values_list(*row)
        # Ordered by an expression, so that the database scans the table instead of the index: most
        # of these faces have to be read anyway.
        order = F(self.column) + 0
        far = self._matching(faces).order_by(order.asc() if ascends else order.desc())
        yield far.values_list(*row)

    def _beyond(self, place: Place | None, ascends: bool, rises: bool) -> list[Q]:
        """The condition that a face comes after the place; none at the beginning of the list."""
        if place is None or place[0] is None:
            return []
        value = -place[0] if self.lowest else place[0]
        # Compared half a step away: values that agree in four decimals are equal everywhere.
        tied = Q(**{f"{self.column}__{'gt' if ascends else 'lt'}": place[1]})
        lookup, step = ("gte", HALF_STEP) if rises else ("lt", -HALF_STEP)
        farther = Q(**{f"{self.field}__{lookup}": value + step})
        return [farther | Q(**{f"{self.field}__{lookup}": value - step}) & tied]

    def _matching(self, faces: QuerySet[Any]) -> QuerySet[Any]:
        return faces.filter(self.condition)
