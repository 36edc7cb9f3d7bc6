"""What every template may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from celebattr import __version__
from gallery.views.contexts.lookups import next_page


def site(request: HttpRequest) -> dict[str, Any]:
    """The version, who may sign up, whether there is mail, and where to go after a log-in."""
    return {
        "site_version": __version__,
        "signup": settings.SIGNUP,
        "sends_mail": settings.SENDS_MAIL,
        "next": next_page(request),
    }
