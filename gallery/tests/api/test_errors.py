"""REST: every error has one shape, and none is a 500."""

import json

import pytest
from django.core.files.base import ContentFile
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from celebattr.middleware import readable_bodies
from gallery.api.throttling import UserThrottle
from gallery.models import ApiToken, Photo
from gallery.tests.factories import make_api_client, make_user
from gallery.tests.uploads.test_parts import FORM, part

pytestmark = pytest.mark.django_db

GALLERIES = "/api/v1/galleries/"
PHOTOS = "/api/v1/photos/"
ADDRESSES = [
    GALLERIES,
    PHOTOS,
    "/api/v1/faces/",
    "/api/v1/facets/",
    "/api/v1/corrections/",
    "/api/v1/attributes/",
    "/api/v1/photos/export.csv",
    "/api/v1/photos/export.jsonl",
    "/api/v1/photos/export.coco.json",
    "/api/v1/photos/export.zip",
]


@pytest.fixture
def client():
    return make_api_client(make_user())


def error_of(answer, status: int) -> dict:
    """The error that the answer holds, once its status and shape are seen to be right."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    content = json.loads(answer.content)
    assert list(content) == ["error"]
    error = content["error"]
    assert list(error) == ["code", "message", "fields"]
    assert error["message"]
    return error


@pytest.mark.parametrize("address", ADDRESSES)
def test_without_a_token_the_answer_is_401(address):
    answer = APIClient().get(address)

    assert error_of(answer, 401)["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["Bearer {}", "{}", "Token: {}", "Basic {}", ""])
def test_a_token_that_is_sent_in_another_way_answers_401_and_how_to_send_it(client, header):
    _, secret = ApiToken.objects.create(make_user(), name="script")

    answer = APIClient().get(GALLERIES, headers={"Authorization": header.format(secret)})

    assert '"Authorization: Token ..."' in error_of(answer, 401)["message"]
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("token", ["0" * 64, "", "a b", "\xff", "\xe9", "a\0b", "a" * 5000])
def test_a_wrong_token_answers_401(token):
    answer = APIClient().get(GALLERIES, headers={"Authorization": f"Token {token}"})

    assert error_of(answer, 401)["code"] == "authentication_failed"


def test_a_revoked_token_answers_401(client):
    ApiToken.objects.all().delete()

    error_of(client.get(GALLERIES), 401)


def test_a_token_of_a_switched_off_person_answers_401(client):
    user = ApiToken.objects.get().user
    user.is_active = False
    user.save()

    error_of(client.get(GALLERIES), 401)


@pytest.mark.parametrize(
    "address",
    [
        "/api/",
        "/api/v1/",
        "/api/v1/nothing/",
        "/api/v2/photos/",
        "/api/v1/photos",
        "/api/v1/photos/7/",
        "/api/v1/photos/00000000-0000-0000-0000-00000000000g/",
        "/api/v1/galleries/%00/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_answers_404(client, address, method):
    assert error_of(getattr(client, method)(address), 404)["code"] == "not_found"


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["put", "delete", "options", "trace"])
def test_a_wrong_method_answers_405(client, address, method):
    answer = getattr(client, method)(address)

    assert error_of(answer, 405)["code"] == "method_not_allowed"
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/"])
def test_a_wrong_method_for_the_schema_or_its_page_answers_405(client, address):
    assert error_of(client.post(address), 405)["code"] == "method_not_allowed"


def test_a_format_of_the_schema_that_is_none_is_refused_in_the_same_shape(client):
    assert error_of(client.get("/api/schema/?format=xyz"), 404)["code"] == "not_found"
    error_of(client.get("/api/schema/", headers={"Accept": "image/png"}), 406)


@pytest.mark.parametrize(
    "body", ["{", "nonsense", "[" * 100_000, b"\xff\xfe", '{"name": NaN}', "9" * 5000]
)
def test_broken_json_answers_400(client, body):
    answer = client.generic("POST", GALLERIES, body, content_type="application/json")

    assert error_of(answer, 400)["code"] in ("parse_error", "invalid")


@pytest.mark.parametrize("body", ["[]", "null", "7", '"name"', '[{"name": "a"}]'])
def test_json_that_is_no_object_answers_400(client, body):
    answer = client.generic("POST", GALLERIES, body, content_type="application/json")

    assert error_of(answer, 400)["code"] == "invalid"


def test_a_wrong_media_type_answers_415(client):
    answer = client.generic("POST", PHOTOS, b"\xff\xd8\xff", content_type="image/jpeg")

    assert error_of(answer, 415)["code"] == "unsupported_media_type"


def test_json_for_an_upload_answers_415(client):
    error_of(client.post(PHOTOS, {"image": "a"}, format="json"), 415)


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\n\r\n", b"--x\r\nnonsense\r\n--x--"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/form-data"])
def test_broken_multipart_answers_400(client, body, kind):
    error_of(client.generic("POST", PHOTOS, body, content_type=kind), 400)


def test_a_large_json_body_answers_413(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = client.post(GALLERIES, {"name": "x" * 200}, format="json")

    assert error_of(answer, 413)["code"] == "too_large"


def test_too_many_files_answer_400(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 1
    part = '--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\na\r\n'

    answer = client.generic(
        "POST", PHOTOS, part * 2 + "--x--\r\n", content_type="multipart/form-data; boundary=x"
    )

    assert "at most 1 files" in error_of(answer, 400)["message"]


def send_101_files(accept: str):
    client = Client()
    client.force_login(make_user())
    files = [ContentFile(b"a", name=f"{number}.jpg") for number in range(101)]
    return client.post("/upload/", {"image": files}, headers={"Accept": accept})


def test_too_many_files_of_a_form_answer_400_in_the_same_shape_where_json_is_wanted():
    assert "at most 100 files" in error_of(send_101_files("application/json"), 400)["message"]


def test_too_many_files_of_a_form_answer_with_a_page_to_a_browser():
    answer = send_101_files("text/html,*/*;q=0.8")

    assert answer.status_code == 400
    assert "at most 100 photos at a time" in answer.content.decode()


@pytest.mark.parametrize(
    ("disposition", "count", "words"),
    [
        (b'name="note"', 1001, "too many parts"),
        (b'name="note"', 10_000, "too many parts"),
        (b'name="image"; filename="a.jpg"', 101, "at most 100 files"),
        (b'name="image"; filename="a.jpg"', 10_000, "at most 100 files"),
    ],
)
@pytest.mark.parametrize("address", [PHOTOS, "/upload/"])
def test_a_body_of_too_many_parts_answers_400(client, address, disposition, count, words):
    client.force_login(ApiToken.objects.get().user)
    body = part(disposition, b"a") * count + b"--x--\r\n"

    answer = client.generic("POST", address, body, FORM, headers={"Accept": "application/json"})

    assert words in error_of(answer, 400)["message"]
    assert not Photo.objects.exists()


def test_too_many_parameters_answer_400(client):
    error_of(client.get(f"{PHOTOS}?{'a=1&' * 1001}"), 400)


def test_the_accept_header_changes_nothing(client):
    answer = client.get(f"{PHOTOS}?match=most", headers={"Accept": "image/png"})

    error_of(answer, 400)


def test_too_many_requests_answer_429_and_say_when_to_go_on(client, monkeypatch):
    monkeypatch.setattr(UserThrottle, "THROTTLE_RATES", {"user": "2/min"})

    answers = [client.get(GALLERIES) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert error_of(answers[2], 429)["code"] == "throttled"
    assert int(answers[2]["Retry-After"]) > 0


def test_a_failure_of_ours_answers_500_in_the_same_shape(client, monkeypatch):
    def fail(*args):
        raise RuntimeError("secret")

    monkeypatch.setattr("gallery.api.galleries.with_status_counts", fail)
    client.raise_request_exception = False
    answer = client.get(GALLERIES)

    assert error_of(answer, 500)["code"] == "error"
    assert b"secret" not in answer.content


def test_a_wrong_host_answers_400_in_the_same_shape(client, settings):
    settings.ALLOWED_HOSTS = ["elsewhere"]

    error_of(client.get(GALLERIES), 400)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content-Encoding": "br"}, 415), ({"Transfer-Encoding": "chunked"}, 411)],
)
@pytest.mark.parametrize(
    ("path", "kind"), [("/account/login/", "text/plain"), (PHOTOS, "application/json")]
)
def test_a_body_that_cannot_be_read_is_refused(headers, status, path, kind):
    request = RequestFactory().generic("POST", path, b"abc", headers=headers)
    if status == 411:
        del request.META["CONTENT_LENGTH"]

    answer = readable_bodies(lambda request: pytest.fail("it went on"))(request)

    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (status, kind)


def test_a_body_that_is_not_compressed_is_read(client):
    answer = client.post(
        GALLERIES, {"name": "a"}, format="json", headers={"Content-Encoding": "identity"}
    )

    assert answer.status_code == 201
