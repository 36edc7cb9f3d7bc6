"""What an export says of itself."""

from datetime import datetime

import pytest

from gallery.exchange.card import Card
from gallery.exchange.json_lines import json_lines
from gallery.filters.look import Look
from gallery.models import Face
from gallery.tests.exchange.answered import answered_face
from gallery.tests.factories import make_face, make_gallery, make_version

pytestmark = pytest.mark.django_db


def test_a_card_says_what_was_asked_for_and_by_which_model():
    gallery, version = make_gallery(name="Party"), make_version()
    look = Look.of(attrs="-Young , Smiling", match="every")

    content = Card.of(look, labels="corrected", gallery=gallery, version=version).content()

    assert content["gallery"] == {"id": str(gallery.uuid), "name": "Party"}
    assert (content["attrs"], content["match"]) == (str(look.expression), "every")
    assert content["labels"] == "corrected"
    assert content["model"] == {"name": version.name, "hash": version.short}
    assert datetime.fromisoformat(content["made_at"]).tzinfo


def test_without_a_gallery_and_a_model_both_are_null():
    content = Card.of(Look(), labels="all", gallery=None, version=None).content()

    assert (content["gallery"], content["model"]) == (None, None)


def test_it_counts_what_was_written():
    answered_face()
    make_face()
    card = Card(make_version())

    lines = list(json_lines(Face.objects.all(), card))

    assert (card.content()["faces"], card.content()["answers"]) == (len(lines), 2) == (2, 2)
