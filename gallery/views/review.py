"""Reviewing a gallery: one attribute, one face after another, the least certain first."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery.answers import corrections
from gallery.answers.review import Standing, faces_of, progress, standings
from gallery.filters.look import Look
from gallery.filters.terms import MIDDLE
from gallery.models import Face, Gallery
from gallery.models.pages import CursorError, Page
from gallery.views.contexts.notices import answered_notice, tell
from gallery.views.contexts.panel import Grade, weak_grade
from gallery.views.contexts.tiles import face_address, percent
from gallery.views.faces import read_answer, read_uuid
from gallery.views.galleries import get_gallery
from ml.attributes import BY_NAME, Attribute
from ml.models import ModelVersion

PAGE_SIZE = 30


@dataclass(frozen=True)
class Row:
    """One attribute of the list."""

    standing: Standing
    grade: Grade | None
    agreement: str


@dataclass(frozen=True)
class Item:
    """One face that waits for an answer."""

    face: Face
    href: str
    model: str
    guess: str


@login_required
@require_safe
def review_list(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The 40 attributes: where answers are most wanted, and how the model stands the test."""
    gallery, version = get_gallery(request, uuid), ModelVersion.objects.active()
    rows = [
        Row(standing, weak_grade(version, standing.attribute.name), _agreement(standing))
        for standing in standings(request.user, gallery, version)
    ]
    faces = faces_of(request.user, gallery).count()
    context = {"gallery": gallery, "rows": rows, "faces": faces}
    return render(request, "gallery/review_list.html", context)


def _agreement(standing: Standing) -> str:
    share = standing.agreement.share
    return "" if share is None else percent(share)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "Accept")
def review(request: HttpRequest, uuid: UUID, attribute: str) -> HttpResponse:
    """The faces that nobody has answered about this attribute yet."""
    gallery = get_gallery(request, uuid)
    if attribute not in BY_NAME:
        raise Http404("No such attribute.")
    if request.method == "POST":
        return _receive(request, gallery, attribute)
    after, page = _read_page(request, gallery, attribute)
    context = {
        "gallery": gallery,
        "attribute": BY_NAME[attribute],
        "items": [_item(face, BY_NAME[attribute]) for face in page.items],
        "more": page.next_cursor,
        "after": after,
    }
    if request.htmx:
        return render(request, "gallery/_review_items.html", context)
    context["progress"] = progress(request.user, gallery, attribute)
    context["grade"] = weak_grade(ModelVersion.objects.active(), attribute)
    return render(request, "gallery/review.html", context)


def _read_page(request: HttpRequest, gallery: Gallery, attribute: str) -> tuple[str, Page[Face]]:
    """Where the page begins, and its faces; a broken address begins at the front."""
    faces: Any = faces_of(request.user, gallery).to_review(attribute).with_photo()
    after = request.GET.get("after", "")
    try:
        if "skip" in request.GET:  # without JavaScript: go on behind the face shown
            after = faces.page(after, 1).next_cursor
            return after, faces.page(after, PAGE_SIZE) if after else Page([], "")
        return after, faces.page(after, PAGE_SIZE)
    except CursorError:
        return "", faces.page("", PAGE_SIZE)


def _item(face: Face, attribute: Attribute) -> Item:
    value = getattr(face, attribute.field)
    guess = "yes" if value >= MIDDLE else "no"
    return Item(face, face_address(face, Look()), percent(value), guess)


def _receive(request: HttpRequest, gallery: Gallery, attribute: str) -> HttpResponse:
    """Keep one answer; a script is told the batch that takes it back."""
    faces = faces_of(request.user, gallery).among([read_uuid(request.POST.get("face", ""))])
    get_object_or_404(faces)
    _, given = read_answer({"attribute": attribute, "answer": request.POST.get("answer", "")})
    if given == "model":
        raise BadRequest("An answer is yes or no.")
    answered = corrections.answer(faces, attribute, given == "yes", request.user)
    if not request.accepts("text/html"):
        return JsonResponse({"batch": answered.batch, "count": answered.count})
    tell(request, answered_notice(attribute, given == "yes", answered))
    address = reverse("gallery:review", args=[gallery.uuid, attribute])
    after = request.POST.get("after", "")
    return redirect(f"{address}?after={after}" if after.replace("-", "").isalnum() else address)
