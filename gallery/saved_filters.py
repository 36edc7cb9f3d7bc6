"""Filters that a person gave a name: kept once under it, and counted live."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce

from gallery.demands import FilterError
from gallery.filters import parse
from gallery.models import Gallery, Photo, SavedFilter
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
    """By key, how many of the gallery's photos each filter leaves: one query for all.

    A filter that can be read no more has no count.
    """
    photos, counts = Photo.objects.visible_to(user).in_gallery(gallery), {}
    for row in rows:
        try:
            found = photos.matching(parse(row.attrs), version, row.match)
        except FilterError:
            continue
        count = found.order_by().values("gallery").annotate(count=Count("pk")).values("count")
        counts[f"count_{row.pk}"] = Coalesce(Subquery(count), 0)
    if not counts:
        return {}
    found = Gallery.objects.filter(pk=gallery.pk).annotate(**counts).values(*counts).get()
    return {int(name.removeprefix("count_")): count for name, count in found.items()}
