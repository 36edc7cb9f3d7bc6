"""Files to download, and the owner's consent to train with a gallery."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gallery.audit import Kind, record
from gallery.exchange.formats import BY_SUFFIX, LABELS, Selection, download, labelled
from gallery.filters.look import Look
from gallery.filters.terms import FilterError, hint, quoted
from gallery.models import Face
from gallery.views.contexts.lookups import get_gallery, keep_changes
from gallery.views.contexts.page import broken_page, photos_of
from gallery.views.forms import ConsentForm
from gallery.views.requests import SignedInRequest
from ml.models import ModelVersion

PARAMETERS = ("attrs", "match", "sort", "view", "labels")


@login_required
@never_cache
@require_safe
def export(request: SignedInRequest, uuid: UUID, suffix: str) -> HttpResponseBase:
    """The gallery's faces that match the filter, as a file."""
    gallery, version = get_gallery(request, uuid), ModelVersion.objects.active()
    labels = request.GET.get("labels") or "all"
    if suffix not in BY_SUFFIX or labels not in LABELS:
        raise Http404("There is no such export.")
    try:
        _check_names(request.GET)
        look = Look.read(request.GET)
    except FilterError as error:
        return broken_page(request, gallery, error, version)
    faces = look.faces(Face.objects.visible_to(request.user).in_gallery(gallery), version)
    photos = look.photos(photos_of(request.user, gallery), version)
    what = Selection(labelled(faces, labels), photos, version)
    record(Kind.EXPORTED, about=f"{gallery.name}, as {suffix}")
    return download(BY_SUFFIX[suffix], what, mark=suffix == "csv")


def _check_names(query: QueryDict) -> None:
    """Raise FilterError for an unknown parameter: a misspelled filter would export everything."""
    for name in query:
        if name not in PARAMETERS:
            raise FilterError(f"Unknown parameter {quoted(name)}. {hint(name, PARAMETERS)}")


@login_required
@require_POST
def consent(request: SignedInRequest, uuid: UUID) -> HttpResponseBase:
    """Allow or forbid training models on the gallery's corrected faces."""
    gallery = get_gallery(request, uuid)
    form = ConsentForm(request.POST, instance=gallery)
    if form.is_valid():
        keep_changes(form)
        words = "may" if gallery.allows_training else "may not"
        messages.success(request, f"Models {words} learn from this gallery’s corrected faces.")
    return redirect(gallery)
