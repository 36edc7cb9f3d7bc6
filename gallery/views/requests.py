"""Requests as the middleware hands them to a page."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class PageRequest(HttpRequest):
    """Anyone's request; `htmx` is truthy when htmx sent it."""

    htmx: HtmxDetails


class SignedInRequest(PageRequest):
    """The request of a person who is signed in: what `login_required` lets through."""

    user: User
