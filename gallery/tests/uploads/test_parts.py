"""A form's body: files with their own names, however a program writes them."""

import pytest
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http.multipartparser import MultiPartParserError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

FORM = "multipart/form-data; boundary=x"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467.jpg"


def part(disposition: bytes, content: bytes = b"picture", more: bytes = b"") -> bytes:
    head = b"--x\r\nContent-Disposition: form-data; " + disposition
    return head + b"\r\n" + more + b"\r\n" + content + b"\r\n"


def post(rf, *parts: bytes):
    return rf.generic("POST", "/", b"".join(parts) + b"--x--\r\n", content_type=FORM)


def name_in(rf, disposition: bytes) -> str:
    request = post(rf, part(b'name="image"; ' + disposition))
    return request.FILES["image"].name


@pytest.mark.parametrize(
    "name",
    [
        "Screenshot 2026-11-29 at 3.04.12\u202fPM.png",
        "Tom &amp; Jerry.jpg",
        "Dr. Who.jpg",
        "K\u00f6ln; a=b.jpg",
        FAMILY,
        "\u5bb6" * 251 + ".jpg",
    ],
)
@pytest.mark.parametrize("size", [10, 3_000_000])  # in memory, and on disk
def test_a_name_arrives_as_it_is(rf, name, size):
    disposition = f'name="image"; filename="{name}"'.encode()
    request = post(rf, part(disposition, bytes(size)))

    assert request.FILES["image"].name == name
    assert request.FILES["image"].read() == bytes(size)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'filename="K\xf6ln.jpg"', "K\u00f6ln.jpg"),  # Latin-1
        (b'filename="it\x92s.jpg"', "it\u2019s.jpg"),  # Windows-1252
        (b'filename="say %22cheese%22.jpg"', 'say "cheese".jpg'),  # browsers
        (b'filename="say \\"cheese\\".jpg"', 'say "cheese".jpg'),  # curl
        (b"filename=plain.jpg", "plain.jpg"),
        (b"filename*=UTF-8''K%C3%B6ln%20%E2%82%AC.jpg", "K\u00f6ln \u20ac.jpg"),
        (b"filename=\"Koln.jpg\"; filename*=UTF-8''K%C3%B6ln.jpg", "K\u00f6ln.jpg"),
        (b"filename=\"a.jpg\"; filename*=klingon''b.jpg", "a.jpg"),
        (b'filename="C:\\fakepath\\me.jpg"', "me.jpg"),
        (b'filename="..%00/x"', "x"),
        (
            b'filename="' + b"x" * 250 + b".jpg\"; filename*=UTF-8''" + b"%E5%AE%B6" * 255,
            "家" * 255,
        ),
    ],
)
def test_a_name_is_read_however_it_is_written(rf, disposition, name):
    assert name_in(rf, disposition) == name


def test_the_api_reads_the_same(rf):
    body = part(b'name="image"; filename="Tom &amp; Jerry\xe2\x80\xafPM.jpg"')
    request = Request(post(rf, body), parsers=[MultiPartParser()])

    assert request.data["image"].name == "Tom &amp; Jerry\u202fPM.jpg"


def test_fields_and_files_arrive_in_their_order(rf):
    request = post(
        rf,
        part(b'name="note"', "Zo\u00eb".encode()),
        part(b'name="image"; filename="b.jpg"', b"1", b"Content-Type: image/jpeg\r\n"),
        part(b'name="image"; filename="a.jpg"', b"2"),
        part(b'name="note"', b"two"),
        part(b'name="none"; filename=""', b""),
    )

    assert request.POST.getlist("note") == ["Zo\u00eb", "two"]
    files = request.FILES.getlist("image")
    assert [(file.name, file.read()) for file in files] == [("b.jpg", b"1"), ("a.jpg", b"2")]
    assert files[0].content_type == "image/jpeg"
    assert "none" not in request.FILES


@pytest.mark.parametrize(
    "body",
    [
        part(b'name="image"; filename="a.jpg"')[:-4],  # breaks off
        b"--x\r\nnonsense\r\n\r\n",
        part(b'name="image"; filename="' + b"a" * 9000 + b'"'),
    ],
)
def test_a_damaged_body_is_refused(rf, body):
    request = rf.generic("POST", "/", body, content_type=FORM)

    with pytest.raises(MultiPartParserError):
        request.FILES  # noqa: B018


def test_fields_are_limited_in_number_and_size(rf, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 3, 20
    field = part(b'name="a"', b"12345678")

    assert len(post(rf, field, field).POST.getlist("a")) == 2
    with pytest.raises(RequestDataTooBig):
        post(rf, field, field, field).POST  # noqa: B018
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    with pytest.raises(TooManyFieldsSent):
        post(rf, field, field, field, field).POST  # noqa: B018
