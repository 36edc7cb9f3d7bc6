"""Boxes on a photo: remove one that is not a face, or draw one that was missed."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import escape
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST

from gallery.answers import boxes
from gallery.filters.look import Look
from gallery.models import Face, Photo, Role
from gallery.models.membership import check_role
from gallery.views.contexts.notices import Notice, tell
from gallery.views.dialogs import leave
from gallery.views.forms import BoxForm
from gallery.views.requests import SignedInRequest

REMOVED = gettext_noop("Removed the box. Later analyses will not bring it back.")
FORGOTTEN = gettext_noop("Removed the drawn box. A later analysis may still find a face there.")
BAD_BOX = gettext_noop("Draw the face on the picture, or type four numbers between 0 and 100.")


@login_required
@require_POST
def remove_face(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Say that a box does not hold a face."""
    face = get_object_or_404(Face.objects.visible_to(request.user).with_gallery(), uuid=uuid)
    photo = face.photo
    check_role(request.user, photo.gallery, Role.EDITOR)
    words = FORGOTTEN if face.detector == Face.Detector.PERSON else REMOVED
    tell(request, Notice(gettext(words), boxes.remove_face(face, request.user)))
    return redirect(photo.get_absolute_url() + Look.read_or_default(request.GET).query)


@login_required
@require_POST
def draw_face(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Say where a photo has a face; the worker then scores it."""
    photos = Photo.objects.visible_to(request.user).with_gallery()
    photo = get_object_or_404(photos, uuid=uuid)
    check_role(request.user, photo.gallery, Role.EDITOR)
    form, back = BoxForm(request.POST), photo.get_absolute_url()
    back += Look.read_or_default(request.GET).query
    try:
        if not form.is_valid():
            raise ValueError(gettext(BAD_BOX))
        boxes.draw_face(photo, form.box(), request.user)
    except ValueError as error:
        if request.htmx:  # the form stays open, with what was drawn
            return HttpResponse(escape(error), status=400)
        messages.error(request, str(error))
        return redirect(back)
    words = gettext("Face saved. Its attributes will appear in a moment.")
    messages.success(request, words)
    return leave(request, back)
