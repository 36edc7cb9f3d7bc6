"""A gallery's page: one page of the grid, the counts, and the panel beside them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django_htmx.http import push_url

from gallery.filters.look import Look
from gallery.models import Face, Gallery, Photo
from gallery.models.gallery import Visitor
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.panel import make_controls, make_groups
from gallery.views.contexts.saved import make_saved
from gallery.views.contexts.tiles import face_tiles, photo_tiles
from gallery.views.contexts.upload import upload_context
from gallery.views.forms import GalleryForm
from gallery.views.requests import PageRequest
from ml.models import ModelVersion

PAGE_SIZE = 60


def photos_of(user: Visitor, gallery: Gallery) -> PhotoQuerySet:
    """The gallery's photos that the person may see."""
    return Photo.objects.visible_to(user).in_gallery(gallery)


def page_context(
    request: PageRequest, gallery: Gallery, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """One page of the grid and the address of the next one.

    Raises CursorError for the address of a page that cannot be read.
    """
    after = request.GET.get("after", "")
    if look.view == "faces":
        faces = Face.objects.visible_to(request.user).in_gallery(gallery)
        found = look.faces(faces, version).with_photo().page(after, PAGE_SIZE)
        tiles, cursor = face_tiles(found.items, look, version), found.next_cursor
    else:
        photos = photos_of(request.user, gallery)
        page = look.photos(photos, version).with_faces().page(after, PAGE_SIZE)
        tiles, cursor = photo_tiles(page.items, look, version), page.next_cursor
    more = gallery.get_absolute_url() + look.query_with(after=cursor) if cursor else ""
    return {"tiles": tiles, "more": more, "attrs": str(look.expression)}


def panel_context(
    request: PageRequest, gallery: Gallery, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """The counts and the filter panel."""
    photos = photos_of(request.user, gallery)
    galleries = Gallery.objects.visible_to(request.user).only_this(gallery)
    facets = look.facets(galleries, version)
    return {
        "gallery": gallery,
        "browsing": look,
        "found": facets.found,
        "groups": make_groups(gallery, look, facets.counts, version),
        "saved": make_saved(request.user, gallery, look, version),
        "form": GalleryForm(instance=gallery),
        **counts_context(photos.status_counts()),
        **make_controls(gallery, look),
        **upload_context(gallery),
    }


def counts_context(counts: dict[str, int]) -> dict[str, Any]:
    """How many photos there are in all, how many still wait, and how many failed."""
    return {
        "total": sum(counts.values()),
        "pending": counts[Photo.Status.QUEUED] + counts[Photo.Status.ANALYSING],
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
    request: PageRequest, gallery: Gallery, error: ValueError, version: ModelVersion | None
) -> HttpResponse:
    """The page for a filter that cannot be read: the reason, and the panel without a filter."""
    context = panel_context(request, gallery, Look(), version)
    context |= {"error": str(error), "attrs": request.GET.get("attrs", ""), "tiles": []}
    return render_gallery(request, context, request.get_full_path(), status=400)
