"""Pages before one is logged in, where allauth's own do not do."""

from allauth.account import views
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Ask for a link by mail, or say honestly that this site sends none."""
    if settings.SENDS_MAIL:
        response: HttpResponseBase = views.password_reset(request)
        return response
    return render(request, "account/password_reset_no_mail.html")
