"""Saved filters: keep the present one under a name, open, rename and delete it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from gallery.filters.look import Look
from gallery.filters.saved import NameTaken, count_photos, save_filter
from gallery.filters.terms import FilterError
from gallery.models import Gallery, SavedFilter
from gallery.views.forms import SavedFilterForm
from ml.models import ModelVersion


@dataclass(frozen=True)
class Saved:
    """A saved filter in the panel."""

    row: SavedFilter
    href: str
    count: int | None
    is_current: bool


def make_saved(
    user: Any, gallery: Gallery, look: Look, version: ModelVersion | None
) -> list[Saved]:
    """The gallery's saved filters, each with its live count."""
    rows = list(SavedFilter.objects.visible_to(user).in_gallery(gallery).with_gallery())
    counts = count_photos(user, gallery, rows, version)
    present = (str(look.expression), look.match)
    return [
        Saved(row, address(row), counts.get(row.pk), (row.attrs, row.match) == present)
        for row in rows
    ]


def address(row: SavedFilter) -> str:
    """The gallery's page under the saved filter."""
    query = {"attrs": row.attrs} | ({"match": row.match} if row.match != "any" else {})
    return f"{row.gallery.get_absolute_url()}?{urlencode(query, safe=',?')}"


def get_saved_filter(request: HttpRequest, uuid: UUID) -> SavedFilter:
    """The saved filter, or a 404 for anyone who may not see it."""
    rows = SavedFilter.objects.visible_to(request.user).with_gallery()
    return get_object_or_404(rows, uuid=uuid)


@login_required
@require_safe
def saved_filter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Go to what the filter leaves."""
    return redirect(address(get_saved_filter(request, uuid)))


def keep(request: HttpRequest, row: SavedFilter, words: str) -> None:
    """Save the row under the name that was typed in, and say so, or why not."""
    form = SavedFilterForm(request.POST, instance=row)
    if not form.is_valid():
        messages.error(request, form.errors["name"][0])
        return
    try:
        save_filter(form.instance)
    except NameTaken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{words} “{row.name}”.")


@login_required
@require_POST
def save(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep the filter that the address says."""
    gallery = get_object_or_404(Gallery.objects.visible_to(request.user), uuid=uuid)
    try:
        look = Look.read(request.GET)
    except FilterError as error:
        messages.error(request, str(error))
        return redirect(gallery)
    row = SavedFilter(
        owner=request.user,
        gallery=gallery,
        attrs=str(look.expression),
        match=look.match,
    )
    keep(request, row, "The filter is saved as")
    return redirect(gallery.get_absolute_url() + look.query)


@login_required
@require_POST
def rename(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = get_saved_filter(request, uuid)
    keep(request, row, "The filter is now called")
    return redirect(address(row))


@login_required
@require_POST
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = get_saved_filter(request, uuid)
    row.delete()
    messages.success(request, f"The filter “{row.name}” was deleted.")
    return redirect(address(row))
