"""What every answer carries, and who may see the pages of the queue."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

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


def queue_pages(get_response: Handler) -> Handler:
    """Keep staff off the queue who do not have its permission; strangers are asked to log in."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(QUEUE) and _is_kept_off(request.user):
            raise PermissionDenied
        return get_response(request)

    return answer


def _is_kept_off(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and not user.has_perm(MAY_SEE_QUEUE)
