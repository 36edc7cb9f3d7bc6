"""What has run out: sessions, tokens, invitations."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from gallery.models import ApiToken, Invitation


def remove_expired() -> None:
    """Delete it all. Nothing of it lets anybody in any more, so this may come late."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    ApiToken.objects.filter(expiry__lt=timezone.now()).delete()
    Invitation.objects.filter(expires_at__lt=timezone.now()).delete()
