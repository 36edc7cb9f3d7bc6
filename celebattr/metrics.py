"""/metrics for Prometheus: what this site's processes count, and what the database knows."""

import os
import time
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gallery.figures import REQUEST_SECONDS, REQUESTS
from gallery.operation.scrape import Site

Handler = Callable[[HttpRequest], HttpResponse]


def count(get_response: Handler) -> Handler:
    """The middleware that counts requests by view and status, and how long they take."""

    def answer(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        view = match.view_name if match else "none"  # a file, a probe, or an address of nothing
        REQUESTS.labels(view, response.status_code).inc()
        REQUEST_SECONDS.labels(view).observe(time.perf_counter() - start)
        return response

    return answer


def by_token(get_response: Handler) -> Handler:
    """The middleware that answers whoever sends METRICS_TOKEN.

    Before those that ask for a host name, TLS or a session: Prometheus comes by address.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info == "/metrics" and _has_token(request):
            return _figures()
        return get_response(request)

    return answer


def for_staff(request: HttpRequest) -> HttpResponse:
    """The figures for staff; nothing is here for anyone else."""
    if not (request.user.is_active and request.user.is_staff):
        raise Http404
    return require_safe(lambda _: _figures())(request)


def _has_token(request: HttpRequest) -> bool:
    sent = request.headers.get("Authorization", "")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and constant_time_compare(sent, f"Bearer {wanted}")


def _figures() -> HttpResponse:
    own = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # set by gunicorn.conf.py
        own = CollectorRegistry()
        MultiProcessCollector(own)  # type: ignore[no-untyped-call]
    site = CollectorRegistry()
    site.register(Site())
    return HttpResponse(generate_latest(own) + generate_latest(site), CONTENT_TYPE_LATEST)
