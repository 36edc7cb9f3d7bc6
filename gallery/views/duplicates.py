"""Photos of a gallery that look alike: shown, thinned out, or kept."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from gallery.library.duplicates import LARGEST
from gallery.library.trash import trash_photos
from gallery.models import KeptPair, Photo, Role
from gallery.models.pages import CursorError
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.duplicates import duplicates_context
from gallery.views.contexts.lookups import get_gallery, next_page, read_uuid
from gallery.views.contexts.notices import Notice, deleted_notice, tell
from gallery.views.requests import SignedInRequest


@login_required
@require_safe
def duplicates(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Groups of photos that look alike, the best of each marked."""
    gallery = get_gallery(request, uuid, Role.EDITOR)
    try:
        context = duplicates_context(request.user, gallery, request.GET)
    except CursorError:
        raise Http404("There is no such page.") from None
    return render(request, "gallery/duplicates.html", context)


@login_required
@require_POST
def keep_best(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Move the named photos to the trash, if the best of their group is still there."""
    others, best = _named(request, uuid, "photo"), _named(request, uuid, "best")
    return _back(request, uuid, deleted_notice(trash_photos(others.exclude(pk__in=best))))


@login_required
@require_POST
def keep_all(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Stop showing the named photos, a whole group, together."""
    kept = _named(request, uuid, "photo") | _named(request, uuid, "best")
    KeptPair.objects.keep(kept.values_list("pk", flat=True))
    return _back(request, uuid, Notice(gettext("All photos of the group stay.")))


def _named(request: SignedInRequest, uuid: UUID, name: str) -> PhotoQuerySet:
    """The gallery's photos that the form names; Http404 if none of them exists any more."""
    gallery = get_gallery(request, uuid, Role.EDITOR)
    photos = Photo.objects.visible_to(request.user).in_gallery(gallery)
    named = photos.among({read_uuid(text) for text in request.POST.getlist(name)[:LARGEST]})
    if not named.exists():
        raise Http404("There is no such photo.")
    return named


def _back(request: SignedInRequest, uuid: UUID, notice: Notice) -> HttpResponse:
    tell(request, notice)
    return redirect(next_page(request) or reverse("gallery:duplicates", args=[uuid]))
