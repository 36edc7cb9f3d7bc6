"""The months of a grid that is in the order of a date: its headings, and the way to each month."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import CharField, Count
from django.db.models.functions import Cast, Substr
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from gallery.filters.days import Span, month_span
from gallery.filters.expression import EVERYTHING
from gallery.filters.look import Look
from gallery.filters.order import NEWEST
from gallery.filters.terms import FilterError, quoted
from gallery.models import Photo
from gallery.models.pages import Page
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.tiles import Tile
from ml.models import ModelVersion

UPLOADED, TAKEN = ("newest", "oldest"), ("taken", "-taken")
UNDATED = "none"
NO_DATE = gettext_noop("No date")
MONTH, HOUR, MINUTE = len("2024-06"), len("2024-06-01 14"), len("2024-06-01 14:05")
# Of a gallery's photos: beyond these, counting would take longer than the rest of the page.
MOST_UPLOADS = 200_000  # by upload: there is no strip
MOST_FILTERED = 50_000  # by a filter about faces: the strip has the months of all photos, uncounted
LAST = 10**18  # an id that no row has


@dataclass(frozen=True)
class Month:
    """A month with photos, and the address where the grid begins with it."""

    name: str
    words: str
    count: int | None  # None if it was not counted
    href: str
    year: str = ""  # if it is the first of its year in the list


def has_months(look: Look) -> bool:
    """Whether its grid has months: photos in the order of a date."""
    return look.view == "photos" and look.sort in (*UPLOADED, *TAKEN)


def with_headings(
    tiles: list[Tile], page: Page[Photo], rows: PhotoQuerySet, look: Look
) -> list[Tile]:
    """The tiles of a page of these rows with their months, and a heading where a month begins.

    A list that is all of one month has none.
    """
    if not tiles or not has_months(look):
        return tiles
    before, headed = _month_before(page, rows, look), []
    for tile in tiles:
        month = _month_of(tile.photo, look)
        headed.append(replace(tile, month=month, heading=_words(month) if month != before else ""))
        before = month
    return headed


def find_months(look: Look, photos: PhotoQuerySet, version: ModelVersion | None) -> Counter[str]:
    """How many of the photos that match are of each month, in the list's order."""
    matching = replace(look, sort=NEWEST).photos(photos, version).order_by()
    column, size = ("taken_at", MONTH) if look.sort in TAKEN else ("created_at", _utc_size())
    # As text, because SQLite truncates dates by Python.
    moment = Substr(Cast(column, CharField()), 1, size)
    counts: Counter[str] = Counter()
    for text, count in matching.values_list(moment).annotate(count=Count("pk")):
        counts[_month_at(text)] += count
    undated = counts.pop(UNDATED, 0)
    newest_first = look.sort in ("newest", "taken")
    ordered = Counter({name: counts[name] for name in sorted(counts, reverse=newest_first)})
    return ordered + Counter({UNDATED: undated})


def months_context(
    collection: Collection, look: Look, version: ModelVersion | None, page: dict[str, Any]
) -> dict[str, Any]:
    """The months to jump to from a page of the grid; none if there is only one."""
    if not has_months(look) or (look.sort in UPLOADED and page["total"] > MOST_UPLOADS):
        return {}
    is_all = not look.expression.face_terms or page["total"] <= MOST_FILTERED
    if not (page["more"] or page["earlier"]):  # they are all on the page
        counts = Counter(tile.month for tile in page["tiles"])
    else:
        asked = look if is_all else replace(look, expression=EVERYTHING)
        counts = find_months(asked, collection.photos(), version)
    links = _as_links(counts, look, collection, has_counts=is_all)
    return {"months": list(links) if len(counts) > 1 else []}


def from_month(
    query: QueryDict, rows: PhotoQuerySet, everyone: PhotoQuerySet, look: Look
) -> QueryDict:
    """The query with the cursor of its month, `from`, unless it names another page."""
    month = query.get("from", "")
    if not month or query.get("after") or query.get("before"):
        return query
    changed = query.copy()
    changed["after"] = _start_of(month, rows, everyone, look)
    return changed


def _start_of(month: str, rows: PhotoQuerySet, everyone: PhotoQuerySet, look: Look) -> str:
    """The cursor of the page that begins with a month; "" if it is the first.

    FilterError if the text is no month.
    """
    span = month_span(month)
    if span is None and month != UNDATED:
        words = gettext("Unknown month %(month)s. Write it as in 2024-06.")
        raise FilterError(words % {"month": quoted(month)}, "from")
    if not has_months(look):
        return ""
    place = _uploads_at(span, everyone, look) if look.sort in UPLOADED else _taken_at(span, look)
    return rows.start_at(place) if place else ""


def _as_links(
    counts: Counter[str], look: Look, collection: Collection, *, has_counts: bool
) -> Iterable[Month]:
    year = ""
    for name, count in counts.items():
        first_of = name[:4] if name[:4] != year and name != UNDATED else ""
        year = name[:4]
        yield Month(
            name=name,
            words=_words(name),
            count=count if has_counts else None,
            href=collection.address(look, **{"from": name}),
            year=first_of,
        )


def _taken_at(span: Span | None, look: Look) -> tuple[datetime | None, int]:
    is_newest = look.sort == "taken"
    if span is None:
        return None, LAST if is_newest else 0
    return datetime.combine(span.end if is_newest else span.first, time()), 0


def _uploads_at(span: Span | None, everyone: PhotoQuerySet, look: Look) -> tuple[None, int] | None:
    """The first photo of the month, filtered or not."""
    if span is None:
        return None
    zone, is_newest = timezone.get_default_timezone(), look.sort == NEWEST
    edge = datetime.combine(span.end if is_newest else span.first, time(), zone)
    limit = {"created_at__lt" if is_newest else "created_at__gte": edge}
    found = everyone.filter(**limit).order_by("-id" if is_newest else "id")
    first = found.values_list("pk", flat=True).first()
    return None if first is None else (None, first)


def _month_before(page: Page[Photo], rows: PhotoQuerySet, look: Look) -> str:
    """The month of the photo before; of the list's first photo, that of its last one instead."""
    before: Photo | None = page.items[-1]
    if page.previous_cursor:
        before = rows.row_before(page.items[0])
    elif page.next_cursor:
        before = rows.last_row()
    return _month_of(before, look) if before else ""


def _month_of(photo: Photo, look: Look) -> str:
    if look.sort in TAKEN:
        return f"{photo.taken_at:%Y-%m}" if photo.taken_at else UNDATED
    return f"{timezone.localtime(photo.created_at):%Y-%m}"


def _month_at(text: str | None) -> str:
    """The month of what the database wrote: a month, or an hour or a minute in UTC."""
    if text is None:
        return UNDATED
    if len(text) == MONTH:
        return text
    return f"{timezone.localtime(datetime.fromisoformat(text).replace(tzinfo=UTC)):%Y-%m}"


def _utc_size() -> int:
    """How much of a moment in UTC tells its month: its hour, or in zones of half hours, more."""
    offset = timezone.localtime().utcoffset() or timedelta()
    return MINUTE if offset % timedelta(hours=1) else HOUR


def _words(month: str) -> str:
    span = month_span(month)
    return span.words if span else gettext(NO_DATE)
