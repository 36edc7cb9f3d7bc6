"""Reviewing a gallery: one attribute, one face after another, the least certain first."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery.answers import corrections
from gallery.answers.opinions import count_mine, second_look
from gallery.answers.review import Progress, count_faces, faces_of, progress
from gallery.models import Gallery, Role
from gallery.views.contexts.grades import weak_grade
from gallery.views.contexts.lookups import get_gallery, read_uuid, read_yes_or_no
from gallery.views.contexts.notices import answered_notice, tell
from gallery.views.contexts.review import make_items, make_rows, read_page
from gallery.views.requests import SignedInRequest
from ml.attributes import BY_NAME
from ml.models import ModelVersion


@login_required
@require_safe
def review_list(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """The 40 attributes: where answers are wanted most, and how often the model is right."""
    gallery, version = get_gallery(request, uuid, Role.EDITOR), ModelVersion.objects.active()
    rows = make_rows(request, gallery, version)
    context = {
        "gallery": gallery,
        "rows": rows,
        "are_several": any(row.consent.several or row.consent.left for row in rows),
        "faces": count_faces(request.user, gallery),
    }
    return render(request, "gallery/review_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "Accept")
def review(
    request: SignedInRequest, uuid: UUID, attribute: str, is_second: bool = False
) -> HttpResponse:
    """The faces that nobody has answered about this attribute yet.

    For a second look, the faces that others have answered and this person has not.
    """
    gallery = get_gallery(request, uuid, Role.EDITOR)
    if attribute not in BY_NAME:
        raise Http404("There is no such attribute.")
    if request.method == "POST":
        return _receive(request, gallery, attribute, is_second)
    after, page = read_page(request, gallery, attribute, is_second)
    context = {
        "gallery": gallery,
        "attribute": BY_NAME[attribute],
        "is_second": is_second,
        "items": make_items(page.items, attribute),
        "more": page.next_cursor,
        "after": after,
    }
    if request.htmx:
        return render(request, "gallery/_review_items.html", context)
    context["progress"] = _progress(request, gallery, attribute, is_second)
    context["grade"] = weak_grade(ModelVersion.objects.active(), attribute)
    return render(request, "gallery/review.html", context)


def _progress(
    request: SignedInRequest, gallery: Gallery, attribute: str, is_second: bool
) -> Progress:
    if not is_second:
        return progress(request.user, gallery, attribute)
    left = second_look(request.user, gallery, attribute).count()
    return Progress(count_mine(request.user, gallery, attribute), left)


def _receive(
    request: SignedInRequest, gallery: Gallery, attribute: str, is_second: bool
) -> HttpResponse:
    """Keep one answer; a script gets the batch that undoes it."""
    faces = faces_of(request.user, gallery).among([read_uuid(request.POST.get("face", ""))])
    get_object_or_404(faces)
    given = {"attribute": attribute, "answer": request.POST.get("answer", "")}
    _, is_yes = read_yes_or_no(given)
    answered = corrections.answer(faces, attribute, is_yes, request.user)
    if not request.accepts("text/html"):
        return JsonResponse({"batch": answered.batch, "count": answered.count})
    tell(request, answered_notice(attribute, is_yes, answered))
    name = "gallery:second_look" if is_second else "gallery:review"
    address = reverse(name, args=[gallery.uuid, attribute])
    after = request.POST.get("after", "")
    return redirect(f"{address}?after={after}" if after.replace("-", "").isalnum() else address)
