"""Shared albums, for whoever has their link.

A link that is wrong, locked, expired or revoked opens nothing: all get one and the same page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, TypeVar
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery import media
from gallery.exchange.pictures import download_as_guest
from gallery.models import ShareLink
from gallery.models.pages import CursorError
from gallery.sharing.album import Album
from gallery.sharing.links import find_link, is_open, may_try, unlock
from gallery.views.contexts.shared import album_context, photo_context
from gallery.views.forms import AlbumPasswordForm
from gallery.views.requests import PageRequest

Answer = TypeVar("Answer", bound=HttpResponseBase)
AlbumView = Callable[Concatenate[PageRequest, Album, ...], HttpResponseBase]
View = Callable[Concatenate[PageRequest, str, ...], HttpResponseBase]


def of_album(view: AlbumView) -> View:
    """The view of an album, at the address of its link."""

    @wraps(view)
    def answer(request: PageRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        link = find_link(token)
        if link is None or not is_open(request, link):
            return _nothing(request)
        try:
            return _private(view(request, Album(link), **kwargs))
        except Http404:
            return _nothing(request)

    return answer


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def album(request: PageRequest, token: str) -> HttpResponseBase:
    """The photos of a link, or the way in if it has a password."""
    link = find_link(token)
    if link is None:
        return _nothing(request)
    if not is_open(request, link):
        return _ask(request, link)
    if request.method == "POST":
        return redirect("gallery:shared", token)
    return _private(_show(request, Album(link)))


def _show(request: PageRequest, album: Album) -> HttpResponse:
    try:
        context = album_context(album, request.GET.get("after", ""))
    except CursorError:
        return redirect("gallery:shared", album.link.token)
    if request.htmx:
        return render(request, "share/_tiles.html", context)
    if request.method == "GET" and "after" not in request.GET:
        album.link.count_view()
    return render(request, "share/album.html", context)


def _ask(request: PageRequest, link: ShareLink) -> HttpResponse:
    """Ask for the password, and go in if it is right."""
    form = AlbumPasswordForm(request.POST or None)
    if request.method == "POST" and not may_try(request, link):
        return render(request, "429.html", status=429)
    if form.is_valid():
        if unlock(request, link, form.cleaned_data["password"]):
            return redirect("gallery:shared", link.token)
        form.add_error("password", gettext("That is not the password."))
    response = render(
        request, "share/locked.html", {"form": form}, status=403 if form.errors else 200
    )
    # Its address goes to this site only: without any Referer, Django would trust no form.
    return _private(response, referrer="same-origin")


@require_safe
@of_album
def photo(request: PageRequest, album: Album, uuid: UUID) -> HttpResponse:
    """One photo of the album, large, with what is on its faces."""
    found = get_object_or_404(album.photos().with_faces(), uuid=uuid)
    return render(request, "share/photo.html", photo_context(album, found))


@media.on_a_page
@require_safe
@of_album
def picture(request: PageRequest, album: Album, uuid: UUID) -> HttpResponseBase:
    """A photo in full size, if the link allows downloads; its file has no name of its own."""
    if not album.link.allows_download:
        raise Http404
    found = get_object_or_404(album.photos(), uuid=uuid)
    return media.send_picture(request, found, cached=media.REVALIDATED, download="photo.jpg")


@require_safe
@of_album
def archive(request: PageRequest, album: Album) -> HttpResponseBase:
    """All pictures of the album as a ZIP file, if the link allows downloads."""
    if not album.link.allows_download:
        raise Http404
    return download_as_guest(album.photos())


@media.on_a_page
@require_safe
@of_album
def variant(request: PageRequest, album: Album, uuid: UUID, name: str) -> HttpResponseBase:
    """A photo's preview or a thumbnail."""
    found = get_object_or_404(album.photos(), uuid=uuid)
    return media.send_variant(request, found, name, cached=media.REVALIDATED)


def _nothing(request: PageRequest) -> HttpResponse:
    return _private(render(request, "share/nothing.html", status=404))


def _private(response: Answer, referrer: str = "no-referrer") -> Answer:
    """The answer, with headers that keep the address of the link, and what it shows, private."""
    response["Referrer-Policy"] = referrer
    response["X-Robots-Tag"] = "noindex"
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response
