"""Model versions side by side, for staff: metrics, curves, and how each was trained."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gallery.views.contexts.versions import versions_context
from gallery.views.requests import SignedInRequest


@login_required
@require_safe
def model_versions(request: SignedInRequest) -> HttpResponse:
    """The list of versions, and up to four of them side by side."""
    if not request.user.is_staff:
        raise Http404
    context = versions_context(request.GET, request.user)
    return render(request, "gallery/model_versions.html", context)
