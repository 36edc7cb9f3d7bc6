"""The grid of a gallery, or of all photos: filter, follow the worker."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models.pages import CursorError
from gallery.views.contexts.changes import finished
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.histogram import make_histogram
from gallery.views.contexts.lookups import get_gallery
from gallery.views.contexts.months import months_context
from gallery.views.contexts.page import (
    broken_page,
    counts_context,
    grid_part,
    page_context,
    panel_context,
    render_gallery,
)
from gallery.views.contexts.said import look_of
from gallery.views.requests import SignedInRequest
from ml.attributes import BY_NAME
from ml.models import ModelVersion


@login_required
@require_safe
@vary_on_headers("HX-Request")
def gallery(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """A gallery's photos or faces, filtered."""
    return _browse(request, Collection(request.user, get_gallery(request, uuid)))


@login_required
@require_safe
@vary_on_headers("HX-Request")
def all_photos(request: SignedInRequest) -> HttpResponse:
    """The photos or faces of all the person's galleries, filtered."""
    return _browse(request, Collection(request.user))


@login_required
@require_safe
def gallery_progress(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """What changed since a gallery's page was made."""
    return _progress(request, Collection(request.user, get_gallery(request, uuid)))


@login_required
@require_safe
def all_progress(request: SignedInRequest) -> HttpResponse:
    """What changed since the page of all photos was made."""
    return _progress(request, Collection(request.user))


@login_required
@require_safe
def histogram(request: SignedInRequest, uuid: UUID, attribute: str) -> HttpResponse:
    """How an attribute's probabilities are spread over a gallery's faces."""
    return _histogram(request, Collection(request.user, get_gallery(request, uuid)), attribute)


@login_required
@require_safe
def all_histogram(request: SignedInRequest, attribute: str) -> HttpResponse:
    """The same over all the person's galleries."""
    return _histogram(request, Collection(request.user), attribute)


def _histogram(request: SignedInRequest, collection: Collection, attribute: str) -> HttpResponse:
    if attribute not in BY_NAME:
        raise Http404("There is no such attribute.")
    drawn = make_histogram(collection, attribute, ModelVersion.objects.active())
    return render(request, "gallery/_histogram.html", {"histogram": drawn})


def _browse(request: SignedInRequest, collection: Collection) -> HttpResponse:
    version = ModelVersion.objects.active()
    try:
        look, not_understood = look_of(request.GET)
        look = collection.placed(look)
        look.check(request.user)
        if "say" in request.GET and not request.htmx:
            return _go_to(request, collection.address(look), not_understood)
        context = page_context(request, collection, look, version)
    except (FilterError, CursorError) as error:
        return broken_page(request, collection, error, version)
    if part := grid_part(request):
        for end in {"more", "earlier"} - {part}:
            context[end] = ""
        return render(request, "gallery/_tiles.html", context)
    context |= panel_context(collection, look, version)
    context["not_understood"] = not_understood
    context |= months_context(collection, look, version, page=context)
    month = {"from": request.GET["from"]} if request.GET.get("from") else {}
    return render_gallery(request, context, collection.address(look, **month))


def _go_to(request: SignedInRequest, address: str, not_understood: str) -> HttpResponse:
    """The page of a sentence, at the address of what was understood."""
    if not_understood:
        messages.warning(request, not_understood)
    return redirect(address)


def _progress(request: SignedInRequest, collection: Collection) -> HttpResponse:
    """Finished tiles, the counts and, if asked, the panel.

    Only the tiles for a page that has nothing else.
    """
    try:
        look, error = Look.read(request.GET), ""
    except FilterError as raised:  # the page says so, and goes on saying so
        look, error = Look(), str(raised)
    look, photos = collection.placed(look), collection.photos()
    version = ModelVersion.objects.active()
    context = finished(request, photos, look, version) | {"collection": collection, "error": error}
    if "tiles" in request.GET:
        return render(request, "gallery/_changes.html", context)
    context |= {"gallery": collection.gallery, **counts_context(photos)}
    if "panel" in request.GET or not context["pending"]:
        context |= panel_context(collection, look, version)
    return render(request, "gallery/_progress.html", context)
