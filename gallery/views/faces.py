"""Answers about faces, for one or for many, and the way back."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from gallery.answers import corrections
from gallery.answers import undo as undoing
from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.models.answer import with_details
from gallery.models.face import FaceQuerySet
from gallery.views.contexts.changes import answered_tiles
from gallery.views.contexts.lookups import next_page, read_answer, read_uuid, read_yes_or_no
from gallery.views.contexts.notices import (
    Notice,
    answered_notice,
    tell,
    undone_notice,
    withdrawn_notice,
)
from gallery.views.contexts.photo import photo_context
from gallery.views.contexts.tiles import face_address
from gallery.views.requests import SignedInRequest
from ml.attributes import BY_NAME


@login_required
@require_POST
def answer(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Say yes or no about an attribute of one face, or withdraw the answer."""
    faces = Face.objects.visible_to(request.user).among([uuid])
    face = get_object_or_404(faces.with_photo())
    notice = _give(request, face, faces)
    look = Look.read_or_default(request.GET)
    if not request.htmx:
        tell(request, notice)
        return redirect(face_address(face, look))
    photo = with_details(Photo.objects.visible_to(request.user)).get(pk=face.photo_id)
    context = photo_context(request, photo, look, str(uuid)) | {"notice": notice}
    return render(request, "gallery/_answered_photo.html", context)


def _give(request: SignedInRequest, face: Face, faces: FaceQuerySet) -> Notice:
    attribute, given = read_answer(request.POST)
    if given == "model":
        said = face.corrections.about(attribute).first()
        corrections.withdraw(faces, attribute)
        return withdrawn_notice(face, attribute, said)
    answered = corrections.answer(faces, attribute, given == "yes", request.user)
    return Notice(f"{BY_NAME[attribute].label}: {given}.", answered.batch)


@login_required
@require_POST
def answer_many(request: SignedInRequest) -> HttpResponse:
    """Say yes or no about an attribute of many faces: of all that are named, or of none."""
    faces = _named_faces(request)
    attribute, is_yes = read_yes_or_no(request.POST)
    answered = corrections.answer(faces, attribute, is_yes, request.user)
    notice = answered_notice(attribute, is_yes, answered)
    gallery, look = faces[0].gallery, Look.read_or_default(request.GET)
    if not request.htmx:
        tell(request, notice)
        return redirect(gallery.get_absolute_url() + look.query)
    if look.match == "every":  # other faces of the same photos may come or go too
        response = render(request, "gallery/_told.html", {"notice": notice})
        return trigger_client_event(response, "stale")
    context = answered_tiles(request, gallery, look, faces) | {"notice": notice}
    return render(request, "gallery/_answered_faces.html", context)


def _named_faces(request: SignedInRequest) -> FaceQuerySet:
    """The faces whose uuids were sent; Http404 if the person may not see them all."""
    uuids = {read_uuid(text) for text in ",".join(request.POST.getlist("face")).split(",")}
    if len(uuids) > corrections.MOST_FACES:
        raise BadRequest(f"Answer about at most {corrections.MOST_FACES} faces at a time.")
    faces = Face.objects.visible_to(request.user).among(uuids)
    if faces.count() != len(uuids):
        raise Http404("There is no such face.")
    return faces


@login_required
@require_POST
def undo(request: SignedInRequest) -> HttpResponse:
    """Take back one batch of answers, and tell the page to reload what it shows."""
    undone = undoing.undo(request.user, read_uuid(request.POST.get("batch", "")))
    if not undone.count:
        raise Http404("There is nothing to undo.")
    notice = undone_notice(undone)
    if request.htmx:
        response = render(request, "includes/toast.html", {"notice": notice})
        return trigger_client_event(response, "stale")
    if request.accepts("text/html"):
        tell(request, notice)
        return redirect(next_page(request) or "gallery:home")
    return HttpResponse(status=204)
