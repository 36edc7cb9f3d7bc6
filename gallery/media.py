"""The bytes of photos and faces, for those who may see them."""

import re
from collections.abc import Callable
from functools import wraps
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe
from whitenoise.responders import SlicedFile

from gallery.models import Face, Photo
from gallery.models.face import box_hash
from gallery.models.picture import ORIGINAL, Content, PictureError
from gallery.names import BEGINNING, ENDING, ending_of, without_ending
from gallery.storage import StorageError
from gallery.variants import THUMBNAIL, face_name, open_face, open_variant

A_DAY = "private, max-age=86400"  # the files of a photo never change
A_YEAR = "private, max-age=31536000, immutable"
REVALIDATED = "private, no-cache"  # the browser must ask each time, as a face's box may move
# One part of a file. Longer numbers than any file are no range.
RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))", re.ASCII | re.IGNORECASE)
TEXT = "text/plain; charset=utf-8"
# A browser may only save an original, never show it: the site has not rewritten it.
TYPES = {".jpg": "image/jpeg", ".webp": "image/webp", ORIGINAL: "application/octet-stream"}
NEVER = "private, no-store"

View = Callable[..., HttpResponseBase]


class NoPart(Exception):
    """A file has no such part as was asked for."""

    def __init__(self, size: int) -> None:
        super().__init__(f"The picture has {size} bytes, and no such part.")
        self.content_range = f"bytes */{size}"


def on_a_page(view: View) -> View:
    """The view, with what cannot be sent said in a line of text; REST says it as JSON."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except StorageError as error:
            return HttpResponse(f"{error}\n", TEXT, error.status_code)
        except NoPart as error:
            headers = {"Content-Range": error.content_range}
            return HttpResponse(f"{error}\n", TEXT, 416, headers=headers)

    return answer


@require_safe
def picture(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A photo's picture; 404 for anyone who may not see it."""
    photo = _photo(request, uuid)
    name = f"{without_ending(photo.original_name)}.jpg" if "download" in request.GET else ""
    return send_picture(request, photo, cached=A_DAY, download=name)


@require_safe
def original(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Send the original as an attachment; 404 for anyone but the owner, or if it is not kept."""
    photo = get_object_or_404(Photo.objects.with_original_for(request.user), uuid=uuid)
    name = _name_of_original(photo)
    return _answer(request, photo.original_file(), photo.open_original, NEVER, name)


def _name_of_original(photo: Photo) -> str:
    """The person's own file name, with the content's extension added unless it has a picture's.

    A file that is both a program and a picture is then not named like a program.
    """
    name: str = photo.original_name
    if ENDING.search(name):
        return name
    try:
        with photo.open_original() as file:
            return name + ending_of(name, file.read(BEGINNING))
    except PictureError as error:
        raise Http404(str(error)) from None


@require_safe
def variant(request: HttpRequest, uuid: UUID, name: str) -> HttpResponseBase:
    """A photo's preview or a thumbnail; 404 for anyone who may not see it."""
    return send_variant(request, _photo(request, uuid), name, cached=A_DAY)


@require_safe
def trash_thumbnail(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The thumbnail of a photo in the trash; 404 for anyone who may not have it back."""
    photo = get_object_or_404(Photo.objects.in_trash_of(request.user), uuid=uuid)
    name = photo.file_name(THUMBNAIL)
    return _answer(request, name, lambda: open_variant(photo, THUMBNAIL), REVALIDATED)


@require_safe
def crop(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A face, cut out upright; 404 for anyone who may not see it.

    An address that names the face's box (`Face.get_crop_url`) always gives the same picture.
    """
    faces = Face.objects.visible_to(request.user).with_photo()
    face = get_object_or_404(faces, uuid=uuid)
    cached = A_YEAR if request.GET.get("box") == box_hash(face) else REVALIDATED
    file = face.photo.file_name(face_name(face))
    return _answer(request, file, lambda: open_face(face), cached)


def send_picture(
    request: HttpRequest, photo: Photo, *, cached: str, download: str = ""
) -> HttpResponseBase:
    """A photo's picture; `download` names a file to save, `cached` is its Cache-Control."""
    return _answer(request, photo.file_name(), photo.open_file, cached, download)


def send_variant(request: HttpRequest, photo: Photo, name: str, *, cached: str) -> HttpResponseBase:
    """A photo's preview or a thumbnail."""
    return _answer(request, photo.file_name(name), lambda: open_variant(photo, name), cached)


def _photo(request: HttpRequest, uuid: UUID) -> Photo:
    return get_object_or_404(Photo.objects.visible_to(request.user), uuid=uuid)


def _answer(
    request: HttpRequest,
    file: str,
    read: Callable[[], Content],
    cached: str,
    download: str = "",
) -> HttpResponseBase:
    """The bytes, or a 304 if the browser has them already; `download` names a file to save."""
    etag = f'"{file}"'  # content of another kind has another name
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            content = read()
        except PictureError as error:
            raise Http404(str(error)) from None
        response = _by_nginx(content, file) or _by_django(request, content, etag)
        if disposition := content_disposition_header(bool(download), download):
            response["Content-Disposition"] = disposition
        response["Content-Type"] = TYPES[PurePath(file).suffix]
    response["Cache-Control"] = cached
    response["ETag"] = etag
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _by_nginx(content: Content, file: str) -> HttpResponseBase | None:
    """An empty answer, which nginx fills with the file, if the settings want it and there is one.

    What was made just now may not have been stored.
    """
    if not settings.ACCEL_REDIRECT or isinstance(content, ContentFile):
        return None
    content.close()
    return HttpResponse(headers={"X-Accel-Redirect": f"{settings.ACCEL_REDIRECT}{file}"})


def _by_django(request: HttpRequest, content: Content, etag: str) -> HttpResponseBase:
    """The file, or the part of it that was asked for. Who asks for several parts gets all of it."""
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    is_same = request.headers.get("If-Range", etag) == etag
    if request.method != "GET" or not wanted or not is_same:
        return FileResponse(content, headers={"Accept-Ranges": "bytes"})
    size = content.size
    first, end = _bounds(wanted, size)
    if first >= end:
        content.close()
        raise NoPart(size)
    headers = {"Content-Range": f"bytes {first}-{end - 1}/{size}", "Content-Length": end - first}
    return FileResponse(SlicedFile(content, first, end - 1), status=206, headers=headers)


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    """The first byte, and the one behind the last."""
    first, last, count = wanted.groups()
    if count:
        return max(size - int(count), 0), size
    return int(first), min(int(last) + 1, size) if last else size
