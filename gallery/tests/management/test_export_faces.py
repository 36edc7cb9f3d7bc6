"""manage.py export_faces: the same files that the site sends."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from gallery.exchange.formats import FORMATS
from gallery.models import Gallery
from gallery.tests.factories import make_ready

pytestmark = pytest.mark.django_db


def export_url(gallery: Gallery, suffix: str = "csv") -> str:
    return reverse("gallery:export", args=[gallery.uuid, suffix])


def content(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def export(gallery: Gallery, file, *more: str) -> str:
    said = io.StringIO()
    call_command("export_faces", str(gallery.uuid), str(file), *more, stdout=said)
    return said.getvalue()


def undated(export: bytes) -> bytes:
    return re.sub(rb'"made_at": "[^"]*"', b"", export)


def test_parquet_needs_what_not_every_site_has(tmp_path, gallery, monkeypatch):
    monkeypatch.setattr("gallery.exchange.formats.find_spec", lambda name: None)

    with pytest.raises(CommandError, match="requirements-parquet.txt first"):
        export(gallery, tmp_path / "faces", "--format", "parquet")

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_writes_what_the_api_sends(tmp_path, api, gallery, form):
    make_ready(gallery, smiling=0.9)
    make_ready(gallery, smiling=0.1)
    suffix = FORMATS[form].suffix

    said = export(gallery, tmp_path / "faces", "--format", form, "--attrs", "Smiling")

    wanted = {"gallery": gallery.uuid, "attrs": "Smiling"}
    sent = content(api.get(f"/api/v1/photos/export.{suffix}", wanted))
    assert said == f"{tmp_path / 'faces'}: {len(sent)} bytes\n"
    if not suffix.endswith("zip"):  # which says when each file was put in
        assert undated((tmp_path / "faces").read_bytes()) == undated(sent)
    assert [path.name for path in tmp_path.glob("*faces*")] == ["faces"]


@pytest.mark.parametrize(
    ("more", "words"), [(("--attrs", "Smilling"), "Did you mean Smiling"), ((), "No such file")]
)
def test_the_command_refuses_what_it_cannot_do(tmp_path, gallery, more, words):
    with pytest.raises(CommandError, match=words) as error:
        export(gallery, tmp_path / "none" / "faces.csv", "--format", "csv", *more)

    assert error.value.returncode == 2


def test_the_command_refuses_a_gallery_that_is_not_there(tmp_path, gallery):
    gallery.uuid = "00000000-0000-4000-8000-000000000000"

    with pytest.raises(CommandError, match="there is no gallery"):
        export(gallery, tmp_path / "faces.csv", "--format", "csv")
