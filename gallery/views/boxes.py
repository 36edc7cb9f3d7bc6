"""Boxes on a photo: remove one that is not a face, or draw one that was missed."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from gallery.answers import boxes
from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.views.contexts.notices import Notice, tell
from gallery.views.forms import BoxForm
from gallery.views.requests import SignedInRequest

REMOVED = "The box was not a face: it is gone, and no analysis brings it back."
FORGOTTEN = "The drawn box is gone; an analysis may still find a face there."
BAD_BOX = "Draw the face on the picture, or type four numbers between 0 and 100."


@login_required
@require_POST
def remove_face(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Say that a box does not hold a face."""
    face = get_object_or_404(Face.objects.visible_to(request.user).with_photo(), uuid=uuid)
    photo = face.photo
    words = FORGOTTEN if face.detector == Face.Detector.PERSON else REMOVED
    tell(request, Notice(words, boxes.remove_face(face, request.user)))
    return redirect(photo.get_absolute_url() + Look.read_or_default(request.GET).query)


@login_required
@require_POST
def draw_face(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Say where a photo has a face; the worker then scores it."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), uuid=uuid)
    form = BoxForm(request.POST)
    if not form.is_valid():
        messages.error(request, BAD_BOX)
    else:
        try:
            boxes.draw_face(photo, form.box(), request.user)
            messages.success(request, "The face is drawn; its attributes will follow in a moment.")
        except ValueError as error:
            messages.error(request, str(error))
    return redirect(photo.get_absolute_url() + Look.read_or_default(request.GET).query)
