"""What the account page shows: how one logs in, where one is logged in, and one's tokens."""

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from gallery.models import ApiToken
from gallery.models.quota import Limits, Usage
from gallery.people.sessions import browser_name
from gallery.views.forms import DeleteAccountForm, ProfileForm, TokenForm
from gallery.views.requests import SignedInRequest


@dataclass(frozen=True)
class Place:
    """Where a person is logged in."""

    session: UserSession
    browser: str
    is_here: bool


def account_context(request: SignedInRequest) -> dict[str, Any]:
    user = request.user
    tokens = ApiToken.objects.filter(user=user).select_related("gallery").order_by("-created")
    return {
        "profile": ProfileForm(instance=user),
        "token_form": TokenForm(user, auto_id="id_token_%s"),
        "delete_form": DeleteAccountForm(user, auto_id="id_delete_%s"),
        "tokens": tokens,
        "used": Usage.of(user.pk),
        "limits": Limits.of(user.pk),
        "now": timezone.now(),
        "places": places(request),
        "may_invite": user.is_staff and settings.SIGNUP == "invite",
        **second_steps(user),
    }


def places(request: SignedInRequest) -> list[Place]:
    """The person's sessions, this one first, then the newest."""
    UserSession.objects.create_from_request(request)  # one of before 0.3 is not listed yet
    here = request.session.session_key
    found = [
        Place(session, browser_name(session.user_agent), session.session_key == here)
        for session in UserSession.objects.purge_and_list(request.user)
    ]
    return sorted(found, key=lambda place: (not place.is_here, -place.session.pk))


def second_steps(user: User) -> dict[str, Any]:
    """What else than a password lets the person in."""
    of_type: dict[str, list[Authenticator]] = {kind: [] for kind in Authenticator.Type.values}
    for authenticator in Authenticator.objects.filter(user=user).order_by("pk"):
        of_type[authenticator.type].append(authenticator)
    (codes,) = of_type[Authenticator.Type.RECOVERY_CODES] or [None]
    return {
        "can_confirm": user.has_usable_password() or any(of_type.values()),  # that it is they
        "has_totp": bool(of_type[Authenticator.Type.TOTP]),
        "passkeys": of_type[Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "single_sign_on": settings.OIDC_APP["name"] if settings.OIDC_URL else "",
        "is_connected": SocialAccount.objects.filter(user=user).exists(),
    }
