"""For probes: whether this process answers (/healthz), and whether what it needs does (/readyz).

A middleware before all others: a probe comes by address, without a host name or TLS that the rest
of the site would ask for, and needs no session.
"""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from gallery.operation.parts import PARTS

logger = logging.getLogger(__name__)


def health(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """The middleware."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return JsonResponse({"missing": []})
        if request.path_info == "/readyz":
            missing = [name for name in PARTS if not _works(name)]
            return JsonResponse({"missing": missing}, status=503 if missing else 200)
        return get_response(request)

    return answer


def _works(name: str) -> bool:
    try:
        PARTS[name]()
    except Exception as error:  # whatever is wrong: the log says it, the answer only names the part
        logger.error("%s does not answer: %s", name, error)
        return False
    return True
