"""The links that a person shares a gallery by: make, list, revoke."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gallery.models import Role, ShareLink
from gallery.sharing.links import make_link, revoke_link
from gallery.views.contexts.lookups import get_gallery
from gallery.views.forms import LinkForm
from gallery.views.requests import SignedInRequest

NEW_LINK = "new_link"  # in the session, until the next page has shown it


@sensitive_post_parameters()
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """The gallery's links, and a form for a new one, which the next page shows, this once."""
    gallery = get_gallery(request, uuid, Role.OWNER)
    form = LinkForm(request.user, gallery, request.POST or None)
    if form.is_valid():
        path = reverse("gallery:shared", args=[make_link(gallery, **form.cleaned_data).token])
        request.session[NEW_LINK] = request.build_absolute_uri(path)
        return redirect("gallery:links", uuid)
    context = {
        "gallery": gallery,
        "form": form,
        "links": ShareLink.objects.visible_to(request.user).in_gallery(gallery).kept().with_album(),
        "new_link": request.session.pop(NEW_LINK, None),
    }
    return render(request, "gallery/links.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def revoke(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Close a link: from now on nothing that it showed can be seen by it."""
    link = get_object_or_404(ShareLink.objects.visible_to(request.user).with_album(), uuid=uuid)
    revoke_link(link)
    words = gettext("The link to “%(name)s” was revoked.")
    messages.success(request, words % {"name": link.name})
    return redirect("gallery:links", link.gallery.uuid)
