"""Errors: every answer that is not a success has the same shape, wherever the error was found.

{"error": {"code": "invalid", "message": "In words.", "fields": {"name": ["In words."]}}}
"""

import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from gallery.filters.terms import FilterError
from gallery.media import NoPart
from gallery.models.pages import CursorError
from gallery.outages import WAIT, outage
from gallery.storage import StorageError, StorageFull
from gallery.uploads.decoder import Busy
from gallery.uploads.pictures import UploadError
from gallery.uploads.quota import QuotaError

NOTHING_HERE = "Not found: it does not exist, or it is not yours."
NO_TOKEN = (
    "Make a token on your account page and send it as a header: "
    '"Authorization: Token ...": the word Token, a space, and the token.'
)
UNREADABLE = "The request is damaged or has too many parts."
JSON = "application/json"


class BadFilter(exceptions.ValidationError):
    default_code = "bad_filter"


class BadImage(exceptions.ValidationError):
    default_code = "bad_image"


class OverQuota(exceptions.APIException):
    status_code = status.HTTP_403_FORBIDDEN
    default_code = "quota_exceeded"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is too large."
    default_code = "too_large"


class Conflict(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class RangeNotSatisfiable(exceptions.APIException):
    status_code = status.HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE
    default_code = "range_not_satisfiable"


class NotInstalled(exceptions.APIException):
    status_code = status.HTTP_501_NOT_IMPLEMENTED
    default_code = "not_installed"


class StorageUnavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "storage_unavailable"
    wait = 30  # seconds, which the header Retry-After says


class TooBusy(exceptions.APIException):
    status_code = Busy.status_code
    default_code = "busy"
    wait = Busy.wait


class StorageIsFull(exceptions.APIException):
    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_code = "storage_full"


def body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "fields": fields or {}}}


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception of an API view; None leaves an unexpected one to Django (a 500)."""
    known = _as_api_exception(exc)
    response = exception_handler(known, context)
    if response is not None and isinstance(known, exceptions.APIException):
        response.data = _body_of(known)
        if isinstance(exc, NoPart):
            response["Content-Range"] = exc.content_range
        # The schema and its page are not JSON, but their errors are.
        request = context["request"]
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSON
    return response


def _as_api_exception(exc: Exception) -> Exception:
    match exc:
        case FilterError():
            return BadFilter({exc.parameter: [str(exc)]})
        case CursorError():
            return BadFilter({"cursor": [str(exc)]})
        case QuotaError():
            return OverQuota(str(exc))
        case UploadError():
            return BadImage({"image": [str(exc)]})
        case NoPart():
            return RangeNotSatisfiable(str(exc))
        case Busy():
            return TooBusy(str(exc))
        case StorageFull():
            return StorageIsFull(str(exc))
        case StorageError():
            return StorageUnavailable(str(exc))
        case Http404() | ObjectDoesNotExist():  # deleted by another request, just now
            return exceptions.NotFound(NOTHING_HERE)
        case PermissionDenied():  # the role is not enough
            return exceptions.PermissionDenied(str(exc) or None)
        case RequestDataTooBig():
            return TooLarge()
        case TooManyFilesSent():
            return exceptions.ParseError(too_many_files())
        case SuspiciousOperation() | UnreadablePostError():
            return exceptions.ParseError(UNREADABLE)
    return exc


def _body_of(exc: exceptions.APIException) -> dict[str, Any]:
    if isinstance(exc, exceptions.NotAuthenticated):
        return body(exc.default_code, NO_TOKEN)
    if not isinstance(exc, exceptions.ValidationError):
        return body(str(exc.get_codes()), str(exc.detail))
    fields = {name: _messages(detail) for name, detail in _by_field(exc.detail).items()}
    general = fields.pop("non_field_errors", [])
    message = " ".join([*general, *(f"{name}: {' '.join(fields[name])}" for name in fields)])
    return body(exc.default_code, message, fields)


def _by_field(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}


def _messages(detail: Any) -> list[str]:
    """All messages of one field, however deeply nested."""
    if isinstance(detail, dict):
        return [message for inner in detail.values() for message in _messages(inner)]
    if isinstance(detail, list):
        return [message for inner in detail for message in _messages(inner)]
    return [str(detail)]


# --- Outside the API's views ------------------------------------------------------------------


@csrf_exempt
def not_found(request: HttpRequest) -> JsonResponse:
    """The answer to every unknown address under /api/."""
    message = "There is no such address. Addresses end with a slash; /api/docs/ lists them."
    return JsonResponse(body("not_found", message), status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read: JSON for programs, Django's page for people."""
    if not is_from_a_program(request):
        return defaults.bad_request(request, exception)
    is_many = isinstance(exception, TooManyFilesSent)
    message = too_many_files() if is_many else UNREADABLE
    return JsonResponse(body("bad_request", message), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's handler500: JSON for programs, Django's page for people."""
    if trouble := outage(sys.exc_info()[1]):
        return _unavailable(request, *trouble)
    if not is_from_a_program(request):
        return defaults.server_error(request)
    message = "Something went wrong on our side. Please try again later."
    return JsonResponse(body("error", message), status=500)


def _unavailable(request: HttpRequest, status_code: int, reason: str) -> HttpResponse:
    headers = {"Retry-After": str(WAIT)}
    if not is_from_a_program(request):
        page = render_to_string("503.html", {"reason": reason})
        return HttpResponse(page, status=status_code, headers=headers)
    code = "database_full" if status_code == status.HTTP_507_INSUFFICIENT_STORAGE else "unavailable"
    return JsonResponse(body(code, reason), status=status_code, headers=headers)


def too_many_files() -> str:
    return f"Send at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files at a time."


def is_from_a_program(request: HttpRequest) -> bool:
    """Whether the answer is to be JSON, not a page."""
    kind = request.get_preferred_type(["text/html", JSON])
    return request.path_info.startswith("/api/") or kind == JSON
