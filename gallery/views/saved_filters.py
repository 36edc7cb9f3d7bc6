"""Saved filters: keep the current one under a name, open, rename and delete it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from gallery.filters.look import Look
from gallery.filters.saved import NameTaken, save_filter
from gallery.filters.terms import FilterError
from gallery.models import SavedFilter
from gallery.views.contexts.lookups import get_gallery, get_saved_filter
from gallery.views.contexts.saved import address
from gallery.views.dialogs import leave, refuse
from gallery.views.forms import SavedFilterForm
from gallery.views.requests import SignedInRequest


@login_required
@require_safe
def saved_filter(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Go to the gallery with the filter applied."""
    return redirect(address(get_saved_filter(request, uuid)))


@login_required
@require_POST
def save(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Keep the filter of the address."""
    gallery = get_gallery(request, uuid)
    try:
        look = Look.read(request.GET)
        look.check(request.user)
    except FilterError as error:
        messages.error(request, str(error))
        return redirect(gallery)
    row = SavedFilter(
        owner=request.user,
        gallery=gallery,
        attrs=str(look.expression),
        match=look.match,
    )
    return _keep(
        request,
        row,
        gettext("The filter is saved as “%(name)s”."),
        gallery.get_absolute_url() + look.query,
    )


@login_required
@require_POST
def rename(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    row = get_saved_filter(request, uuid)
    return _keep(request, row, gettext("The filter is now called “%(name)s”."), address(row))


def _keep(request: SignedInRequest, row: SavedFilter, words: str, back: str) -> HttpResponse:
    """Save the row under the name that was typed in, and say so, or why not."""
    form = SavedFilterForm(request.POST, instance=row)
    if not form.is_valid():
        return refuse(request, form, back)
    try:
        save_filter(form.instance)
    except NameTaken as error:
        form.add_error("name", str(error))
        return refuse(request, form, back)
    except ObjectDoesNotExist:
        raise Http404("Deleted in the meantime.") from None
    messages.success(request, words % {"name": row.name})
    return leave(request, back)


@login_required
@require_POST
def delete(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    row = get_saved_filter(request, uuid)
    row.delete()
    messages.success(request, gettext("The filter “%(name)s” was deleted.") % {"name": row.name})
    return leave(request, address(row))
