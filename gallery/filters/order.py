"""The order of a list: as an address names it, and as the database sorts by it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, FloatField, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext, gettext_noop

from gallery.filters.terms import FilterError, hint, quoted
from gallery.models.orders import ById, ByValue, Kind, Order
from gallery.models.search import NO_VALUE
from ml.attributes import NAMES, find

NEWEST = "newest"


@dataclass(frozen=True)
class PhotoOrder:
    """An order by a column of Photo; without one, by the upload, which is the order of the ids."""

    words: str
    rises: bool = False
    column: str = ""
    kind: Kind = "moment"

    @property
    def order(self) -> Order:
        return ByValue(self.kind, self.rises) if self.column else ById(self.rises)

    def key(self, prefix: str = "") -> dict[str, Any]:
        """The key as an annotation of Photo, or of a row whose photo is reached by `prefix`."""
        if not self.column:
            return {}
        value = F(f"{prefix}{self.column}")
        return {"sort_key": Lower(value) if self.kind == "text" else value}


# As for attributes, the highest comes first, and with a minus the lowest. A name begins with A.
PHOTO_ORDERS = {
    NEWEST: PhotoOrder(gettext_noop("Newest first")),
    "oldest": PhotoOrder(gettext_noop("Oldest first"), rises=True),
    "taken": PhotoOrder(gettext_noop("Date taken, newest first"), column="taken_at"),
    "-taken": PhotoOrder(gettext_noop("Date taken, oldest first"), rises=True, column="taken_at"),
    "name": PhotoOrder(
        gettext_noop("Name, A to Z"), rises=True, column="original_name", kind="text"
    ),
    "-name": PhotoOrder(gettext_noop("Name, Z to A"), column="original_name", kind="text"),
    "faces": PhotoOrder(gettext_noop("Most faces"), column="face_count", kind="number"),
    "-faces": PhotoOrder(
        gettext_noop("Fewest faces"), rises=True, column="face_count", kind="number"
    ),
}
# Other names for two of them.
SAME = {"uploaded": NEWEST, "-uploaded": "oldest"}


def check_sort(sort: str) -> str:
    """The order's canonical name; FilterError with similar names if it is unknown."""
    name, lowest = read_sort(sort)
    if name:
        return f"{'-' if lowest else ''}{name}"
    order = sort.strip().lower() or NEWEST
    return SAME.get(order, order)


def read_sort(sort: str) -> tuple[str, bool]:
    """The attribute to sort by ("" for PHOTO_ORDERS), and whether the lowest comes first."""
    sort = sort.strip()
    if not sort or sort.lower() in PHOTO_ORDERS | SAME:
        return "", False
    name = sort.removeprefix("-")
    attribute = find(name)
    if not attribute:
        words = gettext("Unknown order %(order)s.") % {"order": quoted(sort)}
        instead = hint(name, [*(order.strip("-") for order in PHOTO_ORDERS | SAME), *NAMES])
        raise FilterError(f"{words} {instead}", "sort")
    return attribute.name, sort.startswith("-")


def sort_key(lowest: bool) -> Coalesce:
    """`sort_value` as a key that is highest in the first row."""
    value = F("sort_value") * (-1 if lowest else 1)
    return Coalesce(value, Value(NO_VALUE), output_field=FloatField())
