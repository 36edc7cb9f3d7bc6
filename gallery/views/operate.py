"""The state of the site, for those who look after it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from gallery.analysis import jobs
from gallery.models import Photo
from gallery.operation.overview import overview
from gallery.views.requests import SignedInRequest

PERMISSION = "gallery.operate"


@login_required
@require_safe
def operate(request: SignedInRequest) -> HttpResponse:
    """Queue, failures, workers, storage and upkeep at a glance."""
    require_permission(request)
    return render(
        request, "gallery/operate.html", {"site": overview(), "audit_days": settings.AUDIT_DAYS}
    )


@login_required
@require_POST
def retry_failed(request: SignedInRequest) -> HttpResponse:
    """Queue all photos again whose analysis failed for that reason."""
    require_permission(request)
    failed = Photo.objects.failed().filter(failure=request.POST.get("failure", ""))
    count = jobs.retry_photos(failed)
    words = ngettext("%(number)s photo was queued.", "%(number)s photos were queued.", count)
    messages.success(request, words % {"number": intcomma(count)})
    return redirect("gallery:operate")


def require_permission(request: SignedInRequest) -> None:
    """Raise Http404 unless this person may look after the site."""
    if not request.user.has_perm(PERMISSION):
        raise Http404
