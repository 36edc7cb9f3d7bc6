"""The bytes of photos and faces, for those who may see them."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from gallery.models import Face, Photo
from gallery.models.photo import PictureError
from gallery.storage import StorageError
from ml.faces.boxes import crop_face

A_DAY = "private, max-age=86400"  # the files of a photo never change
REVALIDATED = "private, no-cache"  # a face's box may move: the browser must ask each time
CROP_SIDE = 320  # pixels

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
def picture(request: HttpRequest, uuid: UUID, variant: str = "") -> HttpResponseBase:
    """A photo in one of its stored sizes; 404 for anyone who may not see it."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), uuid=uuid)
    name = f"{PurePath(photo.original_name).stem}.jpg" if "download" in request.GET else ""
    read = _by_nginx if settings.ACCEL_REDIRECT else _opened
    return _answer(request, f'"{uuid}{variant}"', lambda: read(photo, variant), name)


@require_safe
def crop(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A face as the network sees it: upright, cut out of the photo's preview."""
    faces = Face.objects.visible_to(request.user).with_photo()
    face = get_object_or_404(faces, uuid=uuid)
    box = f"{face.x}-{face.y}-{face.w}-{face.angle}"
    return _answer(
        request, f'"{uuid}-{box}"', lambda: FileResponse(_crop(face)), cached=REVALIDATED
    )


def _opened(photo: Photo, variant: str) -> HttpResponseBase:
    return FileResponse(photo.open_file(variant))


def _by_nginx(photo: Photo, variant: str) -> HttpResponseBase:
    """An empty answer, which nginx fills with the file."""
    name = f"{settings.ACCEL_REDIRECT}{photo.file_name(variant)}"
    return HttpResponse(headers={"X-Accel-Redirect": name})


def _answer(
    request: HttpRequest,
    etag: str,
    read: Callable[[], HttpResponseBase],
    name: str = "",
    cached: str = A_DAY,
) -> HttpResponseBase:
    """The bytes, or a 304 if the browser has them already; a `name` makes it a download."""
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            response = read()
        except PictureError as error:
            raise Http404(str(error)) from None
        if disposition := content_disposition_header(bool(name), name):
            response["Content-Disposition"] = disposition
        response["Content-Type"] = "image/jpeg"
    response["Cache-Control"] = cached
    response["ETag"] = etag
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _crop(face: Face) -> BytesIO:
    enough = (int(CROP_SIDE / face.w), int(CROP_SIDE / face.h))
    image = face.photo.open_picture(enough, "preview")
    content = BytesIO()
    crop_face(image, face, CROP_SIDE).save(content, "JPEG", quality=85)
    content.seek(0)
    return content
