"""Where webhooks may lead: never into the site's own network, however the address is written.

A name is resolved once, all its addresses are checked, and the connection goes to a checked
address: the owner of the name cannot change it in between.
"""

import queue
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.utils.translation import gettext_noop

LOOK_UP_SECONDS = 5
PORTS = {"https": 443, "http": 80}
WELL_KNOWN = 1024  # ports below it belong to mail, shells and the like
MOST_ADDRESSES = 4  # addresses to try

Address = IPv4Address | IPv6Address

# Networks that only a site with WEBHOOK_PRIVATE reaches.
PRIVATE = [
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
]
# Cloud metadata addresses, beside 169.254.169.254: no site reaches these.
METADATA = [
    ip_address(text)
    for text in ("168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254")
]
# What `is_global` calls public, at least in some versions of Python: relays and tunnels to other
# addresses, and addresses for documentation.
NOT_PUBLIC = [
    ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
]
PUBLIC_IPV6 = ip_network("2000::/3")  # all addresses that are assigned

NO_URL = gettext_noop("That is not a valid address. Write one such as https://example.org/in")
NO_HTTPS = gettext_noop("The address must begin with https://.")
NO_LOG_IN = gettext_noop("Leave out the name and password: the signature shows who sent it.")
WRONG_PORT = gettext_noop("Use port 80, 443, or any from 1024 up.")
NOT_FOUND = gettext_noop("This host name cannot be found.")
INSIDE = gettext_noop("The address is in a private network. This site does not allow that.")
OWN = gettext_noop("The address leads to this site itself.")


class Refused(ValueError):
    """An address that a webhook may not have; the message, in English, says why."""


@dataclass(frozen=True)
class Target:
    """The parts of an address."""

    scheme: str
    host: str
    port: int
    path: str  # with the query

    @property
    def netloc(self) -> str:
        """The host as the header `Host` names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str) -> None:
    """Raise Refused unless the address can be sent to now."""
    resolve(read_url(url))


def read_url(url: str) -> Target:
    """The parts of an address; raises Refused if nothing may be sent there."""
    if not url.isprintable() or not url.isascii() or set(url) & set(' "<>\\^`{|}'):
        raise Refused(NO_URL)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(NO_URL) from None
    if parts.scheme not in PORTS or not parts.hostname or "%" in parts.netloc:
        raise Refused(NO_URL)
    if parts.scheme == "http" and not settings.WEBHOOK_PRIVATE:
        raise Refused(NO_HTTPS)
    if "@" in parts.netloc:
        raise Refused(NO_LOG_IN)
    port = PORTS[parts.scheme] if port is None else port
    if port < WELL_KNOWN and port not in PORTS.values():
        raise Refused(WRONG_PORT)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return Target(parts.scheme, parts.hostname, port, path)


def resolve(target: Target) -> list[str]:
    """The addresses to connect to; raises Refused if there are none, or one is not allowed."""
    if not settings.WEBHOOK_PRIVATE and _is_of_the_site(target.host):
        raise Refused(OWN)
    found = [_plain(text) for text in _look_up(target.host, target.port)]
    if not found:
        raise Refused(NOT_FOUND)
    if not all(map(is_allowed, found)):
        raise Refused(INSIDE)
    if not settings.WEBHOOK_PRIVATE and any(map(_is_of_this_machine, found)):
        raise Refused(OWN)
    return [str(address) for address in found[:MOST_ADDRESSES]]


def is_allowed(address: Address) -> bool:
    """Whether a webhook may be sent to that address."""
    if address in METADATA:
        return False
    if settings.WEBHOOK_PRIVATE and any(address in network for network in PRIVATE):
        return True
    is_given_out = address.version == 4 or address in PUBLIC_IPV6
    is_public = is_given_out and address.is_global and not address.is_multicast
    return is_public and not any(address in network for network in NOT_PUBLIC)


def _plain(text: str) -> Address:
    """Parse an address; an IPv4 address that is written as IPv6 becomes plain IPv4."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _is_of_the_site(host: str) -> bool:
    named = [name for name in settings.ALLOWED_HOSTS if name != "*"]
    return validate_host(host.rstrip("."), named)


def _is_of_this_machine(address: Address) -> bool:
    """Whether the address is this machine's own. Nothing is sent to find out."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return _plain(probe.getsockname()[0]) == address
    except OSError:  # no route
        return False


def _look_up(host: str, port: int) -> list[str]:
    """Resolve a name. Returns nothing if there is no answer in time."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        answers.put(list(dict.fromkeys(str(place[0]) for *_, place in found)))

    # A resolver may hang, and nothing can interrupt it.
    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=LOOK_UP_SECONDS)
    except queue.Empty:
        return []
