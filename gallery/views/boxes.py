"""Where a photo has a face, and where not: what people say of it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from gallery.answers import boxes
from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.views.contexts.notices import Notice, tell
from gallery.views.forms import BoxForm

REMOVED = "That box was no face: it is gone, and no analysis brings it back."
FORGOTTEN = "The drawn box is gone; an analysis may find a face there of its own."
BAD_BOX = "Draw the face on the picture, or type four numbers between 0 and 100."


@login_required
@require_POST
def remove_face(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say that a box holds no face."""
    face = get_object_or_404(Face.objects.visible_to(request.user).with_photo(), uuid=uuid)
    photo = face.photo
    words = FORGOTTEN if face.detector == Face.Detector.PERSON else REMOVED
    tell(request, Notice(words, boxes.remove_face(face, request.user)))
    return redirect(photo.get_absolute_url() + Look.read_or_default(request.GET).query)


@login_required
@require_POST
def draw_face(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say where a photo has a face; the worker then scores it."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), uuid=uuid)
    form = BoxForm(request.POST)
    if not form.is_valid():
        messages.error(request, BAD_BOX)
    else:
        try:
            boxes.draw_face(photo, form.box(), request.user)
            messages.success(request, "The face is drawn; its attributes come in a moment.")
        except ValueError as error:
            messages.error(request, str(error))
    return redirect(photo.get_absolute_url() + Look.read_or_default(request.GET).query)
