"""The trash: what was deleted, restored or deleted for good."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gallery.library.trash import (
    Restored,
    empty,
    erase_galleries,
    erase_photos,
    restore_galleries,
    restore_photos,
)
from gallery.models import Gallery, Photo, Role
from gallery.models.gallery import GalleryQuerySet
from gallery.models.membership import check_roles
from gallery.models.pages import CursorError
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.lookups import get_gallery, read_uuid
from gallery.views.contexts.notices import Notice, erased_notice, restored_words, tell
from gallery.views.contexts.trash import trash_context
from gallery.views.requests import SignedInRequest


@login_required
@never_cache
@require_safe
def trash(request: SignedInRequest) -> HttpResponse:
    """What is in the trash, and when it goes."""
    try:
        context = trash_context(request.user, request.GET)
    except CursorError:
        raise Http404("There is no such page.") from None
    return render(request, "gallery/trash.html", context)


@login_required
@require_POST
def restore(request: SignedInRequest) -> HttpResponse:
    """Bring back the photos, all photos of a gallery, or a gallery, that the request names."""
    if galleries := _galleries(request):
        restored = Restored(galleries=restore_galleries(galleries))
    else:
        restored = restore_photos(_photos(request))
    return _done(request, " ".join(restored_words(restored)))


@login_required
@require_POST
def erase(request: SignedInRequest) -> HttpResponse:
    """Delete for good what the request names in the same way."""
    if galleries := _galleries(request):
        erase_galleries(galleries)
        return _done(request, gettext("The gallery was deleted for good."))
    photos = _photos(request)
    check_roles(request.user, photos, Role.OWNER, "gallery__trash_of")
    return _done(request, erased_notice(erase_photos(photos)).words)


@login_required
@require_POST
def empty_trash(request: SignedInRequest) -> HttpResponse:
    """Delete for good all that is in the trash of the person's own galleries."""
    return _done(request, erased_notice(empty(request.user)).words)


def _done(request: SignedInRequest, words: str) -> HttpResponse:
    if words:
        tell(request, Notice(words))
    else:
        messages.warning(request, gettext("Select photos first."))
    return redirect("gallery:trash")


def _galleries(request: SignedInRequest) -> GalleryQuerySet | None:
    """The deleted gallery that is named, if one is; Http404 if the person has no such one."""
    if "gallery" not in request.POST:
        return None
    galleries = Gallery.objects.in_trash_of(request.user)
    return galleries.only_this(get_object_or_404(galleries, uuid=_uuid(request, "gallery")))


def _photos(request: SignedInRequest) -> PhotoQuerySet:
    """The deleted photos that are named, one by one or by the gallery that they come from."""
    photos = Photo.objects.in_trash_of(request.user)
    if "from" in request.POST:
        return photos.deleted_from(get_gallery(request, _uuid(request, "from"), Role.EDITOR))
    named = ",".join(request.POST.getlist("photo")).split(",")
    uuids = {read_uuid(text) for text in named if text}
    found = photos.among(uuids)
    if uuids and not found.exists():
        raise Http404("There is no such photo.")
    return found


def _uuid(request: SignedInRequest, name: str) -> UUID:
    return read_uuid(request.POST[name])
