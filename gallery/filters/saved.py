"""Filters that a person gave a name: kept once under it, and counted live."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction

from gallery.filters.expression import parse
from gallery.filters.facets import count_found
from gallery.filters.terms import FilterError
from gallery.models import Gallery, SavedFilter
from ml.models import ModelVersion


class NameTaken(ValueError):
    """The gallery has a filter of that name already."""


def save_filter(row: SavedFilter) -> None:
    """Keep the filter, new or renamed; NameTaken where another has its name."""
    try:
        with transaction.atomic():  # the database decides, also between two requests
            row.save()
    except IntegrityError:
        words = (
            f"There is a filter called “{row.name}” in this gallery already. Choose another name."
        )
        raise NameTaken(words) from None


def count_photos(
    user: Any, gallery: Gallery, rows: Iterable[SavedFilter], version: ModelVersion | None
) -> dict[int, int]:
    """By key, how many of the gallery's photos each filter leaves.

    A filter that can be read no more has no count.
    """
    filters = {}
    for row in rows:
        with suppress(FilterError):
            filters[row.pk] = parse(row.attrs), row.match
    if not filters:
        return {}
    galleries = Gallery.objects.visible_to(user).only_this(gallery)
    counts = count_found(galleries, [*filters.values()], version)
    return dict(zip(filters, counts, strict=True))
