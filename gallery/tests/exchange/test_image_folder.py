"""Faces as an image folder for Hugging Face's datasets."""

import io
import json
from typing import Any
from zipfile import ZipFile

import pytest

from gallery.answers.corrections import answer
from gallery.exchange.card import Card
from gallery.exchange.data_set import zip_chunks
from gallery.exchange.image_folder import IMAGE_FOLDER
from gallery.models import Face
from gallery.tests.factories import make_face, make_stored_photo, make_user, make_version

pytestmark = pytest.mark.django_db

TRAIN, VALID, TEST = (f"{tenth:08x}".ljust(64, "0") for tenth in (1, 8, 9))  # hashes


def exported() -> ZipFile:
    chunks = zip_chunks(IMAGE_FOLDER, Face.objects.all(), Card(make_version()))
    return ZipFile(io.BytesIO(b"".join(chunks)))


def rows(archive: ZipFile, split: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(f"{split}/metadata.jsonl").splitlines()]


def make(sha256: str, **values: float) -> Face:
    return make_face(make_stored_photo(status="ready", sha256=sha256), **values)


def test_each_split_has_its_pictures_and_their_labels():
    faces = [make(sha256, smiling=0.9, male=0.1) for sha256 in (TRAIN, VALID, TEST)]

    archive = exported()

    for face, split in zip(faces, ("train", "validation", "test"), strict=True):
        (row,) = rows(archive, split)
        assert f"{split}/{row['file_name']}" in archive.namelist()
        assert (row["face"], row["Smiling"], row["Male"]) == (str(face.uuid), 1, 0)


def test_a_person_is_believed_before_the_model():
    face = make(TRAIN, smiling=0.1)
    answer(Face.objects.all(), "Smiling", True, make_user())

    (row,) = rows(exported(), "train")

    assert (row["face"], row["Smiling"]) == (str(face.uuid), 1)
    assert row["corrections"] == "Smiling=yes"


def test_a_split_without_a_face_has_no_table():
    make(TRAIN)

    names = exported().namelist()

    assert "train/metadata.jsonl" in names
    assert not [name for name in names if name.startswith(("validation/", "test/"))]


def test_the_card_counts_the_pictures():
    make(TRAIN), make(VALID)
    make_face(make_stored_photo(status="ready"), detector="whole")  # which is no face

    archive = exported()

    assert json.loads(archive.read("card.json"))["faces"] == 2
    assert archive.read("README.md").decode().startswith("---\n")
