"""Who may sign up: anyone, those with an invitation, or nobody, as the settings say."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from gallery.models import Invitation

PARAMETER = "invitation"  # in the address of the sign-up page, to which its form posts, too


def may_sign_up(request: HttpRequest) -> bool:
    """Whether this request may see the form.

    With an invitation that was just used, too: a second click still finds the form, and ends where
    the first one does.
    """
    if settings.SIGNUP == "invite":
        return Invitation.objects.with_token(request.GET.get(PARAMETER, "")).exists()
    return bool(settings.SIGNUP == "open")


def use_invitation(request: HttpRequest, person: User) -> bool:
    """Whether the person may have an account; an invitation is used up."""
    if settings.SIGNUP != "invite":
        return True
    invitations = Invitation.objects.with_token(request.GET.get(PARAMETER, "")).unused()
    return bool(invitations.update(used_at=timezone.now(), person=person))


def sign_up_path(token: str) -> str:
    """Where the person signs up who was given this token."""
    return f"{reverse('account_signup')}?{urlencode({PARAMETER: token})}"
