"""The page that a person wanted to see when they were sent elsewhere first."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def next_page(request: HttpRequest) -> str:
    """The address of ours, from its slash on, that `next` holds; "" where it holds none."""
    page = request.POST.get("next") or request.GET.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(page, hosts, require_https=request.is_secure())
    return page if is_ours and page.startswith("/") else ""
