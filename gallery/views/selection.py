"""What people do with the photos that they selected in a grid."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, trigger_client_event

from gallery.analysis import jobs
from gallery.answers import corrections
from gallery.audit import Kind, record
from gallery.exchange.pictures import download_pictures
from gallery.library.moves import GalleryGone, move_photos
from gallery.library.trash import trash_photos
from gallery.models import Face, Gallery, Photo, Role
from gallery.uploads.copying import copy_photos
from gallery.views.contexts.lookups import read_yes_or_no
from gallery.views.contexts.notices import (
    Notice,
    analyzed_again_notice,
    answered_notice,
    copied_notice,
    deleted_notice,
    moved_notice,
    tell,
    too_many_faces_notice,
)
from gallery.views.contexts.selection import Selection
from gallery.views.dialogs import refuse
from gallery.views.forms import TargetForm
from gallery.views.requests import SignedInRequest

OWN_ONLY = gettext_noop("You can only move photos between your own galleries. Copy them instead.")


@login_required
@require_POST
def delete(request: SignedInRequest) -> HttpResponse:
    """Put the photos into the trash."""
    selection = Selection.read(request, Role.EDITOR)
    return _done(request, selection, deleted_notice(trash_photos(selection.photos)))


@login_required
@require_POST
def move(request: SignedInRequest) -> HttpResponse:
    """Move the photos from one of the person's galleries to another, or copy them.

    Copies may come from any gallery that they see, and go to any that they edit.
    """
    is_copy = "copy" in request.POST
    selection = Selection.read(request, Role.VIEWER if is_copy else Role.OWNER)
    form = TargetForm(Gallery.objects.visible_to(request.user, Role.EDITOR), request.POST)
    if form.is_valid() and not is_copy and not _is_own(request, form.cleaned_data["to"]):
        form.add_error("to", gettext(OWN_ONLY))
    if not form.is_valid():
        return refuse(request, form, selection.collection.address(selection.look))
    target = form.cleaned_data["to"]
    is_new = target is None
    if is_new:
        target = Gallery.objects.create(owner=request.user, name=form.cleaned_data["name"])
    if is_copy:
        seen = Photo.objects.visible_to(request.user)
        copied = copy_photos(selection.photos, target, seen)
        if is_new and not target.photos.exists():
            target.delete()
        return _done(request, selection, copied_notice(copied, target))
    try:
        notice = moved_notice(move_photos(selection.photos, target), target)
    except GalleryGone:
        form.add_error("to", form.fields["to"].error_messages["invalid_choice"])
        return refuse(request, form, selection.collection.address(selection.look))
    return _done(request, selection, notice)


def _is_own(request: SignedInRequest, gallery: Gallery | None) -> bool:
    return gallery is None or gallery.owner_id == request.user.pk


@login_required
@require_POST
def analyse(request: SignedInRequest) -> HttpResponse:
    """Have the photos analyzed once more."""
    selection = Selection.read(request, Role.EDITOR)
    return _done(request, selection, analyzed_again_notice(jobs.analyse_again(selection.photos)))


@login_required
@require_POST
def answer(request: SignedInRequest) -> HttpResponse:
    """Say yes or no about an attribute of all faces of the photos."""
    selection = Selection.read(request, Role.EDITOR)
    attribute, is_yes = read_yes_or_no(request.POST)
    faces = Face.objects.visible_to(request.user).in_photos(selection.photos).real()
    count = faces.count()
    if count > corrections.MOST_FACES:
        return _done(request, selection, too_many_faces_notice(count, corrections.MOST_FACES))
    answered = corrections.answer(faces, attribute, is_yes, request.user)
    return _done(request, selection, answered_notice(attribute, is_yes, answered))


@login_required
@never_cache
@require_POST
def download(request: SignedInRequest) -> HttpResponseBase:
    """The pictures as a ZIP file, or their originals."""
    selection = Selection.read(request)
    collection = selection.collection
    owner = collection.gallery.owner if collection.gallery else None
    record(Kind.EXPORTED, person=owner, about=f"{collection.name}, as pictures")
    return download_pictures(
        selection.photos,
        request.user,
        collection.gallery,
        has_originals="originals" in request.POST,
    )


def _done(request: SignedInRequest, selection: Selection, notice: Notice) -> HttpResponse:
    """What was done, and how the page looks now."""
    if not request.htmx:
        tell(request, notice)
        return redirect(selection.collection.address(selection.look))
    if selection.are_all:
        response = render(request, "gallery/_told.html", {"notice": notice})
        # Before the swap, the request for the page would take the place of this one.
        return reswap(trigger_client_event(response, "stale", after="swap"), "none")
    context = selection.page_context() | {"notice": notice}
    return reswap(render(request, "gallery/_answered_faces.html", context), "none")
