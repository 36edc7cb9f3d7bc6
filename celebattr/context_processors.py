"""What every template may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from celebattr import __version__
from gallery.models import Photo
from gallery.views.appearance import theme_of
from gallery.views.contexts.lookups import next_page
from gallery.views.contexts.waiting import are_stalled


def site(request: HttpRequest) -> dict[str, Any]:
    """The version, the colors, who may sign up, what the site keeps, the page after a log-in."""
    return {
        "site_version": __version__,
        "signup": settings.SIGNUP,
        "sends_mail": settings.SENDS_MAIL,
        "next": next_page(request),
        "theme": theme_of(request),
        "trash_days": settings.TRASH_DAYS,
        "keeps_originals": settings.KEEP_ORIGINALS,
        "analysis_is_stalled": lambda: are_stalled(Photo.objects.all()),  # asked where it is shown
    }
