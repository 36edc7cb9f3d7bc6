"""Faces as JSON lines."""

import json
from datetime import datetime

import pytest

from gallery.exchange.card import Card
from gallery.exchange.json_lines import json_lines
from gallery.models import Correction, Face
from gallery.tests.exchange.answered import answered_face
from gallery.tests.factories import make_face, make_photo, make_version

pytestmark = pytest.mark.django_db


def test_a_json_line_holds_the_face_and_its_photo():
    face = make_face(smiling=0.6, x=0.1, angle=12.5)

    (line,) = map(json.loads, json_lines(Face.objects.all(), Card(make_version())))

    photo = face.photo
    assert (line["photo"], line["face"]) == (str(photo.uuid), str(face.uuid))
    assert (line["sha256"], line["file"]) == (photo.sha256, photo.original_name)
    assert (line["box"], line["angle"]) == ({"x": 0.1, "y": 0.25, "w": 0.5, "h": 0.5}, 12.5)
    assert (line["width"], line["height"], line["detector"]) == (640, 480, "finder")
    assert line["model"]["hash"] == face.model_version.short
    assert (line["probabilities"]["Smiling"], line["decisions"]["Smiling"]) == (0.6, "yes")
    assert line["corrections"] == {}
    assert (line["taken_at"], line["taken_offset"]) == (None, None)


def test_a_json_line_says_when_the_photo_was_taken():
    make_face(make_photo(taken_at=datetime(2024, 6, 3, 14, 5, 9), taken_offset=-210))

    (line,) = map(json.loads, json_lines(Face.objects.all(), Card(make_version())))

    assert (line["taken_at"], line["taken_offset"]) == ("2024-06-03T14:05:09", -210)


def test_a_json_line_says_who_answered_when_and_what_the_model_had_said():
    answered_face()

    (line,) = map(json.loads, json_lines(Face.objects.all(), Card(make_version())))

    given = Correction.objects.get(attribute="Smiling")
    assert list(line["corrections"]) == ["Male", "Smiling"]
    assert line["corrections"]["Smiling"] == {
        "answer": "yes",
        "probability": 0.25,
        "by": "Ann",
        "at": given.created_at.isoformat(),
    }
    assert line["decisions"]["Smiling"] == "yes"


def test_json_decisions_are_null_without_a_model_version():
    make_face()

    (line,) = map(json.loads, json_lines(Face.objects.all(), Card(None)))

    assert line["decisions"] is None
