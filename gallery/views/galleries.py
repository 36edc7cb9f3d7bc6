"""The first page and a gallery: browse, filter, make, rename, delete, and follow the worker."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery import library
from gallery.analysis import jobs
from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models import Gallery, Photo
from gallery.models.counts import with_counts
from gallery.models.pages import CursorError
from gallery.views.contexts.changes import finished
from gallery.views.contexts.lookups import get_gallery, keep_changes
from gallery.views.contexts.page import (
    broken_page,
    counts_context,
    page_context,
    panel_context,
    photos_of,
    render_gallery,
)
from gallery.views.contexts.upload import upload_context
from gallery.views.forms import GalleryForm, first_error
from gallery.views.requests import PageRequest, SignedInRequest
from ml.models import ModelVersion


@require_safe
@vary_on_headers("HX-Request")
def home(request: PageRequest) -> HttpResponse:
    """Signed out, what this site is; signed in, one's galleries and a place to drop photos."""
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
def gallery(request: SignedInRequest, uuid: UUID) -> HttpResponse:
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
    return render_gallery(request, context, gallery.get_absolute_url() + look.query)


@login_required
@require_safe
def gallery_progress(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """What changed since the page was made: finished tiles, the counts and, if asked, the panel.

    Only the tiles for a page that has nothing else.
    """
    gallery = get_gallery(request, uuid)
    look, version = Look.read_or_default(request.GET), ModelVersion.objects.active()
    photos = photos_of(request.user, gallery)
    context = finished(request, photos, look, version)
    if "tiles" in request.GET:
        return render(request, "gallery/_changes.html", context)
    context |= {"gallery": gallery, **counts_context(photos.status_counts())}
    if "panel" in request.GET or not context["pending"]:
        context |= panel_context(request, gallery, look, version)
    return render(request, "gallery/_progress.html", context)


@login_required
@require_POST
def create(request: SignedInRequest) -> HttpResponse:
    """Make a gallery and go there."""
    form = GalleryForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_error(form, "name"))
        return redirect("gallery:home")
    form.instance.owner = request.user
    return redirect(form.save())


@login_required
@require_POST
def rename(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    form = GalleryForm(request.POST, instance=get_gallery(request, uuid))
    if form.is_valid():
        keep_changes(form)
    else:
        messages.error(request, first_error(form, "name"))
    return redirect("gallery:gallery", uuid)


@login_required
@require_POST
def delete(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    gallery = get_gallery(request, uuid)
    library.delete_gallery(gallery)
    messages.success(request, f"“{gallery.name}” and its photos were deleted.")
    return redirect("gallery:home")


@login_required
@require_POST
def retry(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Queue a gallery's failed photos again."""
    jobs.retry_photos(photos_of(request.user, get_gallery(request, uuid)))
    return redirect("gallery:gallery", uuid)
