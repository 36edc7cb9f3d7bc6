"""A person's own account: name, tokens, and the way out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gallery import library
from gallery.models import ApiToken
from gallery.views.contexts.lookups import keep_changes
from gallery.views.forms import DeleteAccountForm, ProfileForm, TokenForm
from gallery.views.requests import SignedInRequest

NEW_TOKEN = "new_token"  # the session's key for a token that has not been shown yet


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """The account page, and the name and e-mail that it sends."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if not form.is_valid():
        return _render_account(request, profile=form)
    keep_changes(form)
    messages.success(request, "Saved.")
    return redirect("gallery:account")


@login_required
@never_cache
@require_POST
def create_token(request: SignedInRequest) -> HttpResponse:
    """Make an API token; the next page shows it, this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _render_account(request, token_form=form)
    _, secret = ApiToken.objects.create(user=request.user, name=form.cleaned_data["name"])
    request.session[NEW_TOKEN] = secret  # not in this response: a reload would make another token
    return redirect(reverse("gallery:account") + "#tokens")


@login_required
@require_POST
def revoke_token(request: SignedInRequest, key: str) -> HttpResponse:
    get_object_or_404(request.user.auth_token_set, token_key=key).delete()
    messages.success(request, "The token was revoked.")
    return redirect("gallery:account")


@sensitive_post_parameters()
@login_required
@never_cache
@require_POST
def delete_account(request: SignedInRequest) -> HttpResponse:
    """Delete the person and everything of theirs; the password is asked for again."""
    form = DeleteAccountForm(request.user, request.POST)
    if not form.is_valid():
        return _render_account(request, delete_form=form)
    user = request.user
    logout(request)
    library.delete_account(user)
    messages.success(request, "Your account and all its photos were deleted.")
    return redirect("gallery:home")


def _render_account(request: SignedInRequest, **changes: Any) -> HttpResponse:
    context = {
        "profile": ProfileForm(instance=request.user),
        "token_form": TokenForm(auto_id="id_token_%s"),
        "delete_form": DeleteAccountForm(request.user, auto_id="id_delete_%s"),
        "tokens": request.user.auth_token_set.order_by("-created"),
        "secret": request.session.pop(NEW_TOKEN, None),
    }
    return render(request, "gallery/account.html", context | changes)
