"""Files to download, and the owner's consent to train with a gallery."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gallery.audit import Kind, record
from gallery.exchange.card import Card
from gallery.exchange.formats import BY_SUFFIX, LABELS, Selection, download, labelled
from gallery.filters.look import Look
from gallery.filters.terms import FilterError, hint, quoted
from gallery.models import Role
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.lookups import get_gallery, keep_changes
from gallery.views.contexts.page import broken_page
from gallery.views.forms import ConsentForm
from gallery.views.requests import SignedInRequest
from ml.models import ModelVersion

PARAMETERS = ("attrs", "match", "sort", "view", "labels")


@login_required
@never_cache
@require_safe
def export(request: SignedInRequest, uuid: UUID, suffix: str) -> HttpResponseBase:
    """The gallery's faces that match the filter, as a file."""
    return _export(request, Collection(request.user, get_gallery(request, uuid)), suffix)


@login_required
@never_cache
@require_safe
def export_all(request: SignedInRequest, suffix: str) -> HttpResponseBase:
    """The faces of all the person's galleries that match the filter, as a file."""
    return _export(request, Collection(request.user), suffix)


def _export(request: SignedInRequest, collection: Collection, suffix: str) -> HttpResponseBase:
    version = ModelVersion.objects.active()
    labels = request.GET.get("labels") or "all"
    if suffix not in BY_SUFFIX or not BY_SUFFIX[suffix].is_offered or labels not in LABELS:
        raise Http404("There is no such export.")
    try:
        _check_names(request.GET)
        look = Look.read(request.GET)
        look.check(request.user)
    except FilterError as error:
        return broken_page(request, collection, error, version)
    faces = look.faces(collection.faces(), version)
    photos = look.photos(collection.photos(), version)
    card = Card.of(look, labels=labels, gallery=collection.gallery, version=version)
    what = Selection(labelled(faces, labels), photos, card)
    owner = collection.gallery.owner if collection.gallery else None
    record(Kind.EXPORTED, person=owner, about=f"{collection.name}, as {suffix}")
    form, mark = BY_SUFFIX[suffix], suffix == "csv"
    return download(form, what, request.user, collection.gallery, mark=mark)


def _check_names(query: QueryDict) -> None:
    """Raise FilterError for an unknown parameter: a misspelled filter would export everything."""
    for name in query:
        if name not in PARAMETERS:
            words = gettext("Unknown parameter %(name)s.") % {"name": quoted(name)}
            raise FilterError(f"{words} {hint(name, PARAMETERS)}")


@login_required
@require_POST
def consent(request: SignedInRequest, uuid: UUID) -> HttpResponseBase:
    """Allow or forbid training models on the gallery's corrected faces."""
    gallery = get_gallery(request, uuid, Role.OWNER)
    form = ConsentForm(request.POST, instance=gallery)
    if form.is_valid():
        keep_changes(form)
        words = gettext("Models may not learn from this gallery’s corrected faces.")
        if gallery.allows_training:
            words = gettext("Models may learn from this gallery’s corrected faces.")
        messages.success(request, words)
    return redirect(gallery)
