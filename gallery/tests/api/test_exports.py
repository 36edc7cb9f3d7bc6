"""REST: exports."""

import io
import json
from zipfile import ZipFile

import pandas as pd
import pytest

from gallery.answers.corrections import answer
from gallery.models import Face, Gallery
from gallery.tests.factories import (
    make_api_client,
    make_face,
    make_gallery,
    make_ready,
    make_stored_photo,
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


def test_json_lines_hold_the_faces_that_match_and_are_mine(client, gallery):
    wanted = make_ready(gallery, smiling=0.9)
    make_ready(gallery, smiling=0.1)
    make_ready(make_gallery(), smiling=0.9)

    lines = content(client.get(f"{PHOTOS}/export.jsonl?attrs=Smiling")).splitlines()

    face, last = map(json.loads, lines)
    assert face["photo"] == str(wanted.uuid)
    assert (last["card"]["attrs"], last["card"]["faces"]) == ("Smiling", 1)


def test_coco_is_one_document(client, gallery):
    make_ready(gallery)

    response = client.get(f"{PHOTOS}/export.coco.json?gallery={gallery.uuid}")

    assert response["Content-Disposition"] == 'attachment; filename="faces.coco.json"'
    document = json.loads(content(response))
    assert len(document["annotations"]) == 1
    assert document["info"]["gallery"] == {"id": str(gallery.uuid), "name": gallery.name}


def test_a_gallery_is_a_zip_in_celebas_layout(client, gallery):
    make_face(make_stored_photo(gallery=gallery, status="ready"))

    response = client.get(f"{PHOTOS}/export.zip?gallery={gallery.uuid}")

    assert response["Content-Type"] == "application/zip"
    names = ZipFile(io.BytesIO(content(response))).namelist()
    assert "img_align_celeba/000001.jpg" in names


@pytest.mark.parametrize("suffix", ["zip", "imagefolder.zip"])
def test_a_zip_is_of_one_gallery(client, suffix):
    response = client.get(f"{PHOTOS}/export.{suffix}")

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["gallery"]


@pytest.mark.parametrize(
    "suffix", ["csv", "jsonl", "coco.json", "parquet", "zip", "imagefolder.zip"]
)
def test_another_persons_gallery_cannot_be_exported(client, suffix):
    response = client.get(f"{PHOTOS}/export.{suffix}?gallery={make_gallery().uuid}")

    assert response.status_code == 404


def test_parquet_holds_the_faces_that_match_and_are_mine(client, gallery):
    wanted = make_ready(gallery, smiling=0.9)
    make_ready(gallery, smiling=0.1)
    make_ready(make_gallery(), smiling=0.9)

    response = client.get(f"{PHOTOS}/export.parquet?attrs=Smiling")

    assert response["Content-Disposition"] == 'attachment; filename="faces.parquet"'
    table = pd.read_parquet(io.BytesIO(content(response)))
    assert table["photo"].tolist() == [str(wanted.uuid)]


def test_a_site_that_cannot_write_parquet_says_so(client, monkeypatch):
    monkeypatch.setattr("gallery.exchange.formats.find_spec", lambda name: None)

    response = client.get(f"{PHOTOS}/export.parquet")

    assert response.status_code == 501
    assert response.json()["error"]["code"] == "not_installed"
    assert "requirements-parquet.txt" in response.json()["error"]["message"]


def test_only_corrected_faces_are_exported_when_so_asked(client, gallery):
    make_ready(gallery)
    face = make_ready(gallery).faces.get()
    answer(Face.objects.filter(pk=face.pk), "Smiling", True, gallery.owner)

    lines = content(client.get(f"{PHOTOS}/export.jsonl?labels=corrected")).splitlines()

    assert json.loads(lines[0])["face"] == str(face.uuid) and len(lines) == 2
    assert client.get(f"{PHOTOS}/export.jsonl?labels=some").status_code == 400
