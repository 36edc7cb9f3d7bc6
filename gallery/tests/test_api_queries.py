"""REST: query parameters that are wrong."""

import pytest

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos/"
FACES = "/api/v1/faces/"
FACETS = "/api/v1/facets/"
EXPORTS = [f"/api/v1/photos/export.{suffix}" for suffix in ("csv", "jsonl", "coco.json", "zip")]


@pytest.mark.parametrize("address", [PHOTOS, FACES, FACETS, *EXPORTS])
def test_an_unknown_attribute_answers_400_with_the_nearest_names(api, gallery, address):
    answer = api.get(address, {"attrs": "Young,Smilling", "gallery": gallery.uuid})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_filter"
    (words,) = error["fields"]["attrs"]
    assert words == 'Unknown attribute "Smilling" at character 7. Did you mean Smiling?'


@pytest.mark.parametrize("address", [PHOTOS, FACES])
def test_an_unknown_sort_answers_400_with_the_nearest_names(api, address):
    answer = api.get(address, {"sort": "-Smilling"})

    assert answer.status_code == 400
    assert "Smiling" in answer.json()["error"]["fields"]["sort"][0]


@pytest.mark.parametrize(
    "field, value",
    [
        ("gallery", "7"),
        ("match", "most"),
        ("status", "done"),
        ("page_size", "0"),
        ("page_size", "201"),
        ("page_size", "many"),
        ("cursor", "!"),
        ("cursor", "\u00e9"),
        ("cursor", "MTIz"),
        ("attrs", "Smiling\0"),
        ("sort", "\0"),
        ("cursor", "\0"),
    ],
)
def test_a_bad_parameter_answers_400_and_is_named(api, field, value):
    answer = api.get(PHOTOS, {field: value})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert answer.json()["error"]["message"].startswith(f"{field}: ")
