"""The order of a list: as an address names it, and as the database sorts by it."""

from django.db.models import F, FloatField, Value
from django.db.models.functions import Coalesce

from gallery.filters.terms import FilterError, hint, quoted
from gallery.models.search import NO_VALUE
from ml.attributes import NAMES, find

NEWEST = "newest"


def read_sort(sort: str) -> tuple[str, bool]:
    """The attribute to sort by ("" for newest first), and whether the lowest comes first."""
    sort = sort.strip()
    if sort in ("", NEWEST):
        return "", False
    name = sort.removeprefix("-")
    attribute = find(name)
    if not attribute:
        raise FilterError(f"Unknown order {quoted(sort)}. {hint(name, (NEWEST, *NAMES))}", "sort")
    return attribute.name, sort.startswith("-")


def sort_key(lowest: bool) -> Coalesce:
    """`sort_value` as a key that is highest in the first row."""
    value = F("sort_value") * (-1 if lowest else 1)
    return Coalesce(value, Value(NO_VALUE), output_field=FloatField())
