"""A person's own account: name, sessions, tokens, invitations, and the way out."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gallery.audit import Kind, record
from gallery.exchange.libraries import download_library
from gallery.library.deletion import delete_account as delete_for_good
from gallery.models import Invitation
from gallery.people.invitations import sign_up_path
from gallery.people.sessions import end_sessions
from gallery.views.contexts.account import account_context
from gallery.views.contexts.lookups import keep_changes
from gallery.views.forms import DeleteAccountForm, ProfileForm, TokenForm
from gallery.views.requests import SignedInRequest

# The session's keys for what the next page shows, this once. It is not in the answer itself: a
# reload would make another one.
NEW_TOKEN, NEW_INVITATION = "new_token", "new_invitation"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """The account page, and the name and e-mail that it sends."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if not form.is_valid():
        return _render_account(request, profile=form)
    keep_changes(form)
    if "email" in form.fields:
        old = EmailAddress.objects.filter(user=request.user)
        old.exclude(email=form.cleaned_data["email"]).delete()
    messages.success(request, gettext("Saved."))
    return redirect("gallery:account")


@login_required
@require_POST
def end_session(request: SignedInRequest, pk: int) -> HttpResponse:
    """Log out in one place."""
    get_object_or_404(UserSession, user=request.user, pk=pk).end()
    messages.success(request, gettext("That session was logged out."))
    return redirect(reverse("gallery:account") + "#sessions")


@login_required
@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    """Log out everywhere but here."""
    end_sessions(request.user, but=request.session.session_key)
    messages.success(request, gettext("You are now logged out everywhere else."))
    return redirect(reverse("gallery:account") + "#sessions")


@login_required
@never_cache
@require_POST
def create_token(request: SignedInRequest) -> HttpResponse:
    """Make an API token; the next page shows it, this once."""
    form = TokenForm(request.user, request.POST, auto_id="id_token_%s")
    if not form.is_valid():
        return _render_account(request, token_form=form)
    request.session[NEW_TOKEN] = form.create()
    return redirect(reverse("gallery:account") + "#tokens")


@login_required
@require_POST
def revoke_token(request: SignedInRequest, key: str) -> HttpResponse:
    get_object_or_404(request.user.auth_token_set, token_key=key).delete()
    messages.success(request, gettext("The token was revoked."))
    return redirect(reverse("gallery:account") + "#tokens")


@login_required
@require_POST
def revoke_tokens(request: SignedInRequest) -> HttpResponse:
    """Revoke all, as after a change of the password."""
    request.user.auth_token_set.all().delete()
    messages.success(request, gettext("All tokens were revoked."))
    return redirect(reverse("gallery:account") + "#tokens")


@login_required
@require_POST
def invite(request: SignedInRequest) -> HttpResponse:
    """Make a link with which somebody signs up; the next page shows it, this once."""
    if not request.user.is_staff or settings.SIGNUP != "invite":
        raise PermissionDenied
    path = sign_up_path(Invitation.objects.invite(request.user))
    request.session[NEW_INVITATION] = request.build_absolute_uri(path)
    return redirect(reverse("gallery:account") + "#invitations")


@login_required
@never_cache
@require_safe
def library(request: SignedInRequest) -> StreamingHttpResponse:
    """All that the person has here, as a ZIP file."""
    record(Kind.EXPORTED, about="everything")
    return download_library(request.user)


@sensitive_post_parameters()
@login_required
@never_cache
@require_POST
def delete_account(request: SignedInRequest) -> HttpResponse:
    """Delete the person and everything of theirs; the password is asked for again."""
    form = DeleteAccountForm(request.user, request.POST, auto_id="id_delete_%s")
    if not form.is_valid():
        return _render_account(request, delete_form=form)
    user = request.user
    logout(request)
    delete_for_good(user)
    messages.success(request, gettext("Your account and all its photos were deleted."))
    return redirect("gallery:home")


def _render_account(request: SignedInRequest, **changes: Any) -> HttpResponse:
    shown_once = {
        "secret": request.session.pop(NEW_TOKEN, None),
        "invitation": request.session.pop(NEW_INVITATION, None),
    }
    return render(request, "gallery/account.html", account_context(request) | shown_once | changes)
