"""What the OpenAPI schema says of every operation alike."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from gallery.api.errors import NO_TOKEN, NOTHING_HERE, body
from gallery.api.serializers import ErrorSerializer

MISSPELT = 'Unknown attribute "Smilling" at character 1. Did you mean Smiling?'

# status: what it means, and an example's code, message and fields
ERRORS: dict[int, tuple[Any, ...]] = {
    400: (
        "The request is wrong; `fields` says where.",
        *("bad_filter", f"attrs: {MISSPELT}", {"attrs": [MISSPELT]}),
    ),
    401: (
        "No token, a wrong one, or no session.",
        *("not_authenticated", NO_TOKEN),
    ),
    403: (
        "A session without its CSRF token.",
        *("permission_denied", "CSRF Failed: CSRF token missing."),
    ),
    404: ("Nothing is here, or it is not yours.", "not_found", NOTHING_HERE),
    409: (
        "The photo's analysis has not failed.",
        *("conflict", "Only a photo whose analysis failed can be tried again; this one is ready."),
    ),
    413: ("The body is too large.", "too_large", "The request is too large."),
    415: (
        "The body has a wrong media type.",
        *("unsupported_media_type", 'Unsupported media type "text/plain" in request.'),
    ),
    429: (
        "Too many requests; the header Retry-After says for how many seconds to wait.",
        *("throttled", "Request was throttled. Expected available in 5 seconds."),
    ),
}


class Schema(AutoSchema):
    """Spectacular's, with the query parameters that each view says it takes."""

    def get_override_parameters(self) -> list[Any]:
        return list(self.view.taken())


def answers(success: dict[Any, Any], *errors: int) -> dict[Any, Any]:
    """An operation's answers: on success, the errors that all operations share, and these."""
    return success | {status: _error(status) for status in sorted({*errors, 401, 429})}


def _error(status: int) -> OpenApiResponse:
    meaning, code, *rest = ERRORS[status]
    example = OpenApiExample(code, value=body(code, *rest), status_codes=[str(status)])
    return OpenApiResponse(ErrorSerializer, description=meaning, examples=[example])
