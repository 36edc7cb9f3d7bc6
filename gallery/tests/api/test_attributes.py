"""REST: the 40 attributes and their facets."""

import pytest

from gallery.tests.factories import make_photo_with, make_version
from ml.attributes import ATTRIBUTES, NAMES

pytestmark = pytest.mark.django_db

FACETS = "/api/v1/facets/"
ATTRIBUTES_URL = "/api/v1/attributes/"


def test_facets_count_what_each_attribute_would_leave(api, gallery):
    make_photo_with({"smiling": 0.9, "male": 0.9}, gallery=gallery)
    make_photo_with({"smiling": 0.9, "male": 0.1}, gallery=gallery)
    make_photo_with({"smiling": 0.1, "male": 0.1}, gallery=gallery)

    facets = api.get(FACETS, {"attrs": "Smiling"}).json()

    assert facets["count"] == 2
    assert list(facets["attributes"]) == list(NAMES)
    assert facets["attributes"]["Male"] == {"yes": 1, "no": 1, "unsure": 0}
    assert facets["attributes"]["Smiling"] == {"yes": 2, "no": 1, "unsure": 0}
    assert facets["faces"] == 2
    assert facets["face_counts"] == {"faces=0": 0, "faces=1": 2, "faces=2": 0, "faces>=3": 0}


def test_the_attributes_come_with_label_group_and_thresholds(api):
    make_version()

    attributes = api.get(ATTRIBUTES_URL).json()

    assert [attribute["name"] for attribute in attributes] == list(NAMES)
    assert attributes[0] == {
        "name": "5_o_Clock_Shadow",
        "label": ATTRIBUTES[0].label,
        "group": ATTRIBUTES[0].group,
        "thresholds": {"yes": 0.6, "no": 0.4},
    }


def test_without_a_model_attributes_have_no_thresholds(api):
    attributes = api.get(ATTRIBUTES_URL).json()

    assert len(attributes) == 40
    assert attributes[0]["thresholds"] is None
