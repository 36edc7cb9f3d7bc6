"""What every answer carries, which requests are refused, and who may see the queue's pages."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse

from gallery.api import errors

Handler = Callable[[HttpRequest], HttpResponse]

NO_LENGTH = (
    "The body comes in chunks, without its length. Send the header Content-Length; most programs "
    "do so if they are given a file or bytes instead of a stream."
)
COMPRESSED = "The body is compressed ({}). Send it as it is, without the header Content-Encoding."

QUEUE = ("/django-rq/", "/admin/django_rq/")  # the same pages, which can stop and delete jobs
MAY_SEE_QUEUE = "django_rq.admin"


def private_pages(get_response: Handler) -> Handler:
    """Keep the pages of people who are signed in out of caches: Back shows nothing after log-out.

    An answer that says itself how it may be cached, such as a picture, is left alone.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        return response

    return answer


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
