"""REST: answers and boxes imported from an export."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gallery.answers.corrections import answer
from gallery.models import Correction, Face, Gallery
from gallery.tests.factories import (
    make_api_client,
    make_gallery,
    make_ready,
)

pytestmark = pytest.mark.django_db
PHOTOS = "/api/v1/photos"


@pytest.fixture
def gallery() -> Gallery:
    return make_gallery()


@pytest.fixture
def client(gallery):
    return make_api_client(gallery.owner)


def content(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def import_url(gallery: Gallery) -> str:
    return f"/api/v1/galleries/{gallery.uuid}/corrections/import/"


def upload(client, gallery: Gallery, lines: bytes):
    return client.post(import_url(gallery), {"file": SimpleUploadedFile("faces.jsonl", lines)})


def test_a_table_of_labels_becomes_my_answers(client, gallery):
    photo = make_ready(gallery)

    response = upload(client, gallery, f"file,Smiling\n{photo.original_name},yes\n".encode())

    assert response.json()["applied"] == 1
    assert Correction.objects.get().person == gallery.owner


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"file,Smiling\n" + b"a.jpg,yes\n" * 20_001, "more than 20,000 labels"),
        (b'{"annotations": [' + b" " * 3_000_000, "more than 2,000,000 bytes"),
    ],
)
def test_more_labels_than_one_request_may_cost_are_refused(client, gallery, content, words):
    response = upload(client, gallery, content)

    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


def test_what_was_exported_is_imported(client, gallery):
    face = make_ready(gallery).faces.get()
    answer(Face.objects.filter(pk=face.pk), "Smiling", True, gallery.owner)
    lines = content(client.get(f"{PHOTOS}/export.jsonl"))
    Correction.objects.all().delete()

    response = upload(client, gallery, lines)

    assert response.status_code == 200
    correction = Correction.objects.get()
    assert response.json() == {
        "applied": 1,
        "drawn": 0,
        "removed": 0,
        "unchanged": 0,
        "unmatched": [],
        "batch": str(correction.batch),
    }


def test_a_wrong_file_is_refused_with_the_line(client, gallery):
    response = upload(client, gallery, b"\nnonsense\n")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_file"
    assert response.json()["error"]["fields"]["file"][0].startswith("Line 2: ")


def test_a_file_that_is_too_large_is_refused(client, gallery, settings):
    settings.MAX_UPLOAD_BYTES = 10

    response = upload(client, gallery, b"\n" * 11)

    assert response.status_code == 400
    assert "Send it in parts" in response.json()["error"]["message"]


def test_nothing_is_imported_into_another_persons_gallery(client):
    assert upload(client, make_gallery(), b"").status_code == 404


def test_a_file_is_needed(client, gallery):
    assert client.post(import_url(gallery)).json()["error"]["fields"] == {
        "file": ["No file was submitted."]
    }
