"""The web server's own limits, and what it has to say of the site's answers."""

import gzip
import http.client
import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest

from tests.system.site import photo

pytestmark = [pytest.mark.system, pytest.mark.slow]

LONGEST = "|".join(["Mouth_Slightly_Open"] * 100)  # of parts
GALLERIES = "/api/v1/galleries/"


def ask(running, method: str, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=300)
    connection.request(method, path, headers={"Authorization": f"Token {running.token}", **headers})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def encoded(text: str) -> str:
    """The text with each of its characters encoded, as some clients do."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def test_the_longest_filter_is_answered_with_every_character_encoded(running):
    response, body = ask(running, "GET", f"/api/v1/photos/?attrs={encoded(LONGEST)}")

    assert response.status == 200, body


def test_the_longest_address_is_answered_when_htmx_names_it_too(running):
    address = "/?" + "a" * 8160
    page = f"http://127.0.0.1:{running.port}{address}"

    response, _ = ask(running, "GET", address, **{"HX-Request": "true", "HX-Current-URL": page})

    assert response.status == 200


def test_a_filter_that_is_too_long_says_how_long_one_may_be(running):
    response, body = ask(running, "GET", f"/api/v1/photos/?attrs={'a' * 7000}")

    assert response.status == 400
    assert b"at most 2000 characters" in body


def test_an_address_that_is_too_long_says_how_long_one_may_be(running):
    response, body = ask(running, "GET", f"/api/v1/photos/?attrs={'a' * 9000}")

    assert response.status == 414
    assert b"8190" in body


@pytest.mark.parametrize("path", ["/", GALLERIES, "/api/v1/photos/export.csv", "/nothing/"])
def test_head_answers_what_get_does_without_a_body_or_a_warning(running, path):
    written = len(running.log("web"))

    head, body = ask(running, "HEAD", path)
    got, _ = ask(running, "GET", path)

    assert body == b""
    assert head.status == got.status
    for name in ("Content-Type", "Content-Length", "Content-Disposition"):
        assert head.getheader(name) == got.getheader(name)
    assert "WARNING" not in running.log("web")[written:]


def test_a_part_of_a_picture_is_sent_with_its_own_length(site):
    site.upload(site.make_gallery(), photo(0))
    (picture,) = (row["picture"] for row in site.request("GET", "/api/v1/photos/")[1]["results"])
    path = urlsplit(picture).path
    _, whole = ask(site, "GET", path)

    response, part = ask(site, "GET", path, Range="bytes=100-299")

    assert (response.status, part) == (206, whole[100:300])
    assert response.getheader("Content-Length") == "200"


def chunks(data: bytes) -> Iterator[bytes]:
    """A body whose length nobody knows: http.client then sends it in chunks."""
    yield data[:10]
    yield data[10:]


@pytest.mark.parametrize("path", ["/api/v1/photos/", GALLERIES])
def test_a_body_in_chunks_is_refused_with_what_to_do(running, path):
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=300)
    headers = {"Authorization": f"Token {running.token}", "Content-Type": "application/json"}

    connection.request("POST", path, chunks(b'{"name": "Faces"}'), headers, encode_chunked=True)
    response = connection.getresponse()
    error = json.loads(response.read())["error"]

    assert (response.status, error["code"]) == (411, "length_required")
    assert "Content-Length" in error["message"]
    connection.request("GET", GALLERIES, headers=headers)  # the connection is still in step
    assert connection.getresponse().status == 200
    connection.close()


def test_a_compressed_body_is_refused_with_what_to_do(running):
    body = gzip.compress(b'{"name": "Faces"}')
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=300)
    headers = {"Authorization": f"Token {running.token}", "Content-Encoding": "gzip"}

    connection.request("POST", GALLERIES, body, {**headers, "Content-Type": "application/json"})
    response = connection.getresponse()
    error = json.loads(response.read())["error"]
    connection.close()

    assert (response.status, error["code"]) == (415, "unsupported_encoding")
    assert "compressed (gzip)" in error["message"]


# --- Limits, which the two processes of the web server count together


def log_in(site, password: str, address: str = "127.0.0.1") -> http.client.HTTPResponse:
    """The answer to someone at that address who logs in as alice."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", site.port, timeout=300, source_address=(address, 0)
    )
    connection.request("GET", "/account/login/")
    page = connection.getresponse()
    cookie = page.headers["Set-Cookie"].split(";")[0]
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.read().decode())[1]
    form = {"login": "alice", "password": password, "csrfmiddlewaretoken": token}
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request("POST", "/account/login/", urlencode(form), kind)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_wrong_passwords_are_counted_by_all_processes_and_lock_nobody_out(site):
    codes = [log_in(site, "wrong").status for _ in range(50)]

    assert codes == [200] * 10 + [429] * 40
    assert log_in(site, "correct-horse").status == 429
    elsewhere = log_in(site, "correct-horse", "127.0.0.2")
    assert (elsewhere.status, elsewhere.headers["Location"]) == (302, "/")


def test_people_log_in_while_redis_is_away(site):
    site.redis.stop()

    assert log_in(site, "correct-horse", "127.0.0.3").status == 302


def test_wrong_tokens_are_slowed_and_right_ones_are_not(site):
    began = time.monotonic()
    codes = [
        ask(site, "GET", GALLERIES, Authorization=f"Token {number:064}")[0].status
        for number in range(300)
    ]
    minutes = (time.monotonic() - began) // 60 + 2  # that these requests are counted in, at most

    assert codes[0] == 401 and codes.count(401) <= 60 * minutes
    assert codes.count(429) >= 300 - 60 * minutes
    assert ask(site, "GET", GALLERIES)[0].status == 200


def test_no_log_has_a_password_a_token_or_the_key_of_a_session(site):
    cookies = log_in(site, "correct-horse", "127.0.0.4").headers.get_all("Set-Cookie")

    key = re.search(r"celebattr_session=(\w+)", " ".join(cookies))[1]
    for secret in ("correct-horse", site.token, key):
        assert secret not in site.log("web")
