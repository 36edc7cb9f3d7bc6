"""Faces as COCO annotations."""

import json
from datetime import datetime

import pytest

from gallery.exchange.card import Card
from gallery.exchange.coco import coco_chunks
from gallery.models import Face
from gallery.tests.factories import make_face, make_photo, make_version

pytestmark = pytest.mark.django_db


def read_coco(version=None) -> dict:
    return json.loads("".join(coco_chunks(Face.objects.all(), Card(version or make_version()))))


def test_coco_boxes_are_in_pixels_and_end_at_the_pictures_border():
    make_face(x=0.5, y=0.25, w=0.6, h=0.5)

    content = read_coco()

    (image,), (annotation,) = content["images"], content["annotations"]
    assert (image["width"], image["height"]) == (640, 480)
    assert annotation["bbox"] == [320, 120, 320, 240]
    assert (annotation["area"], annotation["iscrowd"]) == (320 * 240, 0)
    assert annotation["image_id"] == image["id"]
    assert [each["name"] for each in content["categories"]] == ["face"]


def test_coco_names_each_photo_once_and_what_its_faces_are():
    photo = make_photo(status="ready")
    for smiling in (0.1, 0.9):
        make_face(photo, smiling=smiling)
    make_face()

    content = read_coco()

    assert [image["id"] for image in content["images"]] == [1, 2]
    assert [annotation["image_id"] for annotation in content["annotations"]] == [1, 1, 2]
    assert [a["attributes"]["Smiling"] for a in content["annotations"]] == ["no", "yes", "unsure"]
    assert content["images"][0]["file_name"] == f"{photo.uuid}.jpg"


def test_coco_says_when_a_photo_was_taken():
    make_face(make_photo(status="ready", taken_at=datetime(2024, 6, 3, 14, 5, 9)))
    make_face()

    images = read_coco()["images"]

    assert [image["date_captured"] for image in images] == ["2024-06-03 14:05:09", None]


def test_coco_has_no_box_where_no_face_was_found():
    make_face(detector="whole")

    content = read_coco()

    assert (len(content["images"]), content["annotations"]) == (1, [])


def test_coco_of_no_faces_is_a_document_too():
    assert read_coco()["images"] == read_coco()["annotations"] == []
