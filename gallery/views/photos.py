"""One photo: its faces and their 40 attributes, and what can be done with it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery import library
from gallery.analysis import jobs
from gallery.filters.look import Look
from gallery.models import Photo
from gallery.models.answer import with_details
from gallery.views.contexts.photo import photo_context
from gallery.views.contexts.tiles import photo_tiles
from gallery.views.requests import SignedInRequest
from ml.models import ModelVersion


@login_required
@require_safe
@vary_on_headers("HX-Request")
def photo(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """The picture, its faces, and the bars of the selected one."""
    photos = with_details(Photo.objects.visible_to(request.user))
    photo = get_object_or_404(photos, uuid=uuid)
    # A page that waits for the worker sends the photo's id under the status that it shows.
    if request.htmx and str(uuid) in request.GET.getlist(photo.status):
        return HttpResponse(status=204)  # nothing has changed
    look = Look.read_or_default(request.GET)
    context = photo_context(request, photo, look, request.GET.get("face", ""))
    return render(request, "gallery/_photo.html" if request.htmx else "gallery/photo.html", context)


@login_required
@require_POST
def retry(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Queue a failed photo again."""
    photos = Photo.objects.visible_to(request.user).among([uuid])
    photo = get_object_or_404(photos)
    jobs.retry_photos(photos)
    if not request.htmx:
        return redirect(photo)
    photo.refresh_from_db()
    (tile,) = photo_tiles([photo], Look(), ModelVersion.objects.active())
    return render(request, "gallery/_tile.html", {"tile": tile})


@login_required
@require_POST
def delete(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    photos = Photo.objects.visible_to(request.user).among([uuid])
    photo = get_object_or_404(photos.with_gallery())
    library.delete_photos(photos)
    messages.success(request, f"{photo.original_name} was deleted.")
    return redirect(photo.gallery.get_absolute_url() + Look.read_or_default(request.GET).query)
