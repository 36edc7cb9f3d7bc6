"""Which address a request is counted under."""

from ipaddress import ip_network

import pytest
from django.http import HttpResponse

from celebattr.proxies import client_addresses, limited_address


@pytest.fixture
def seen(rf, settings):
    """The address that the rest of the site sees."""

    def ask(peer: str, forwarded: str = "", trusted: tuple[str, ...] = ()) -> str:
        settings.TRUSTED_PROXIES = [ip_network(network) for network in trusted]
        request = rf.get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
        client_addresses(lambda request: HttpResponse())(request)
        return request.META["REMOTE_ADDR"]

    return ask


def test_without_a_proxy_the_header_says_nothing(seen):
    assert seen("203.0.113.9", "198.51.100.7") == "203.0.113.9"


def test_a_proxy_that_is_named_says_who_asks(seen):
    assert seen("172.18.0.2", "198.51.100.7", ("172.16.0.0/12",)) == "198.51.100.7"
    assert seen("172.18.0.2", "2001:db8::7", ("172.16.0.0/12",)) == "2001:db8::7"


def test_what_the_client_puts_before_is_not_believed(seen):
    forwarded = "192.0.2.1, 198.51.100.7, 10.0.0.5"

    assert seen("10.0.0.4", forwarded, ("10.0.0.0/24",)) == "198.51.100.7"


def test_a_proxy_that_says_nothing_is_itself_the_client(seen):
    assert seen("10.0.0.4", "", ("10.0.0.0/24",)) == "10.0.0.4"
    assert seen("10.0.0.4", "unknown", ("10.0.0.0/24",)) == "10.0.0.4"


def test_a_unix_socket_counts_as_this_machine(seen):
    assert seen("") == "127.0.0.1"
    assert seen("", "198.51.100.7", ("127.0.0.1",)) == "198.51.100.7"


def test_one_subscriber_has_one_address_of_ipv6(rf):
    requests = [rf.get("/", REMOTE_ADDR=f"2001:db8:1:2::{number}") for number in (1, 2)]

    assert len({limited_address(request) for request in requests}) == 1
    assert limited_address(rf.get("/", REMOTE_ADDR="192.0.2.1")) == "192.0.2.1"


def test_an_address_of_ipv4_is_the_same_on_a_server_that_listens_on_ipv6(seen):
    assert seen("::ffff:203.0.113.9") == "203.0.113.9"
    assert seen("::ffff:10.0.0.4", "198.51.100.7", ("10.0.0.0/24",)) == "198.51.100.7"
