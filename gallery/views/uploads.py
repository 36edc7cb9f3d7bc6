"""Uploads from the browser: one file per request with JavaScript, a whole form without."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from gallery.filters.look import Look
from gallery.library.first import first_gallery
from gallery.models import Gallery, Photo, Role
from gallery.names import clean_name
from gallery.storage import StorageError
from gallery.uploads.adding import add_photo
from gallery.uploads.decoder import Busy
from gallery.uploads.pictures import UploadError
from gallery.uploads.samples import add_samples
from gallery.views.contexts.lookups import get_gallery
from gallery.views.contexts.tiles import photo_tile
from gallery.views.contexts.upload import upload_context
from gallery.views.requests import SignedInRequest
from ml.models import ModelVersion

NOTHING = gettext_noop("Choose one or more photos first.")
ANOTHER = gettext_noop("Somebody else is logged in now. Log in as before, then try again.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("Accept")
def upload(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """The upload page of a gallery, and what it sends."""
    if _is_anothers(request):
        return _refuse_another(request)
    gallery = get_gallery(request, uuid, Role.EDITOR)
    if request.method == "POST":
        return _receive(request, gallery)
    return render(request, "gallery/upload.html", {"gallery": gallery, **upload_context(gallery)})


@login_required
@require_POST
@vary_on_headers("Accept")
def upload_first(request: SignedInRequest) -> HttpResponse:
    """Uploads from the first page go to the person's first gallery."""
    if _is_anothers(request):
        return _refuse_another(request)
    return _receive(request, first_gallery(request.user))


@login_required
@require_POST
def samples(request: SignedInRequest) -> HttpResponse:
    """Fill a gallery with drawn faces, to try the site with."""
    try:
        return redirect(add_samples(request.user))
    except (UploadError, Busy, StorageError) as error:
        messages.error(request, str(error))
        return redirect("gallery:home")


def _is_anothers(request: SignedInRequest) -> bool:
    """Whether the page that sends this is another person's, who was logged in when it was made."""
    name = request.user.username
    return bool(request.method == "POST" and request.POST.get("uploader", name) != name)


def _refuse_another(request: SignedInRequest) -> HttpResponse:
    if _is_script(request):
        return JsonResponse({"status": "lost", "reason": gettext(ANOTHER)}, status=409)
    messages.error(request, gettext(ANOTHER))
    return redirect("gallery:home")


def _is_script(request: SignedInRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _receive(request: SignedInRequest, gallery: Gallery) -> HttpResponse:
    files = request.FILES.getlist("image")
    if _is_script(request):
        return _answer_script(request, gallery, files)
    photos = [photo for photo in (_add(request, gallery, file) for file in files) if photo]
    if not files:
        messages.error(request, gettext(NOTHING))
        return redirect("gallery:upload", gallery.uuid)
    return redirect(photos[0] if len(files) == len(photos) == 1 else gallery)


def _add(request: SignedInRequest, gallery: Gallery, file: UploadedFile) -> Photo | None:
    """Add one of a form's files; a message names it if it is refused or already there."""
    try:
        photo, is_new = add_photo(gallery, file)
    except (UploadError, Busy, StorageError) as error:
        messages.error(request, f"{clean_name(file.name or '')}: {error}")
        return None
    if not is_new:
        words = gettext("%(name)s: already in this gallery.")
        messages.info(request, words % {"name": clean_name(file.name or "")})
    return photo


def _answer_script(
    request: SignedInRequest, gallery: Gallery, files: list[UploadedFile]
) -> JsonResponse:
    """Add the one file, and say as JSON what became of it."""
    if len(files) != 1:
        return JsonResponse({"status": "refused", "reason": gettext(NOTHING)}, status=400)
    try:
        photo, is_new = add_photo(gallery, files[0])
    except UploadError as error:
        return JsonResponse({"status": "refused", "reason": str(error)}, status=error.status_code)
    except (Busy, StorageError) as error:
        # "lost" leaves the file in the list, with a button to retry; Retry-After sends it again.
        headers = {"Retry-After": str(error.wait)} if isinstance(error, Busy) else {}
        lost = {"status": "lost", "reason": str(error)}
        return JsonResponse(lost, status=error.status_code, headers=headers)
    answer = {
        "id": str(photo.uuid),
        "url": photo.get_absolute_url(),
        "gallery": gallery.get_absolute_url(),
    }
    if not is_new:
        return JsonResponse({"status": "duplicate", **answer})
    look = Look.read_or_default(request.GET)
    tile = photo_tile(photo, look, ModelVersion.objects.active())
    html = render_to_string("gallery/_tile.html", {"tile": tile}, request)
    return JsonResponse({"status": "created", "tile": html, **answer}, status=201)
