"""The client's address, which X-Forwarded-For says, but only a proxy of ours may say it."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

LOCAL = "127.0.0.1"  # who connects over a Unix socket is on this machine and has no address
SUBSCRIBER = 64  # bits of an IPv6 address that one subscriber cannot change


def client_addresses(get_response: Handler) -> Handler:
    """Put the client's address into REMOTE_ADDR, where all that limits or lists looks for it."""

    def answer(request: HttpRequest) -> HttpResponse:
        peer = request.META.get("REMOTE_ADDR") or LOCAL
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        request.META["REMOTE_ADDR"] = _client(peer, forwarded)
        return get_response(request)

    return answer


def limited_address(request: HttpRequest) -> str:
    """The address whose tries are counted: of IPv6, the part that belongs to a subscriber."""
    address = _read(request.META["REMOTE_ADDR"])
    if address.version == 4:
        return str(address)
    return str(ip_network(f"{address}/{SUBSCRIBER}", strict=False))


def _client(peer: str, forwarded: str) -> str:
    """The last address that no proxy of ours has: what stands before it, the client can invent."""
    address = _read(peer)
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    while hops and any(address in network for network in settings.TRUSTED_PROXIES):
        try:
            address = _read(hops.pop())
        except ValueError:  # not an address: the proxy before it is the last one known
            break
    return str(address)


def _read(text: str) -> IPv4Address | IPv6Address:
    """The address; one of IPv4 as such, though a server on `::` sees it as one of IPv6."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
