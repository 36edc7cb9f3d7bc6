"""What every template may show."""

from django.http import HttpRequest

from celebattr import __version__


def site_version(request: HttpRequest) -> dict[str, str]:
    """The version of the site, for the footer."""
    return {"site_version": __version__}
