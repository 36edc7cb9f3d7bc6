"""One photo: its faces and their 40 attributes, and what can be done with it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery.analysis import jobs
from gallery.filters.look import Look
from gallery.library.trash import trash_photos
from gallery.models import Photo, Role
from gallery.models.answer import with_details
from gallery.models.membership import check_role, note_role
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.notices import deleted_notice, tell
from gallery.views.contexts.photo import photo_context
from gallery.views.contexts.tiles import photo_tiles
from gallery.views.contexts.waiting import wait_of
from gallery.views.requests import SignedInRequest
from ml.models import ModelVersion


@login_required
@require_safe
@vary_on_headers("HX-Request")
def photo(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """The picture, its faces, and the bars of the selected one."""
    photos = with_details(Photo.objects.visible_to(request.user))
    photo = photos.filter(uuid=uuid).first()
    if photo is None:
        return render(request, "gallery/photo_gone.html", status=404)
    note_role(photo.gallery, request.user)
    # A page that waits for the worker sends the photo's id under the status that it shows.
    wait = wait_of(photo)
    if request.htmx and str(uuid) in request.GET.getlist(photo.status):
        if not wait.has_news:
            return HttpResponse(status=204)
        return render(request, "gallery/_waiting.html", {"wait": wait, "oob": True})
    look = Look.read_or_default(request.GET)
    context = photo_context(request, photo, look, request.GET.get("face", ""))
    context["wait"] = wait
    return render(request, "gallery/_photo.html" if request.htmx else "gallery/photo.html", context)


@login_required
@require_POST
def retry(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Queue a failed photo again."""
    photos = Photo.objects.visible_to(request.user).among([uuid])
    photo = get_object_or_404(photos.with_gallery())
    check_role(request.user, photo.gallery, Role.EDITOR)
    jobs.retry_photos(photos)
    if not request.htmx:
        return redirect(photo)
    photo.refresh_from_db()
    (tile,) = photo_tiles([photo], Look(), ModelVersion.objects.active())
    return render(request, "gallery/_tile.html", {"tile": tile})


@login_required
@require_POST
def delete(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Delete a photo, and go on with the one after it in the list, or else with the one before."""
    photos = Photo.objects.visible_to(request.user).among([uuid])
    photo = get_object_or_404(photos.with_gallery())
    check_role(request.user, photo.gallery, Role.EDITOR)
    look = Look.read_or_default(request.GET)
    collection = Collection.around(request.user, photo.gallery, look)
    before, behind = look.photos(collection.photos(), ModelVersion.objects.active()).neighbors(
        photo
    )
    tell(request, deleted_notice(trash_photos(photos), photo.original_name))
    beside = behind or before
    return redirect(beside.get_absolute_url() + look.query if beside else collection.address(look))
