"""How the pages look in this browser."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("light", "dark")
THEME_COOKIE = "celebattr_theme"
YEAR = 365 * 24 * 3600  # seconds


def theme_of(request: HttpRequest) -> str:
    """The theme chosen in this browser; "" leaves it to the system."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme for this browser; any other word than light and dark forgets it."""
    response = HttpResponse(status=204)
    if "HX-Request" not in request.headers:
        response = redirect(_page_before(request) or "gallery:home")
    theme, path = request.POST.get("theme", ""), settings.SESSION_COOKIE_PATH
    if theme not in THEMES:
        response.delete_cookie(THEME_COOKIE, path=path)
        return response
    response.set_cookie(
        THEME_COOKIE,
        theme,
        max_age=YEAR,
        path=path,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _page_before(request: HttpRequest) -> str:
    """The page of this site that sent the form; "" if the browser does not say."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    return page if is_ours else ""
