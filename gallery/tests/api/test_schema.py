"""REST: the schema and its page."""

import re

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from gallery.api.photos import PICTURES
from gallery.filters.pattern import EXPRESSION
from ml.attributes import NAMES

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema():
    return APIClient().get("/api/schema/?format=json").json()


def test_the_schema_is_valid_and_generates_without_a_warning(tmp_path):
    for name in ("first.yaml", "second.yaml"):
        call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / name))

    assert (tmp_path / "first.yaml").read_text() == (tmp_path / "second.yaml").read_text()


def test_the_schema_names_every_operation(schema):
    operations = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in schema["paths"].items()
        for method in methods
    }

    assert operations == {
        "GET /attributes/",
        "GET /faces/",
        "GET /corrections/",
        "POST /corrections/",
        "POST /corrections/undo/",
        "GET /faces/{id}/",
        "DELETE /faces/{id}/",
        "GET /faces/{id}/crop.webp",
        "GET /facets/",
        "GET /filters/",
        "POST /filters/",
        "DELETE /filters/{id}/",
        "GET /galleries/",
        "POST /galleries/",
        "GET /galleries/{id}/",
        "PATCH /galleries/{id}/",
        "DELETE /galleries/{id}/",
        "POST /galleries/{id}/corrections/import/",
        "GET /galleries/{id}/members/",
        "POST /galleries/{id}/members/",
        "PATCH /galleries/{id}/members/{member}/",
        "DELETE /galleries/{id}/members/{member}/",
        "GET /galleries/{id}/member-links/",
        "POST /galleries/{id}/member-links/",
        "DELETE /galleries/{id}/member-links/{link}/",
        "GET /invitations/",
        "POST /invitations/{id}/accept/",
        "DELETE /invitations/{id}/",
        "GET /photos/",
        "POST /photos/",
        "GET /photos/export.coco.json",
        "GET /photos/export.csv",
        "GET /photos/export.jsonl",
        "GET /galleries/{id}/duplicates/",
        "POST /galleries/{id}/duplicates/keep/",
        "GET /photos/export.imagefolder.zip",
        "GET /photos/export.parquet",
        "GET /photos/export.zip",
        "GET /photos/{id}/",
        "GET /photos/{id}/picture.jpg",
        "GET /photos/{id}/original/",
        "GET /photos/{id}/preview.jpg",
        "GET /photos/{id}/thumbnail.webp",
        "DELETE /photos/{id}/",
        "POST /photos/{id}/faces/",
        "POST /photos/known/",
        "POST /photos/delete/",
        "POST /photos/move/",
        "POST /photos/copy/",
        "GET /photos/pictures.zip",
        "GET /trash/",
        "POST /trash/restore/",
        "POST /trash/erase/",
        "POST /trash/empty/",
        "GET /trash/galleries/",
        "DELETE /trash/galleries/{id}/",
        "POST /trash/galleries/{id}/restore/",
        "POST /photos/{id}/retry/",
        "GET /usage/",
        "GET /links/",
        "POST /links/",
        "DELETE /links/{id}/",
        "GET /webhooks/",
        "POST /webhooks/",
        "GET /webhooks/{id}/",
        "PATCH /webhooks/{id}/",
        "DELETE /webhooks/{id}/",
        "POST /webhooks/{id}/test/",
        "POST /webhooks/{id}/secret/",
        "GET /webhooks/{id}/deliveries/",
    }


def test_the_schema_says_which_answers_have_a_tag(schema):
    tagged = {
        f"{method} {path.removeprefix('/api/v1')}"
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if "304" in operation["responses"]
    }

    gets = {
        f"get {path.removeprefix('/api/v1')}"
        for path, methods in schema["paths"].items()
        if "get" in methods and "export" not in path and "pictures.zip" not in path
    }
    assert tagged == gets
    operation = schema["paths"]["/api/v1/galleries/"]["get"]
    assert "ETag" in operation["responses"]["200"]["headers"]
    assert "If-None-Match" in [one["name"] for one in operation["parameters"]]


def test_the_schema_knows_the_token(schema):
    scheme = schema["components"]["securitySchemes"]["token"]

    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
    assert all(
        {"token": []} in operation["security"]
        for methods in schema["paths"].values()
        for operation in methods.values()
    )


def test_the_schema_types_the_probabilities_and_decisions(schema):
    components = schema["components"]["schemas"]

    assert list(components["Probabilities"]["properties"]) == list(NAMES)
    assert components["Probabilities"]["properties"]["Smiling"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
    }
    assert components["Decision"]["enum"] == ["yes", "no", "unsure"]
    assert components["FacetCounts"]["properties"]["Smiling"]["$ref"].endswith("/FacetCount")


def test_the_upload_is_multipart_with_a_file(schema):
    content = schema["paths"]["/api/v1/photos/"]["post"]["requestBody"]["content"]

    assert list(content) == ["multipart/form-data"]
    image = schema["components"]["schemas"]["PhotoUpload"]["properties"]["image"]
    assert image["format"] == "binary"


def test_every_operation_documents_its_errors_in_the_one_shape(schema):
    for methods in schema["paths"].values():
        for operation in methods.values():
            errors = {s: a for s, a in operation["responses"].items() if s >= "400"}
            assert {"401", "429"} <= set(errors)
            for answer in errors.values():
                content = answer["content"]["application/json"]
                assert content["schema"]["$ref"].endswith("/Error")


def test_the_page_has_no_inline_script_or_style():
    page = APIClient().get("/api/docs/").content.decode()

    assert "<style" not in page
    assert not re.search(r"\s(style|on\w+)=", page)
    assert all('src="' in tag for tag in re.findall(r"<script[^>]*>", page))


def test_the_page_s_own_script_starts_swagger():
    answer = APIClient().get("/api/docs/?script=")

    assert answer["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle(" in answer.content


def test_the_schema_says_that_a_name_is_not_empty(schema):
    body = schema["components"]["schemas"]["Gallery"]

    assert body["properties"]["name"]["minLength"] == 1


@pytest.mark.parametrize(("name", "is_one"), [(" Zoë\n", True), (" \n", False), ("a\0b", False)])
def test_the_schema_says_that_a_name_is_not_blank(schema, name, is_one):
    pattern = schema["components"]["schemas"]["Gallery"]["properties"]["name"]["pattern"]

    assert bool(re.search(pattern, name)) == is_one


@pytest.mark.parametrize("path", ["photos/", "faces/", "facets/", "photos/export.csv"])
def test_the_schema_says_what_a_filter_is(schema, path):
    operation = schema["paths"][f"/api/v1/{path}"]["get"]
    (attrs,) = (one for one in operation["parameters"] if one["name"] == "attrs")

    assert attrs["schema"]["allOf"] == [{"$ref": "#/components/schemas/FilterExpression"}]
    assert schema["components"]["schemas"]["FilterExpression"]["pattern"] == EXPRESSION


def test_the_schema_says_that_only_what_is_required_may_not_be_empty(schema):
    operation = schema["paths"]["/api/v1/photos/export.zip"]["get"]

    may_be_empty = {one["name"]: one.get("allowEmptyValue") for one in operation["parameters"]}

    assert may_be_empty == {"attrs": True, "gallery": None, "labels": True, "match": True}


def test_the_schema_says_where_a_box_may_be(schema):
    sides = schema["components"]["schemas"]["BoxToDraw"]["properties"]

    assert sides["x"] == {"type": "number", "format": "double", "minimum": 0, "maximum": 1}
    assert (sides["w"]["minimum"], sides["w"]["exclusiveMinimum"]) == (0, True)


@pytest.mark.parametrize(
    ("path", "file", "media_type"),
    [
        ("photos/", "image", PICTURES),
        ("galleries/{id}/corrections/import/", "file", "application/jsonl"),
    ],
)
def test_the_schema_says_which_files_are_taken(schema, path, file, media_type):
    content = schema["paths"][f"/api/v1/{path}"]["post"]["requestBody"]["content"]

    encoding = content["multipart/form-data"]["encoding"]

    assert encoding == {file: {"contentType": media_type}}


def test_coco_is_an_object_not_bytes(schema):
    answer = schema["paths"]["/api/v1/photos/export.coco.json"]["get"]["responses"]["200"]

    assert answer["content"]["application/json"]["schema"]["type"] == "object"
