"""What the OpenAPI schema says about every operation alike."""

from dataclasses import dataclass, field
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    Direction,
    OpenApiExample,
    OpenApiParameter,
    OpenApiRequest,
    OpenApiResponse,
    PolymorphicProxySerializer,
)
from rest_framework.serializers import Serializer

from gallery.api.authentication import READ_ONLY
from gallery.api.base import Api
from gallery.api.bodies import StrictSerializer
from gallery.api.errors import NO_TOKEN, NOTHING_HERE, body
from gallery.api.serializers import ErrorSerializer
from gallery.exchange.formats import NOT_INSTALLED
from gallery.storage import AWAY, FULL

GONE = OpenApiResponse(description="Deleted.")
MISSPELT = 'Unknown attribute "Smilling" at character 1. Did you mean Smiling?'


@dataclass(frozen=True)
class Failure:
    """What an error status means, and an example of its body."""

    meaning: str
    code: str
    message: str
    fields: dict[str, list[str]] = field(default_factory=dict)


ERRORS = {
    400: Failure(
        meaning="The request is wrong; `fields` says where.",
        code="bad_filter",
        message=f"attrs: {MISSPELT}",
        fields={"attrs": [MISSPELT]},
    ),
    401: Failure(
        meaning="No token, a wrong one, or no session.",
        code="not_authenticated",
        message=NO_TOKEN,
    ),
    403: Failure(
        meaning="A token that may only read, a session without its CSRF token, a member whose "
        "role is not enough, or, for an upload, a person who may keep no more photos "
        "(`quota_exceeded`).",
        code="permission_denied",
        message=READ_ONLY,
    ),
    404: Failure(
        meaning=NOTHING_HERE,
        code="not_found",
        message=NOTHING_HERE,
    ),
    409: Failure(
        meaning="Not now, as the message says: the photo's analysis has not failed, the first "
        "upload with this idempotency key is not answered yet (`in_progress`, with Retry-After), "
        "there are too many webhooks, or this one is turned off.",
        code="conflict",
        message="Only a photo whose analysis failed can be tried again; this one is ready.",
    ),
    413: Failure(
        meaning="The body is too large.",
        code="too_large",
        message="The request is too large.",
    ),
    415: Failure(
        meaning="The body has a wrong media type.",
        code="unsupported_media_type",
        message='Unsupported media type "text/plain" in request.',
    ),
    416: Failure(
        meaning="The picture has no such part; Content-Range says how long it is.",
        code="range_not_satisfiable",
        message="The picture has 51234 bytes, and no such part.",
    ),
    422: Failure(
        meaning="The idempotency key came with another upload.",
        code="idempotency_key_reused",
        message="This idempotency key came with another upload. Use a new key for each.",
    ),
    501: Failure(
        meaning="This site lacks what the file is written with.",
        code="not_installed",
        message=NOT_INSTALLED,
    ),
    503: Failure(
        meaning="The database or the pictures cannot be reached, or too many uploads are being "
        "checked; try again after Retry-After seconds.",
        code="storage_unavailable",
        message=AWAY,
    ),
    507: Failure(
        meaning="There is no space for another picture.",
        code="storage_full",
        message=FULL,
    ),
    429: Failure(
        meaning="Too many requests; the header Retry-After says how many seconds to wait.",
        code="throttled",
        message="Request was throttled. Expected available in 5 seconds.",
    ),
}


IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    location=OpenApiParameter.HEADER,
    description="The `ETag` of an answer that the program has kept: 304 if it still holds.",
)
ETAG = OpenApiParameter(
    "ETag",
    location=OpenApiParameter.HEADER,
    response=[200],
    description="Stands for this answer; to a program with a token, not to a session.",
)
NOT_MODIFIED = {"description": "The answer that `If-None-Match` names still holds."}


class Schema(AutoSchema):
    """Spectacular's, with the query parameters that each view says it takes, and ETags."""

    def get_override_parameters(self) -> list[Any]:
        if not isinstance(self.view, Api):
            return []
        return [*self.view.taken(), *((IF_NONE_MATCH, ETAG) if self._has_etag() else ())]

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        return bodies | ({"304": NOT_MODIFIED} if self._has_etag() else {})

    def _has_etag(self) -> bool:
        return self.method == "GET" and isinstance(self.view, Api) and not self.view.is_streamed

    def _get_request_for_media_type(self, serializer: Any, direction: Direction = "request") -> Any:
        """The body's schema, and whether a body is required: for a choice of forms it is."""
        schema, required = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        return schema, required or isinstance(serializer, PolymorphicProxySerializer)


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        return schema | {"additionalProperties": False}


def of_type(form: type[Serializer[Any]], **media_types: str) -> OpenApiRequest:
    """A multipart form, with the media types that each of its files may have."""
    encoding = {name: {"contentType": media_type} for name, media_type in media_types.items()}
    return OpenApiRequest(form, encoding=encoding)


def empty_counts_as_not_given(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Say of each query parameter that it may be empty, as `read_query` has it."""
    operations = [one for methods in result["paths"].values() for one in methods.values()]
    for parameter in (one for operation in operations for one in operation.get("parameters", [])):
        if parameter["in"] == "query" and not parameter.get("required"):
            parameter["allowEmptyValue"] = True
    return result


def answers(success: dict[Any, Any], *errors: int) -> dict[Any, Any]:
    """An operation's answers: on success, these errors, and those that all operations share."""
    return success | {status: _error(status) for status in sorted({*errors, 401, 429})}


def _error(status: int) -> OpenApiResponse:
    failure = ERRORS[status]
    example = OpenApiExample(
        failure.code,
        value=body(failure.code, failure.message, failure.fields),
        status_codes=[str(status)],
    )
    return OpenApiResponse(ErrorSerializer, description=failure.meaning, examples=[example])
