"""Where webhooks may lead, however it is written."""

import socket
import threading

import pytest

from gallery.webhooks import addresses
from gallery.webhooks.addresses import Refused, check_url, read_url, resolve

INSIDE = [
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
]
UNREADABLE = [
    "",
    "example.org",
    "//example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "https://",
    "https:///in",
    "https://exa mple.org/",
    "https://example.org/\nHost: x",
    "https://example.org:port/",
    "https://example.org:99999/",
    "https://example.org\\@127.0.0.1/",
    "https://[fe80::1%25eth0]/",
    "https://127.0.0.1%2f.example.org/",
    "https://\uff11\uff12\uff17.0.0.1/",
]
OUTSIDE = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]


@pytest.fixture
def names(monkeypatch, settings) -> dict[str, list[str]]:
    """Resolves names; a numeric address resolves to itself, as everywhere."""
    settings.ALLOWED_HOSTS = ["photos.example.org"]
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, **kwargs):
        found = known.get(host)
        if found is None:
            return real(host, port, flags=socket.AI_NUMERICHOST, **kwargs)
        return [(None, None, None, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize("url", INSIDE)
def test_no_spelling_leads_into_a_private_network(names, url):
    with pytest.raises(Refused, match="private network"):
        check_url(url)


@pytest.mark.parametrize("url", UNREADABLE)
def test_what_is_no_address_is_refused(names, url):
    with pytest.raises(Refused, match="not a valid address"):
        check_url(url)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_public_is_allowed(names, address):
    names["receiver.example"] = [address]

    check_url("https://receiver.example:8443/in?key=1")


def test_one_private_address_among_public_ones_is_enough_to_refuse(names):
    names["receiver.example"] = [*OUTSIDE, "10.0.0.1"]

    with pytest.raises(Refused, match="private network"):
        check_url("https://receiver.example/")


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LOCALHOST", "photos.example.org"])
def test_the_site_itself_is_refused(names, settings, host):
    settings.ALLOWED_HOSTS = ["localhost", ".example.org", "*"]
    names[host] = OUTSIDE

    with pytest.raises(Refused, match="this site itself"):
        check_url(f"https://{host}/")


def test_an_address_of_this_machine_is_refused(names, monkeypatch):
    own = "93.184.215.14"

    class Probe(socket.socket):
        def connect(self, place):
            assert place[0] == own

        def getsockname(self):
            return own, 40000

    monkeypatch.setattr(socket, "socket", Probe)

    with pytest.raises(Refused, match="this site itself"):
        check_url(f"https://{own}/")


def test_a_name_and_a_password_are_refused(names):
    with pytest.raises(Refused, match="Leave out the name"):
        check_url("https://example.org@127.0.0.1/")


@pytest.mark.parametrize("port", [22, 25, 444, 1023])
def test_ports_of_other_services_are_refused(names, port):
    with pytest.raises(Refused, match="Use port 80"):
        check_url(f"https://receiver.example:{port}/")


def test_plain_http_is_refused(names):
    names["receiver.example"] = OUTSIDE

    with pytest.raises(Refused, match="must begin with https"):
        check_url("http://receiver.example/")


def test_a_name_that_nobody_knows_is_refused(names):
    names["receiver.example"] = []

    with pytest.raises(Refused, match="cannot be found"):
        check_url("https://receiver.example/")


def test_a_resolver_that_hangs_is_not_waited_for(names, monkeypatch):
    monkeypatch.setattr(addresses, "LOOK_UP_SECONDS", 0.01)
    answers = threading.Event()

    def look_up(*args, **kwargs):
        answers.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    with pytest.raises(Refused, match="cannot be found"):
        check_url("https://receiver.example/")
    answers.set()


PRIVATE = ["127.0.0.1", "192.168.1.20", "[::1]", "[fd12::1]", "100.64.0.1"]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_site_may_allow_private_networks_and_plain_http(names, settings, host):
    settings.WEBHOOK_PRIVATE = True

    check_url(f"http://{host}:8080/")


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[fe80::1]",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "168.63.129.16",
        "224.0.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "[::ffff:169.254.169.254]",
    ],
)
def test_the_secrets_of_clouds_stay_out_of_reach_even_then(names, settings, host):
    settings.WEBHOOK_PRIVATE = True

    with pytest.raises(Refused, match="private network"):
        check_url(f"http://{host}/")


def test_the_connection_goes_to_an_address_that_was_looked_at(names):
    names["receiver.example"] = OUTSIDE

    assert resolve(read_url("https://receiver.example/")) == OUTSIDE


def test_the_host_is_named_as_a_browser_names_it(names):
    urls = ["https://a.example/", "https://a.example:8443/", "https://[2606::1]/", "https://A.b/"]

    assert [read_url(url).netloc for url in urls] == [
        "a.example",
        "a.example:8443",
        "[2606::1]",
        "a.b",
    ]
