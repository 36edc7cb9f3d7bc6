"""Where a page of a list is looked for first: few rows that surely hold it.

A list of photos asks of each whether it has a face as wanted, and what its best one is: right, but
dear for a whole gallery. A page needs few of them. So the faces are read in the list's order, by
an index or in one scan, and only the photos of the first ones are asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Value

from gallery.fields import DECIMALS, HALF_STEP

NO_VALUE = -2.0  # sorts a photo without faces behind all others: real keys lie in [-1, 1]
WINDOW = 10_000  # faces next to the page's beginning, read by the index before all others
FEWEST, MORE, MOST = 50, 10, 15_000  # rows at first, how they grow while too few, and how far

Place = tuple[float | None, int]  # of a row in its list: the sort key, if it has one, and the id


@dataclass(frozen=True)
class Candidates:
    """Ids of rows among which the next ones are, as far as `end`; None is no limit."""

    ids: set[int]
    end: Place | None = None

    def hold(self, key: float | None, pk: int) -> bool:
        """Whether no row that is not among them can come before that one."""
        if self.end is None or self.end[0] is None or key is None:
            return True
        return (round(key, DECIMALS), pk) <= self.end


@dataclass(frozen=True)
class Search:
    """The faces that decide which rows a list holds, and in which order."""

    faces: Any  # those of all the rows that the list may hold, or more
    column: str  # of Face: the id of the list's row
    condition: Q | None = None  # one face of each row meets it; None: any row, with faces or not
    field: str = ""  # of `faces`: a row's highest, or lowest, is its sort key; "": newest first
    lowest: bool = False

    def nearest(
        self, place: Place | None, count: int, ascends: bool
    ) -> Iterator[Candidates | None]:
        """Where to look for the `count` rows next to a place, until so many are found.

        None stands for the whole list, and comes last.
        """
        is_bare = bool(place) and place[0] == NO_VALUE  # type: ignore[index]
        if is_bare or (self.condition is None and not self.field):
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
        if self.condition is None and self.column != "id":
            yield None

    def _bounded(self, faces: Any, most: int, ascends: bool) -> Any:
        """The faces by value, only what so many of the newest ones reach: few are left to sort."""
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

    def _stages(self, place: Place | None, ascends: bool) -> Iterator[Any]:
        """Faces from the place on, the nearest first: (row's id, value); a part, then all."""
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
        # By an expression, so that the store scans the table and does not walk its index.
        order = F(self.column) + 0
        far = self._matching(faces).order_by(order.asc() if ascends else order.desc())
        yield far.values_list(*row)

    def _beyond(self, place: Place | None, ascends: bool, rises: bool) -> list[Q]:
        if place is None or place[0] is None:
            return []
        value = -place[0] if self.lowest else place[0]
        tied = Q(**{f"{self.column}__{'gt' if ascends else 'lt'}": place[1]})
        lookup, step = ("gte", HALF_STEP) if rises else ("lt", -HALF_STEP)
        farther = Q(**{f"{self.field}__{lookup}": value + step})
        return [farther | Q(**{f"{self.field}__{lookup}": value - step}) & tied]

    def _matching(self, faces: Any) -> Any:
        return faces.filter(self.condition) if self.condition else faces
