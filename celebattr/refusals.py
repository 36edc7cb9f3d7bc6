"""Requests that are refused because of how they arrived, mostly through a proxy: what is wrong."""

from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.template.loader import render_to_string

from celebattr.values import HOST, ORIGIN
from gallery.api import errors


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that is not trusted; it names an origin that the site does not know.

    One whose token has grown old is offered to be sent again if the browser says that a page of
    ours sent it, and if it holds no password or file, which cannot be put into a page.
    """
    origin, here = request.headers.get("Origin", ""), f"{request.scheme}://{request.get_host()}"
    is_other = "does not match any trusted origins" in reason and ORIGIN.fullmatch(origin)
    fields = _fields(request) if origin == here else []
    context = {"here": here, "origin": is_other and origin, "fields": fields}
    if not errors.is_from_a_program(request):
        return render(request, "403_csrf.html", context, status=403)
    words = " ".join(render_to_string("includes/csrf.txt", context).split())
    return JsonResponse(errors.body("csrf_failed", words), status=403)


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    """The names and values of a form that can be shown again; none of one that cannot."""
    if request.FILES or any("password" in name for name in request.POST):
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's handler400; it names a host that is not in ALLOWED_HOSTS."""
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    if not isinstance(exception, DisallowedHost) or not HOST.fullmatch(host):
        return errors.bad_request(request, exception)
    words = (
        f"This site does not answer to the name {host}. "
        "Whoever runs it can add the name to ALLOWED_HOSTS."
    )
    if errors.is_from_a_program(request):
        return JsonResponse(errors.body("bad_host", words), status=400)
    return HttpResponse(f"{words}\n", "text/plain; charset=utf-8", 400)


def nothing_here(request: HttpRequest, **parts: str) -> HttpResponse:
    """An address of somebody else's that this site does not have."""
    raise Http404
