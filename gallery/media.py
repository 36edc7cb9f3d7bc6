"""The bytes of photos and faces, for those who may see them."""

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

from gallery.models import Face, Photo
from gallery.models.face import box_hash
from gallery.models.photo import Content, PictureError
from gallery.names import without_ending
from gallery.storage import StorageError
from gallery.variants import face_name, open_face, open_variant

A_DAY = "private, max-age=86400"  # the files of a photo never change
A_YEAR = "private, max-age=31536000, immutable"
REVALIDATED = "private, no-cache"  # a face's box may move: the browser must ask each time
TYPES = {".jpg": "image/jpeg", ".webp": "image/webp"}

View = Callable[..., HttpResponseBase]


def on_a_page(view: View) -> View:
    """The view, with a storage that fails said in a line of text; REST says it as JSON."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except StorageError as error:
            return HttpResponse(f"{error}\n", "text/plain; charset=utf-8", error.status_code)

    return answer


@require_safe
def picture(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A photo's picture; 404 for anyone who may not see it."""
    photo = _photo(request, uuid)
    name = f"{without_ending(photo.original_name)}.jpg" if "download" in request.GET else ""
    return _answer(request, photo.file_name(), photo.open_file, A_DAY, download=name)


@require_safe
def variant(request: HttpRequest, uuid: UUID, name: str) -> HttpResponseBase:
    """A photo's preview or thumbnail; 404 for anyone who may not see it."""
    photo = _photo(request, uuid)
    return _answer(request, photo.file_name(name), lambda: open_variant(photo, name), A_DAY)


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
        response = _by_nginx(content, file) or FileResponse(content)
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
