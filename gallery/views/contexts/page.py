"""The page of a gallery, or of all photos: a part of the grid, the counts, and the panel."""

import re
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django_htmx.http import push_url

from gallery.exchange.formats import FORMATS
from gallery.filters.look import Look
from gallery.models import Gallery, Photo, Role
from gallery.models.gallery import GalleryQuerySet
from gallery.models.pages import Page
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.months import from_month, with_headings
from gallery.views.contexts.panel import make_controls, make_groups, make_numbers
from gallery.views.contexts.saved import make_saved
from gallery.views.contexts.tiles import face_tiles, photo_tiles
from gallery.views.contexts.upload import upload_context
from gallery.views.contexts.waiting import are_stalled
from gallery.views.forms import GalleryForm, SavedFilterForm, TargetForm
from gallery.views.requests import PageRequest
from ml.models import ModelVersion

PAGE_SIZE = 60
SIZE = re.compile(r"[1-9][0-9]?", re.ASCII)


def page_context(
    request: PageRequest, collection: Collection, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """One page of the grid, its address, and those of the pages before and after it.

    Raises CursorError for the address of a page that cannot be read.
    """
    photos = collection.photos()
    if look.view == "faces":
        faces = collection.faces()
        found, own = _read_page(look.faces(faces, version).with_photo(), faces, request.GET)
        tiles = face_tiles(found.items, look, version)
    else:
        rows = look.photos(photos, version)
        query = from_month(request.GET, rows, photos, look)
        found, own = _read_page(rows.with_faces(), photos, query)
        tiles = with_headings(photo_tiles(found.items, look, version), found, rows, look)
    after, before = found.next_cursor, found.previous_cursor
    return {
        "collection": collection,
        "tiles": tiles,
        "address": collection.address(look, **own),
        "more": collection.address(look, after=after) if after else "",
        "earlier": collection.address(look, before=before) if before else "",
        "first": collection.address(look),
        "attrs": str(look.expression),
    }


def _read_page(rows: Any, everyone: Any, query: QueryDict) -> tuple[Page[Any], dict[str, Any]]:
    """The page that the address names, and the parameters that name it for good.

    `at` asks for the page around one of `everyone`; `before` for one that ends at a cursor, for so
    many rows that those after it keep their columns.
    """
    before, size = query.get("before", ""), query.get("size", "")
    if before:
        count = min(int(size), PAGE_SIZE) if SIZE.fullmatch(size) else PAGE_SIZE
        return rows.page_before(before, count), {"before": before, "size": count}
    after = query.get("after", "") or _start(rows, everyone, query.get("at", ""))
    page = rows.page(after, PAGE_SIZE)
    if "from" in query and not page.items:  # no photo is of that month, or comes after it
        after, page = "", rows.page("", PAGE_SIZE)
    return page, {"after": after} if after else {}


def _start(rows: Any, everyone: Any, at: str) -> str:
    with suppress(ValueError):  # no uuid: the first page
        if row := everyone.among([UUID(at)]).first():
            start: str = rows.start_around(row, PAGE_SIZE)
            return start
    return ""


def grid_part(request: PageRequest) -> str:
    """Which part of the grid a script asks for: "more", "earlier", one "page" again, or none."""
    target = request.htmx.target or ""
    return target if target in ("more", "earlier") else "page" if target.startswith("page-") else ""


def panel_context(
    collection: Collection, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """The counts and the filter panel."""
    facets = look.facets(collection.galleries(), version)
    return {
        "collection": collection,
        "look": look,
        "query": collection.query(look),
        "found": facets.found,
        "found_faces": facets.faces,
        "numbers": make_numbers(collection, look, facets.face_counts),
        "groups": make_groups(collection, look, facets.counts, version),
        **counts_context(collection.photos()),
        **make_controls(collection, look),
        "offers_parquet": FORMATS["parquet"].is_offered,
        "target_form": TargetForm(_targets(collection)),
        **_gallery_context(collection, look, version),
    }


def _gallery_context(
    collection: Collection, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """What can be done in a gallery alone: upload, save a filter, rename."""
    gallery = collection.gallery
    if gallery is None:
        return {}
    return {
        "gallery": gallery,
        "saved": make_saved(collection.user, gallery, look, version),
        "form": GalleryForm(instance=gallery),
        "save_form": SavedFilterForm(),
        **upload_context(gallery),
    }


def _targets(collection: Collection) -> GalleryQuerySet:
    """The galleries to which photos of this grid can be moved or copied."""
    galleries = Gallery.objects.visible_to(collection.user, Role.EDITOR)
    return galleries.exclude(pk=collection.gallery.pk) if collection.gallery else galleries


def counts_context(photos: PhotoQuerySet) -> dict[str, Any]:
    """How many photos there are, how many still wait, in vain or not, and how many failed."""
    counts = photos.status_counts()
    pending = counts[Photo.Status.QUEUED] + counts[Photo.Status.ANALYSING]
    return {
        "total": sum(counts.values()),
        "pending": pending,
        "are_stalled": pending > 0 and are_stalled(photos),
        "failed": counts[Photo.Status.FAILED],
    }


def render_gallery(
    request: PageRequest, context: dict[str, Any], url: str, status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx what lies within it; then `url` becomes the address shown."""
    if not request.htmx:
        return render(request, "gallery/gallery.html", context, status=status)
    response = render(request, "gallery/_browse.html", context, status=status)
    # Only a new address is pushed: the same one twice would take two steps back to leave.
    is_new = url != request.htmx.current_url_abs_path
    return push_url(response, url) if is_new else response


def broken_page(
    request: PageRequest, collection: Collection, error: ValueError, version: ModelVersion | None
) -> HttpResponse:
    """The page for a filter that cannot be read: the reason, and the panel without a filter."""
    context = panel_context(collection, Look(), version)
    context |= {"error": str(error), "attrs": request.GET.get("attrs", ""), "tiles": []}
    return render_gallery(request, context, request.get_full_path(), status=400)
