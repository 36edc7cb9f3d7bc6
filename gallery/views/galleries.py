"""The first page and a gallery: look, filter, make, rename, delete, and follow the worker."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from gallery import library
from gallery.analysis import jobs
from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models import Face, Gallery, Photo
from gallery.models.counts import with_counts
from gallery.models.pages import CursorError
from gallery.views.contexts.changes import finished
from gallery.views.contexts.panel import make_controls, make_groups, photos_of
from gallery.views.contexts.tiles import face_tiles, photo_tiles
from gallery.views.forms import GalleryForm
from gallery.views.saved_filters import make_saved
from gallery.views.uploads import upload_context
from ml.models import ModelVersion

PAGE_SIZE = 60


def get_gallery(request: HttpRequest, uuid: UUID) -> Gallery:
    """The gallery, or a 404 for anyone who may not see it."""
    return get_object_or_404(Gallery.objects.visible_to(request.user), uuid=uuid)


@require_safe
@vary_on_headers("HX-Request")
def home(request: HttpRequest) -> HttpResponse:
    """Signed out, what this is; signed in, one's galleries and a place to drop photos."""
    if not request.user.is_authenticated:
        return render(request, "gallery/welcome.html")
    galleries = with_counts(Gallery.objects.visible_to(request.user))
    context = {"galleries": galleries, "form": GalleryForm(), **upload_context()}
    if request.htmx:
        photos = Photo.objects.visible_to(request.user)
        context |= finished(request, photos, Look(), ModelVersion.objects.active())
        return render(request, "gallery/_home_progress.html", context)
    return render(request, "gallery/home.html", context)


@login_required
@require_safe
@vary_on_headers("HX-Request")
def gallery(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A gallery's photos or faces, filtered."""
    gallery, version = get_gallery(request, uuid), ModelVersion.objects.active()
    try:
        look = Look.read(request.GET)
        context = page_context(request, gallery, look, version)
    except (FilterError, CursorError) as error:
        return broken_page(request, gallery, error, version)
    if request.htmx.target == "more":
        return render(request, "gallery/_tiles.html", context)
    context |= panel_context(request, gallery, look, version)
    return _render_browse(request, context, gallery.get_absolute_url() + look.query)


def _render_browse(
    request: HttpRequest, context: dict[str, Any], url: str, status: int = 200
) -> HttpResponse:
    if request.htmx:
        response = render(request, "gallery/_browse.html", context, status=status)
        is_there = url == request.htmx.current_url_abs_path
        return response if is_there else push_url(response, url)
    return render(request, "gallery/gallery.html", context, status=status)


def page_context(
    request: HttpRequest, gallery: Gallery, look: Look, version: ModelVersion | None
) -> dict[str, Any]:
    """One page of the grid, and where the next one is; FilterError for a broken page address."""
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


def broken_page(
    request: HttpRequest, gallery: Gallery, error: ValueError, version: ModelVersion | None
) -> HttpResponse:
    """The page around a filter that cannot be read: the panel as if nothing were filtered."""
    context = panel_context(request, gallery, Look(), version)
    context |= {"error": str(error), "attrs": request.GET.get("attrs", ""), "tiles": []}
    return _render_browse(request, context, request.get_full_path(), status=400)


def panel_context(
    request: HttpRequest, gallery: Gallery, look: Look, version: ModelVersion | None
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
    """How many photos there are, still wait, and have failed."""
    return {
        "total": sum(counts.values()),
        "pending": counts[Photo.Status.QUEUED] + counts[Photo.Status.ANALYSING],
        "failed": counts[Photo.Status.FAILED],
    }


@login_required
@require_safe
def gallery_progress(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What changed since the page was made: finished tiles, counts and, when asked, the panel."""
    gallery = get_gallery(request, uuid)
    look, version = Look.read_or_default(request.GET), ModelVersion.objects.active()
    photos = photos_of(request.user, gallery)
    context = {"gallery": gallery, **counts_context(photos.status_counts())}
    if "panel" in request.GET or not context["pending"]:
        context |= panel_context(request, gallery, look, version)
    context |= finished(request, photos, look, version)
    return render(request, "gallery/_progress.html", context)


@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Make a gallery and go there."""
    form = GalleryForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["name"][0])
        return redirect("gallery:home")
    form.instance.owner = request.user
    return redirect(form.save())


@login_required
@require_POST
def rename(request: HttpRequest, uuid: UUID) -> HttpResponse:
    gallery = get_gallery(request, uuid)
    form = GalleryForm(request.POST, instance=gallery)
    if form.is_valid():
        form.save()
    else:
        messages.error(request, form.errors["name"][0])
    return redirect("gallery:gallery", uuid)


@login_required
@require_POST
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    gallery = get_gallery(request, uuid)
    library.delete_gallery(gallery)
    messages.success(request, f"“{gallery.name}” and its photos were deleted.")
    return redirect("gallery:home")


@login_required
@require_POST
def retry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Queue a gallery's failed photos afresh."""
    jobs.retry_photos(photos_of(request.user, get_gallery(request, uuid)))
    return redirect("gallery:gallery", uuid)
