"""The members of a gallery: invited by name or link, changed and removed; accepting, leaving."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gallery.models import Gallery, MemberLink, Membership, Role
from gallery.models.membership import check_role
from gallery.sharing.members import (
    NotInvited,
    accept,
    change_role,
    invite,
    join,
    may_invite,
    needs_no_link,
    remove,
)
from gallery.views.contexts.lookups import get_gallery
from gallery.views.contexts.members import members_context
from gallery.views.forms import MemberForm, RoleForm
from gallery.views.requests import SignedInRequest

NEW_LINK = "new_member_link"  # in the session until the next page has shown it


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Who sees the gallery, and a form to invite somebody by name; for others, the way out."""
    is_sent = request.method == "POST"
    gallery = get_gallery(request, uuid, Role.OWNER if is_sent else Role.VIEWER)
    form = MemberForm(request.POST) if is_sent else MemberForm()
    if form.is_valid() and _invite(request, gallery, form):
        return redirect("gallery:members", uuid)
    context = {
        **members_context(request.user, gallery),
        "form": form,
        "new_link": request.session.pop(NEW_LINK, None),
    }
    return render(request, "gallery/members.html", context, status=400 if form.errors else 200)


def _invite(request: SignedInRequest, gallery: Gallery, form: MemberForm) -> bool:
    """Invite somebody. Returns whether that worked; if not, the form says why."""
    name, role = form.cleaned_data["name"], Role(form.cleaned_data["role"])
    try:
        if not may_invite(request, request.user):
            raise NotInvited(gettext("You have invited many people today. Continue tomorrow."))
        invite(gallery, name, role)
    except NotInvited as error:
        form.add_error("name", str(error))
        return False
    words = gettext("If %(name)s has an account here, your invitation appears on their home page.")
    messages.success(request, words % {"name": name})
    return True


@login_required
@require_POST
def make_link(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Make a link that makes one person a member; the next page shows it, once."""
    gallery = get_gallery(request, uuid, Role.OWNER)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Choose what they may do."))
    elif not may_invite(request, request.user):
        messages.error(request, gettext("You have invited many people today. Continue tomorrow."))
    else:
        link = MemberLink.objects.make(gallery, Role(form.cleaned_data["role"]))
        path = reverse("gallery:join", args=[link.token])
        request.session[NEW_LINK] = request.build_absolute_uri(path)
    return redirect("gallery:members", uuid)


@login_required
@require_POST
def revoke_link(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Revoke a link that nobody has used yet."""
    links = MemberLink.objects.visible_to(request.user).select_related("gallery")
    link = get_object_or_404(links, uuid=uuid)
    link.revoke()
    messages.success(request, gettext("The link was revoked."))
    return redirect("gallery:members", link.gallery.uuid)


@login_required
@require_POST
def change(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Change a member's role."""
    membership = _membership(request, uuid)
    check_role(request.user, membership.gallery, Role.OWNER)
    form = RoleForm(request.POST)
    if form.is_valid():
        change_role(membership, Role(form.cleaned_data["role"]))
        messages.success(request, gettext("Saved."))
    return redirect("gallery:members", membership.gallery.uuid)


@login_required
@require_POST
def end(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Remove a member, withdraw an invitation, or leave."""
    membership = _membership(request, uuid)
    gallery, name = membership.gallery, membership.name
    remove(membership, request.user)
    if gallery.owner_id != request.user.pk:
        words = gettext("You have left “%(name)s”.")
        messages.success(request, words % {"name": gallery.name})
        return redirect("gallery:home")
    words = gettext("%(name)s no longer sees this gallery.")
    if membership.accepted_at is None:
        words = gettext("The invitation to %(name)s was withdrawn.")
    messages.success(request, words % {"name": name})
    return redirect("gallery:members", gallery.uuid)


def _membership(request: SignedInRequest, uuid: UUID) -> Membership:
    rows = Membership.objects.visible_to(request.user).with_people()
    membership: Membership = get_object_or_404(rows, uuid=uuid)
    return membership


@login_required
@require_POST
def answer(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Accept or decline an invitation."""
    membership = get_object_or_404(Membership.objects.inviting(request.user), uuid=uuid)
    gallery = membership.gallery
    if "decline" in request.POST:
        remove(membership, request.user)
        words = gettext("You have declined the invitation to “%(name)s”.")
        messages.success(request, words % {"name": gallery.name})
        return redirect("gallery:home")
    return redirect(gallery if accept(membership) else "gallery:home")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join_by_link(request: SignedInRequest, token: str) -> HttpResponse:
    """Who invites to what, and the way in."""
    link = MemberLink.objects.with_token(token).first()
    if link and needs_no_link(link, request.user):
        return redirect(link.gallery)
    if link is None or not MemberLink.objects.open().filter(pk=link.pk).exists():
        return _nothing(request)
    if request.method != "POST":
        return render(request, "gallery/join.html", {"link": link})
    return redirect(link.gallery) if join(link, request.user) else _nothing(request)


def _nothing(request: SignedInRequest) -> HttpResponse:
    return render(request, "gallery/join_nothing.html", status=404)
