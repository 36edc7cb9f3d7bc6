"""What every answer carries, which requests are refused, and who may see the queue's pages."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from gallery import trace
from gallery.api import errors

logger = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]

NO_LENGTH = (
    "The body comes in chunks, without its length. Send the header Content-Length; most programs "
    "do so if they are given a file or bytes instead of a stream."
)
COMPRESSED = "The body is compressed ({}). Send it as it is, without the header Content-Encoding."

QUEUE = ("/django-rq/", "/admin/django_rq/")  # the same pages, which can stop and delete jobs
MAY_SEE_QUEUE = "django_rq.admin"

COMPRESSIBLE = ("text/html", "application/json", "text/javascript")

# What programs and those who run the site read: programs match on the words of an error.
IN_ENGLISH = ("/api/", "/admin/", "/django-rq/", "/metrics")

HEADER = "X-Request-ID"
SAFE_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")  # nothing that could forge a line of the log


def request_id(get_response: Handler) -> Handler:
    """Give each request an id, which its lines in the log and its answer carry.

    A proxy may have given it one.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        name = given if SAFE_ID.fullmatch(given) else uuid4().hex
        start = time.perf_counter()
        with trace.following(name, request):
            response = get_response(request)
            _log(request, response, time.perf_counter() - start)
        response[HEADER] = name
        return response

    return answer


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """A line for each request that changes or fails; for the others only with LOG_LEVEL=DEBUG.

    It names the view, because an address may hold a secret.
    """
    is_news = request.method not in ("GET", "HEAD") or response.status_code >= 500
    match = request.resolver_match
    said = {
        "method": request.method,
        "view": match.view_name if match else "none",
        "status": response.status_code,
        "ms": round(1000 * seconds),
    }
    level = logging.INFO if is_news else logging.DEBUG
    logger.log(level, "%(method)s %(view)s: %(status)s in %(ms)s ms", said, extra=said)


class PageLanguage(LocaleMiddleware):
    """Answer in the language that the person chose, else in the browser's; the API in English."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(IN_ENGLISH):
            translation.activate("en")
            request.LANGUAGE_CODE = "en"
        else:
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not request.path_info.startswith(IN_ENGLISH):
            response = super().process_response(request, response)
        translation.deactivate()  # or what this thread does next would speak this language
        return response


def private_pages(get_response: Handler) -> Handler:
    """Keep the pages of people who are signed in out of caches: Back shows nothing after log-out.

    An answer that says itself how it may be cached, such as a picture, is left alone.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response and request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response

    return answer


class CompressPages(GZipMiddleware):
    """Compress pages and JSON for who can read it; pictures and files are sent as they are.

    Django adds random bytes, so that the length tells nothing of what the page holds (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or kind not in COMPRESSIBLE:
            return response
        return super().process_response(request, response)


def readable_bodies(get_response: Handler) -> Handler:
    """Refuse a body that WSGI would show as empty, or that nothing here unpacks."""

    def answer(request: HttpRequest) -> HttpResponse:
        encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            return _refuse(request, 415, "unsupported_encoding", COMPRESSED.format(encoding[:30]))
        if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
            return _refuse(request, 411, "length_required", NO_LENGTH)
        return get_response(request)

    return answer


def _refuse(request: HttpRequest, status: int, code: str, words: str) -> HttpResponse:
    if errors.is_from_a_program(request):
        return JsonResponse(errors.body(code, words), status=status)
    return HttpResponse(f"{words}\n", "text/plain; charset=utf-8", status)


def queue_pages(get_response: Handler) -> Handler:
    """Keep staff off the queue who do not have its permission; strangers are asked to log in."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(QUEUE) and _is_kept_off(request.user):
            raise PermissionDenied
        return get_response(request)

    return answer


def _is_kept_off(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and not user.has_perm(MAY_SEE_QUEUE)
