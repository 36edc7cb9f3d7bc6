"""The first page, and galleries: make, rename, delete, retry."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery.analysis import jobs
from gallery.answers.review import under_review
from gallery.filters.look import Look
from gallery.library.trash import trash_gallery
from gallery.models import Membership, Photo, Role
from gallery.views.contexts.changes import finished
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.covers import make_covers
from gallery.views.contexts.lookups import get_gallery, keep_changes
from gallery.views.contexts.notices import gallery_notice, tell
from gallery.views.contexts.upload import upload_context
from gallery.views.dialogs import leave, refuse
from gallery.views.forms import GalleryForm
from gallery.views.requests import PageRequest, SignedInRequest
from ml.models import ModelVersion


@require_safe
@vary_on_headers("HX-Request")
def home(request: PageRequest) -> HttpResponse:
    """Signed out, what this site is; signed in, one's galleries and a place to drop photos."""
    if not request.user.is_authenticated:
        return render(request, "gallery/welcome.html")
    covers = make_covers(request.user)
    context = {"covers": covers, "form": GalleryForm(), **upload_context()}
    if request.htmx:
        photos = Photo.objects.visible_to(request.user)
        context |= finished(request, photos, Look(), ModelVersion.objects.active())
        return render(request, "gallery/_home_progress.html", context)
    context["reviewed"] = under_review(request.user)
    context["invitations"] = Membership.objects.inviting(request.user)
    return render(request, "gallery/home.html", context)


@login_required
@require_POST
def create(request: SignedInRequest) -> HttpResponse:
    """Make a gallery and go there."""
    form = GalleryForm(request.POST)
    if not form.is_valid():
        return refuse(request, form, "gallery:home")
    form.instance.owner = request.user
    return leave(request, form.save().get_absolute_url())


@login_required
@require_POST
def rename(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    form = GalleryForm(request.POST, instance=get_gallery(request, uuid, Role.OWNER))
    address = form.instance.get_absolute_url()
    if not form.is_valid():
        return refuse(request, form, address)
    keep_changes(form)
    return leave(request, address)


@login_required
@require_POST
def delete(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    gallery = get_gallery(request, uuid, Role.OWNER)
    tell(request, gallery_notice(gallery, trash_gallery(gallery)))
    return redirect("gallery:home")


@login_required
@require_POST
def retry(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Queue a gallery's failed photos again."""
    gallery = get_gallery(request, uuid, Role.EDITOR)
    jobs.retry_photos(Collection(request.user, gallery).photos())
    return redirect("gallery:gallery", uuid)
