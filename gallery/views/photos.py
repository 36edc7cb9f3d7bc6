"""One photo: its faces and their 40 attributes, and what can be done with it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery import library
from gallery.analysis import jobs
from gallery.answers.boxes import SMALLEST
from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.models.answer import with_details
from gallery.views.contexts.tiles import face_address, photo_tiles
from gallery.views.contexts.verdicts import make_verdicts
from ml.models import ModelVersion

TAG = 0.055  # height of a box's number tag, as a fraction of the picture's longer side


@dataclass(frozen=True)
class Box:
    """A face's box and the tag with its number, in pixels of the upright picture."""

    number: int
    face: Face
    href: str
    is_current: bool
    x: float
    y: float
    width: float
    height: float
    tag: float

    @property
    def tag_middle(self) -> float:
        return self.x + self.tag / 2

    @property
    def tag_baseline(self) -> float:
        return self.y + self.tag * 0.73

    @property
    def tag_text(self) -> float:
        return self.tag * 0.65


@login_required
@require_safe
@vary_on_headers("HX-Request")
def photo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The picture, its faces, and the bars of the selected one."""
    photos = with_details(Photo.objects.visible_to(request.user))
    photo = get_object_or_404(photos, uuid=uuid)
    if request.htmx and str(uuid) in request.GET.getlist(photo.status):
        return HttpResponse(status=204)  # what the page shows is still so
    look = Look.read_or_default(request.GET)
    context = photo_context(request, photo, look, request.GET.get("face", ""))
    return render(request, "gallery/_photo.html" if request.htmx else "gallery/photo.html", context)


def photo_context(request: HttpRequest, photo: Photo, look: Look, wanted: str) -> dict[str, Any]:
    """The page of a photo, with the wanted face selected, else the first."""
    version = ModelVersion.objects.active()
    photos = Photo.objects.visible_to(request.user).in_gallery(photo.gallery)
    photos = look.photos(photos, version)
    before, behind = photos.neighbours(photo)
    boxes = make_boxes(photo, look, wanted)
    current = next((box for box in boxes if box.is_current), None)
    verdicts = make_verdicts(current.face, version) if current else []
    return {
        "photo": photo,
        "browsing": look,
        "before": before,
        "behind": behind,
        "boxes": boxes,
        "current": current,
        "smallest": SMALLEST,
        "verdicts": verdicts,
        "has_weak": any(bar.grade for verdict in verdicts for bar in verdict.bars),
        "back": photo.gallery.get_absolute_url() + look.query,
        "is_progress": bool(request.GET.getlist("queued") + request.GET.getlist("analysing")),
    }


def make_boxes(photo: Photo, look: Look, wanted: str) -> list[Box]:
    """The photo's boxes; the wanted face is the current one, else the first."""
    faces = list(photo.faces.all())
    current = (
        next((face for face in faces if str(face.uuid) == wanted), None) or (faces or [None])[0]
    )
    return [
        Box(
            number=number,
            face=face,
            href=face_address(face, look),
            is_current=face is current,
            x=round(face.x * photo.width, 1),
            y=round(face.y * photo.height, 1),
            width=round(face.w * photo.width, 1),
            height=round(face.h * photo.height, 1),
            tag=round(TAG * max(photo.width, photo.height), 1),
        )
        for number, face in enumerate(faces, 1)
    ]


@login_required
@require_POST
def retry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Queue a failed photo afresh."""
    photos = Photo.objects.visible_to(request.user).among([uuid])
    photo = get_object_or_404(photos)
    jobs.retry_photos(photos)
    if not request.htmx:
        return redirect(photo)
    photo.refresh_from_db()
    (tile,) = photo_tiles([photo], Look(), ModelVersion.objects.active())
    return render(request, "gallery/_tile.html", {"tile": tile})


@login_required
@require_POST
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    photos = Photo.objects.visible_to(request.user).among([uuid])
    photo = get_object_or_404(photos.with_gallery())
    library.delete_photos(photos)
    messages.success(request, f"{photo.original_name} was deleted.")
    return redirect(photo.gallery.get_absolute_url() + Look.read_or_default(request.GET).query)
