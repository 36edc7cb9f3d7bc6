"""Answers about faces, for one or for many, and the way back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from gallery.answers import corrections
from gallery.answers import undo as undoing
from gallery.filters.look import Look
from gallery.models import Face, Gallery, Photo
from gallery.models.answer import with_details
from gallery.models.face import FaceQuerySet
from gallery.views.contexts.lookups import next_page
from gallery.views.contexts.notices import Notice, answered_notice, tell, undone_notice
from gallery.views.contexts.tiles import face_address, face_tiles
from gallery.views.forms import AnswerForm
from gallery.views.galleries import panel_context
from gallery.views.photos import photo_context
from ml.attributes import BY_NAME
from ml.models import ModelVersion


def read_answer(data: Mapping[str, str]) -> tuple[str, str]:
    """The attribute's name, and yes, no or model; BadRequest for anything else."""
    form = AnswerForm(data)
    if not form.is_valid():
        raise BadRequest("An attribute is needed, and yes, no or model for an answer.")
    return form.cleaned_data["attribute"], form.cleaned_data["answer"]


def read_uuid(text: str) -> UUID:
    """The uuid; a 404 for what is none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404("This is no uuid.") from None


@login_required
@require_POST
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say yes or no about an attribute of one face, or let the model speak again."""
    faces = Face.objects.visible_to(request.user).among([uuid])
    face = get_object_or_404(faces.with_photo())
    attribute, given = read_answer(request.POST)
    notice = _give(request, face, faces, attribute, given)
    look = Look.read_or_default(request.GET)
    if not request.htmx:
        tell(request, notice)
        return redirect(face_address(face, look))
    photo = with_details(Photo.objects.visible_to(request.user)).get(pk=face.photo_id)
    context = photo_context(request, photo, look, str(uuid)) | {"notice": notice}
    return render(request, "gallery/_answered_photo.html", context)


def _give(
    request: HttpRequest, face: Face, faces: FaceQuerySet, attribute: str, given: str
) -> Notice:
    if given == "model":
        said = face.corrections.filter(attribute=attribute).first()
        corrections.withdraw(faces, attribute)
        row = f"answer-{face.uuid}-{attribute}"
        gone = (row, "yes" if said.is_yes else "no") if said else None
        return Notice(f"{BY_NAME[attribute].label}: the model's answer stands again.", gone=gone)
    answered = corrections.answer(faces, attribute, given == "yes", request.user)
    return Notice(f"{BY_NAME[attribute].label}: {given}.", answered.batch)


@login_required
@require_POST
def answer_many(request: HttpRequest) -> HttpResponse:
    """Say yes or no about an attribute of many faces: of all that are named, or of none."""
    uuids = {read_uuid(text) for text in ",".join(request.POST.getlist("face")).split(",")}
    if len(uuids) > corrections.MOST_FACES:
        raise BadRequest(f"At most {corrections.MOST_FACES} faces are answered for at once.")
    faces = Face.objects.visible_to(request.user).among(uuids)
    if faces.count() != len(uuids):
        raise Http404("A face is not there.")
    attribute, given = read_answer(request.POST)
    if given == "model":
        raise BadRequest("An answer is yes or no.")
    answered = corrections.answer(faces, attribute, given == "yes", request.user)
    notice = answered_notice(attribute, given == "yes", answered)
    gallery, look = faces[0].gallery, Look.read_or_default(request.GET)
    if not request.htmx:
        tell(request, notice)
        return redirect(gallery.get_absolute_url() + look.query)
    if look.match == "every":  # other faces of the same photos may come or go too
        response = render(request, "gallery/_told.html", {"notice": notice})
        return trigger_client_event(response, "stale")
    context = _changed_tiles(request, gallery, look, faces) | {"notice": notice}
    return render(request, "gallery/_answered_faces.html", context)


def _changed_tiles(
    request: HttpRequest, gallery: Gallery, look: Look, faces: FaceQuerySet
) -> dict[str, Any]:
    """The tiles of those faces that the filter still leaves, which ones it does not, the panel."""
    version = ModelVersion.objects.active()
    uuids = set(faces.values_list("uuid", flat=True))
    faces = Face.objects.visible_to(request.user).in_gallery(gallery).among(uuids)
    left = list(look.faces(faces, version).with_photo())
    return panel_context(request, gallery, look, version) | {
        "changed_tiles": face_tiles(left, look, version),
        "gone_faces": uuids - {face.uuid for face in left},
    }


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back one batch of what was said, and tell the page to show what stands now."""
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
