"""Labels that were made elsewhere, and answers of an export, brought into a gallery."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gallery.exchange.imports import Imported, import_corrections
from gallery.exchange.labels import OVER_HTTP
from gallery.exchange.records import ImportFailed
from gallery.models import Gallery, Role
from gallery.views.contexts.lookups import get_gallery
from gallery.views.contexts.notices import imported_notice, tell
from gallery.views.forms import LabelsForm
from gallery.views.requests import SignedInRequest

MOST_LINES = 200  # that did not fit, and are listed


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def labels(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """A form for a file of labels; then, if not all of them fit, those that did not."""
    gallery = get_gallery(request, uuid, Role.EDITOR)
    is_sent = request.method == "POST"
    form = LabelsForm(request.POST, request.FILES) if is_sent else LabelsForm()
    imported = _bring(request, gallery, form) if form.is_valid() else None
    if imported:
        tell(request, imported_notice(imported))
        if not imported.unmatched:
            return redirect(gallery)
    unmatched = imported.unmatched if imported else []
    context = {
        "gallery": gallery,
        "form": form,
        "count": len(unmatched),
        "unmatched": unmatched[:MOST_LINES],
    }
    return render(request, "gallery/labels.html", context, status=400 if form.errors else 200)


def _bring(request: SignedInRequest, gallery: Gallery, form: LabelsForm) -> Imported | None:
    """What became of the file; None if it cannot be read, and the form says why."""
    try:
        return import_corrections(gallery, form.cleaned_data["file"], request.user, OVER_HTTP)
    except ImportFailed as error:
        form.add_error("file", str(error))
        return None
