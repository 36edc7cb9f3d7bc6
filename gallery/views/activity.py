"""The audit trail: one's own for everybody, everyone's for those who look after the site."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.exchange.spreadsheet import as_text, csv_lines
from gallery.models import Act
from gallery.models.act import ActQuerySet
from gallery.models.pages import CursorError
from gallery.views.operate import require_permission
from gallery.views.requests import SignedInRequest

PAGE_SIZE = 50
COLUMNS = ("time", "what", "about", "count", "by", "address", "request")


@login_required
@never_cache
@require_safe
def activity(request: SignedInRequest) -> HttpResponse:
    """What this person did, and what was done with what is theirs."""
    return _page(request, Act.objects.visible_to(request.user), of_all=False)


@login_required
@never_cache
@require_safe
def everyone(request: SignedInRequest) -> HttpResponse:
    """What everybody did, or only the acts of one kind."""
    require_permission(request)
    acts, kind = Act.objects.all(), request.GET.get("kind", "")
    if kind:
        acts = acts.filter(kind=kind)
    return _page(request, acts, of_all=True, kind=kind)


@login_required
@never_cache
@require_safe
def as_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """One's own activity as a file."""
    acts = Act.objects.visible_to(request.user).with_people().order_by("-pk")
    return StreamingHttpResponse(
        csv_lines(_rows(acts)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="activity.csv"'},
    )


def _page(request: SignedInRequest, acts: ActQuerySet, **context: Any) -> HttpResponse:
    after = request.GET.get("after", "")
    try:
        page = acts.with_people().page(after, PAGE_SIZE)
    except CursorError as error:
        raise Http404(str(error)) from None
    context |= {
        "page": page,
        "after": after,
        "days": settings.AUDIT_DAYS,
        "kinds": Act.Kind.choices,
    }
    return render(request, "gallery/activity.html", context)


def _rows(acts: ActQuerySet) -> Iterator[list[Any]]:
    yield list(COLUMNS)
    for act in acts.iterator(chunk_size=1000):
        yield [
            act.at.isoformat(timespec="seconds"),
            act.get_kind_display(),
            as_text(act.about),
            act.count,
            as_text(act.by.username) if act.by else "",
            act.address or "",
            act.request_id,
        ]
