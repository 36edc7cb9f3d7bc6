"""The saved filters that the panel lists."""

from dataclasses import dataclass
from urllib.parse import urlencode

from gallery.filters.look import Look
from gallery.filters.saved import count_photos
from gallery.models import Gallery, SavedFilter
from gallery.models.gallery import Visitor
from gallery.views.forms import SavedFilterForm
from ml.models import ModelVersion


@dataclass(frozen=True)
class Saved:
    """A saved filter in the panel. `count` is None if it was not counted."""

    row: SavedFilter
    href: str
    is_valid: bool  # whether its filter can still be read
    count: int | None
    is_current: bool
    form: SavedFilterForm  # to rename it


def make_saved(
    user: Visitor, gallery: Gallery, look: Look, version: ModelVersion | None
) -> list[Saved]:
    """The gallery's saved filters, each with its live count."""
    rows = list(SavedFilter.objects.visible_to(user).in_gallery(gallery).with_gallery())
    counts = count_photos(user, gallery, rows, version)
    current = (str(look.expression), look.match)
    return [
        Saved(
            row=row,
            href=address(row),
            is_valid=row.pk in counts,
            count=counts.get(row.pk),
            is_current=(row.attrs, row.match) == current,
            form=SavedFilterForm(instance=row),
        )
        for row in rows
    ]


def address(row: SavedFilter) -> str:
    """The gallery's page with the saved filter applied."""
    query = {"attrs": row.attrs} | ({"match": row.match} if row.match != "any" else {})
    return f"{row.gallery.get_absolute_url()}?{urlencode(query, safe=',?')}"
