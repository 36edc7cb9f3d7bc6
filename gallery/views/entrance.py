"""Pages on the way in, where those of Django and allauth do not do."""

from allauth.account import views
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from requests import RequestException


@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Ask for a link by mail, or say honestly that this site sends none."""
    if settings.SENDS_MAIL:
        response: HttpResponseBase = views.password_reset(request)
        return response
    return render(request, "account/password_reset_no_mail.html")


@require_http_methods(["GET", "HEAD", "POST"])
def single_sign_on(request: HttpRequest) -> HttpResponseBase:
    """Go to the OpenID Connect provider, or say that it does not answer."""
    try:
        response: HttpResponseBase = openid_connect.login(request, settings.OIDC_APP["provider_id"])
    except RequestException:
        return render(request, "socialaccount/authentication_error.html", status=502)
    return response
