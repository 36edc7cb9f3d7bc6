"""Where a person is logged in."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils.translation import gettext


def end_sessions(user: User, but: str | None = None) -> None:
    """Log the person out everywhere, or everywhere but in one session.

    The list of sessions does not have those that began in versions before 0.3, so all are read.
    """
    for session in Session.objects.exclude(session_key=but).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
    UserSession.objects.filter(user=user).exclude(session_key=but).delete()


# The first that a browser's description of itself contains: most claim to be others, too.
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari", "curl", "python")
SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")
NAMES = {"Edg": "Edge", "OPR": "Opera", "Macintosh": "macOS", "python": "Python"}


def browser_name(description: str) -> str:
    """What people call a browser that describes itself so: "Firefox on Linux"."""
    browser = _first(BROWSERS, description) or gettext("Some browser")
    system = _first(SYSTEMS, description)
    if not system:
        return browser
    return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}


def _first(words: tuple[str, ...], text: str) -> str | None:
    found = next((word for word in words if word in text), None)
    return NAMES.get(found, found) if found else None
