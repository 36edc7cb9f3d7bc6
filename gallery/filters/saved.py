"""Saved filters: kept under a name that is unique in its gallery, and counted live."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from gallery.filters.expression import Expression, Term
from gallery.filters.facets import count_found, needs_query
from gallery.filters.names import bound
from gallery.filters.parsing import parse
from gallery.filters.terms import FilterError
from gallery.models import Gallery, SavedFilter
from gallery.models.changes import change
from gallery.models.gallery import Visitor
from ml.models import ModelVersion

MOST_QUERIES = 40  # each takes about a millisecond for 20,000 faces


class NameTaken(ValueError):
    """The gallery already has a filter with this name."""


def save_filter(row: SavedFilter) -> None:
    """Save a filter, new or renamed.

    Raises:
        NameTaken: another one of the gallery has its name.
        ObjectDoesNotExist: it was to be renamed, and was deleted meanwhile.
    """
    try:
        with transaction.atomic():  # the database decides, even between two simultaneous requests
            if row.pk is None:
                row.save()
            else:
                change(row, "name")
    except IntegrityError:
        words = gettext(
            "This gallery already has a filter called “%(name)s”. Choose another name."
        ) % {"name": row.name}
        raise NameTaken(words) from None


def count_photos(
    user: Visitor, gallery: Gallery, rows: Iterable[SavedFilter], version: ModelVersion | None
) -> dict[int, int | None]:
    """By key, how many of the gallery's photos match each filter.

    A filter that can no longer be read is left out. None stands for one that was not counted: all
    filters together may take MOST_QUERIES queries.
    """
    filters: dict[int, tuple[Expression, str]] = {}
    asked: set[Term] = set()
    counts: dict[int, int | None] = {}
    for row in rows:
        with suppress(FilterError):
            expression = bound(parse(row.attrs), user)
            counts[row.pk] = None
            needed = asked.union(filter(needs_query, expression.terms))
            if len(needed) <= MOST_QUERIES:
                asked, filters[row.pk] = needed, (expression, row.match)
    if filters:
        galleries = Gallery.objects.visible_to(user).only_this(gallery)
        counts |= zip(filters, count_found(galleries, [*filters.values()], version), strict=True)
    return counts
