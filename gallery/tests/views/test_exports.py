"""Pages and commands: files to take away, and consent."""

import csv
import io
import json
from zipfile import ZipFile

import pytest
from django.urls import reverse

from gallery.models import Gallery
from gallery.tests.factories import make_face, make_gallery, make_ready, make_stored_photo

pytestmark = pytest.mark.django_db
SUFFIXES = ("csv", "jsonl", "coco.json", "parquet", "zip", "imagefolder.zip")
BROKEN = [
    ({"attrs": "Young,Smilling"}, "Smilling&quot; at character 7. Did you mean Smiling"),
    ({"match": "most"}, "Unknown match"),
    ({"attrs": "by=nobody"}, "Nobody called &quot;nobody&quot; has answered here."),
    ({"sort": "Smilling"}, "Did you mean Smiling"),
    ({"attr": "Smiling"}, "Unknown parameter &quot;attr&quot;. Did you mean attrs"),
]


def export_url(gallery: Gallery, suffix: str = "csv") -> str:
    return reverse("gallery:export", args=[gallery.uuid, suffix])


def content(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_the_present_filter_is_exported(client, gallery):
    wanted = make_ready(gallery, smiling=0.9)
    make_ready(gallery, smiling=0.1)

    response = client.get(export_url(gallery), {"attrs": "Smiling", "match": "every"})

    data = content(response)
    assert data.startswith("\ufeff".encode())  # what a spreadsheet knows UTF-8 by
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert [row["photo"] for row in rows] == [str(wanted.uuid)]
    assert response["Content-Disposition"] == 'attachment; filename="faces.csv"'
    assert "no-store" in response["Cache-Control"]


def test_every_format_is_streamed(client, gallery):
    make_face(make_stored_photo(gallery=gallery, status="ready"))

    contents = {suffix: content(client.get(export_url(gallery, suffix))) for suffix in SUFFIXES}

    face, last = map(json.loads, contents["jsonl"].splitlines())
    assert (face["detector"], last["card"]["gallery"]["name"]) == ("finder", gallery.name)
    assert json.loads(contents["coco.json"])["categories"][0]["name"] == "face"
    assert contents["parquet"].endswith(b"PAR1")
    for suffix in ("zip", "imagefolder.zip"):
        assert ZipFile(io.BytesIO(contents[suffix])).testzip() is None


@pytest.mark.parametrize(("query", "words"), BROKEN)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_filter_that_cannot_be_read_is_no_file(client, gallery, suffix, query, words):
    make_ready(gallery)

    response = client.get(export_url(gallery, suffix), query)

    assert response.status_code == 400
    assert "Content-Disposition" not in response
    assert words in response.content.decode()


def test_parquet_is_offered_where_it_can_be_written(client, gallery, monkeypatch):
    make_ready(gallery)
    assert "export.parquet" in client.get(gallery.get_absolute_url()).content.decode()

    monkeypatch.setattr("gallery.exchange.formats.find_spec", lambda name: None)

    assert "export.parquet" not in client.get(gallery.get_absolute_url()).content.decode()
    assert client.get(export_url(gallery, "parquet")).status_code == 404


def test_beside_a_filter_that_cannot_be_read_no_export_is_offered(client, gallery):
    make_ready(gallery)

    broken = client.get(gallery.get_absolute_url(), {"attrs": "Smilling"}).content.decode()

    assert "export." not in broken
    assert "export." in client.get(gallery.get_absolute_url()).content.decode()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_another_persons_gallery_is_not_there(client, gallery, suffix):
    assert client.get(export_url(make_gallery(), suffix)).status_code == 404


@pytest.mark.parametrize("address", ["export.pdf", "export.csv?labels=some"])
def test_an_unknown_export_is_not_there(client, gallery, address):
    assert client.get(f"{gallery.get_absolute_url()}{address}").status_code == 404


def test_who_is_not_logged_in_is_asked_to(client):
    assert "login" in client.get(export_url(make_gallery())).url


def test_the_owner_consents_and_takes_it_back(client, gallery):
    url = reverse("gallery:consent", args=[gallery.uuid])

    for sent, allowed in (({"allows_training": "on"}, True), ({}, False)):
        assert client.post(url, sent).url == gallery.get_absolute_url()
        assert Gallery.objects.get(pk=gallery.pk).allows_training is allowed


def test_nobody_consents_for_another(client, gallery):
    other = make_gallery()
    url = reverse("gallery:consent", args=[other.uuid])

    assert client.post(url, {"allows_training": "on"}).status_code == 404
    assert client.get(url).status_code == 405
    assert not Gallery.objects.get(pk=other.pk).allows_training
