"""Answers about faces, for one or for many, and the way back."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from gallery.answers import corrections
from gallery.answers import undo as undoing
from gallery.filters.look import Look
from gallery.labels import LABELS
from gallery.models import Face, Role
from gallery.models.face import FaceQuerySet
from gallery.models.membership import check_role, check_roles, note_role
from gallery.views.contexts.changes import answered_tiles
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.lookups import next_page, read_answer, read_uuid, read_yes_or_no
from gallery.views.contexts.notices import (
    Notice,
    answered_notice,
    tell,
    undone_notice,
    withdrawn_notice,
)
from gallery.views.contexts.tiles import face_address
from gallery.views.contexts.verdicts import make_bar
from gallery.views.requests import SignedInRequest
from ml.models import ModelVersion


@login_required
@require_POST
def answer(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Say yes or no about an attribute of one face, or withdraw the answer."""
    faces = Face.objects.visible_to(request.user).among([uuid])
    face = get_object_or_404(faces.with_gallery())
    check_role(request.user, face.photo.gallery, Role.EDITOR)
    notice = _give(request, face, faces)
    look = Look.read_or_default(request.GET)
    if not request.htmx:
        tell(request, notice)
        return redirect(face_address(face, look))
    attribute, _ = read_answer(request.POST)
    bar = make_bar(get_object_or_404(faces), attribute, ModelVersion.objects.active())
    context = {"bar": bar, "face": face, "look": look, "notice": notice}
    return render(request, "gallery/_answered_row.html", context)


def _give(request: SignedInRequest, face: Face, faces: FaceQuerySet) -> Notice:
    attribute, given = read_answer(request.POST)
    if given == "model":
        said = face.corrections.about(attribute).first()
        corrections.withdraw(faces, attribute, request.user)
        return withdrawn_notice(face, attribute, said)
    answered = corrections.answer(faces, attribute, given == "yes", request.user)
    words = gettext("%(attribute)s: %(answer)s.")
    words %= {"attribute": LABELS[attribute], "answer": gettext(given)}
    return Notice(words, answered.batch)


@login_required
@require_POST
def answer_many(request: SignedInRequest) -> HttpResponse:
    """Say yes or no about an attribute of many faces: of all that are named, or of none.

    With `all` it is said of all that match the filter, in the gallery of those that are named.
    """
    faces = _named_faces(request)
    attribute, is_yes = read_yes_or_no(request.POST)
    look = Look.read_or_default(request.GET)
    gallery = note_role(faces[0].gallery, request.user)
    collection = Collection.around(request.user, gallery, look)
    are_all = bool(request.POST.get("all"))
    if are_all:
        faces = _matching_faces(request.user, collection, look)
    answered = corrections.answer(faces, attribute, is_yes, request.user)
    notice = answered_notice(attribute, is_yes, answered)
    if not request.htmx:
        tell(request, notice)
        return redirect(collection.address(look))
    # With match="every" other faces of the same photos may come or go, too.
    if are_all or look.match == "every":
        response = render(request, "gallery/_told.html", {"notice": notice})
        # Before the swap, the request for the page would take the place of this one.
        return trigger_client_event(response, "stale", after="swap")
    context = answered_tiles(collection, look, faces) | {"notice": notice}
    return render(request, "gallery/_answered_faces.html", context)


def _named_faces(request: SignedInRequest) -> FaceQuerySet:
    """The faces whose uuids were sent; Http404 if the person may not see them all."""
    uuids = {read_uuid(text) for text in ",".join(request.POST.getlist("face")).split(",")}
    _check_count(len(uuids))
    faces = Face.objects.visible_to(request.user).among(uuids)
    if faces.count() != len(uuids):
        raise Http404("There is no such face.")
    check_roles(request.user, faces, Role.EDITOR)
    return faces


def _matching_faces(user: User, collection: Collection, look: Look) -> FaceQuerySet:
    """The faces that match now, some of which a page may have shown; the person may change them."""
    matching = look.faces(collection.faces(), ModelVersion.objects.active())
    uuids = list(matching.order_by().values_list("uuid", flat=True)[: corrections.MOST_FACES + 1])
    _check_count(len(uuids))
    faces = collection.faces().among(uuids)
    check_roles(user, faces, Role.EDITOR)
    return faces


def _check_count(count: int) -> None:
    if count > corrections.MOST_FACES:
        raise BadRequest(f"Answer about at most {corrections.MOST_FACES} faces at a time.")


@login_required
@require_POST
def undo(request: SignedInRequest) -> HttpResponse:
    """Take back one batch of answers, and tell the page to reload what it shows."""
    undone = undoing.undo(request.user, read_uuid(request.POST.get("batch", "")))
    if not undone.is_known:
        raise Http404("There is nothing to undo.")
    notice = undone_notice(undone)
    if request.htmx:
        response = render(request, "includes/toast.html", {"notice": notice})
        return trigger_client_event(response, "stale")
    if request.accepts("text/html"):
        tell(request, notice)
        return redirect(next_page(request) or "gallery:home")
    return HttpResponse(status=204)
