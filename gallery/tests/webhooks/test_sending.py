"""One request of a webhook: where it goes, and what it does not wait for."""

import socket
import ssl
import threading

import pytest

from gallery.webhooks import sending
from gallery.webhooks.sending import Undelivered, post

HEADERS = {"webhook-id": "msg_1"}


def serve(answer: bytes | None, then: threading.Event) -> int:
    """A server that answers one request with these bytes, or not at all; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with server, server.accept()[0] as connection:
            connection.recv(65536)
            if answer is not None:
                connection.sendall(answer)
            then.wait(30)

    threading.Thread(target=run, daemon=True).start()
    return server.getsockname()[1]


@pytest.fixture
def ends(settings):
    """Set at the end of the test: servers that hang do so until then."""
    settings.WEBHOOK_PRIVATE = True
    event = threading.Event()
    yield event
    event.set()


def test_it_posts_the_body_and_names_the_host(receiver):
    assert post(receiver.url, b"{}", HEADERS) == 204

    ((headers, body),) = receiver.got
    assert body == b"{}"
    assert headers["path"] == "/in?key=1"
    assert headers["Host"] == f"127.0.0.1:{receiver.server.server_port}"
    assert headers["webhook-id"] == "msg_1"


def test_a_redirect_is_not_followed(receiver):
    receiver.status, receiver.headers = 302, {"Location": receiver.url}

    assert post(receiver.url, b"{}", HEADERS) == 302
    assert len(receiver.got) == 1


def test_an_address_that_became_private_since_is_refused_when_it_is_sent(receiver, settings):
    settings.WEBHOOK_PRIVATE, settings.ALLOWED_HOSTS = False, ["photos.example.org"]

    with pytest.raises(Undelivered, match="private network"):
        post(receiver.url.replace("http:", "https:"), b"{}", HEADERS)

    assert receiver.got == []


def test_the_name_is_looked_up_once(receiver, monkeypatch):
    """The owner of a name could answer a second look-up with another address."""
    asked = []
    real = socket.getaddrinfo

    def look_up(host, *args, **kwargs):
        asked.append(host)
        return real("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    url = f"http://receiver.example:{receiver.server.server_port}/"

    assert post(url, b"{}", HEADERS) == 204
    assert asked.count("receiver.example") == 1
    assert set(asked) <= {"receiver.example", "127.0.0.1"}
    assert receiver.got[0][0]["Host"] == f"receiver.example:{receiver.server.server_port}"


@pytest.mark.parametrize(
    "answer", [None, b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\n\r\n"]
)
def test_a_receiver_that_hangs_is_cut_off(ends, monkeypatch, answer):
    monkeypatch.setattr(sending, "SECONDS", 0.3)

    with pytest.raises(Undelivered, match="did not answer within"):
        post(f"http://127.0.0.1:{serve(answer, ends)}/", b"{}", HEADERS)


def test_a_receiver_that_trickles_is_cut_off(ends, monkeypatch):
    """Each byte comes soon; all of them would take for ever."""
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    server = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        with server, server.accept()[0] as connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not ends.wait(0.05):
                    connection.sendall(b"X")
            except OSError:
                pass

    threading.Thread(target=trickle, daemon=True).start()

    with pytest.raises(Undelivered, match="did not answer within"):
        post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", HEADERS)


def test_no_more_of_an_answer_is_read_than_a_little(ends):
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 10_000

    assert post(f"http://127.0.0.1:{serve(endless, ends)}/", b"{}", HEADERS) == 200


def test_what_is_no_http_is_said(ends):
    port = serve(b"220 mail.example ESMTP\r\n", ends)

    with pytest.raises(Undelivered, match="does not speak HTTP"):
        post(f"http://127.0.0.1:{port}/", b"", HEADERS)


def test_nobody_there_is_said(settings):
    settings.WEBHOOK_PRIVATE = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(Undelivered, match="cannot be reached"):
        post(f"http://127.0.0.1:{port}/", b"{}", HEADERS)


def test_a_receiver_without_tls_gets_nothing(receiver):
    with pytest.raises(Undelivered, match="certificate is not valid, or it does not support TLS"):
        post(receiver.url.replace("http:", "https:"), b"secret", HEADERS)

    assert receiver.got == []


def test_certificates_are_checked():
    context = sending._tls()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
