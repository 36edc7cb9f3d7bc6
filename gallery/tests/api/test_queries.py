"""REST: query parameters that are wrong."""

import pytest

from gallery.tests.factories import make_gallery

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos/"
FACES = "/api/v1/faces/"
FACETS = "/api/v1/facets/"
CORRECTIONS = "/api/v1/corrections/"
GALLERIES = "/api/v1/galleries/"
EXPORTS = [
    f"/api/v1/photos/export.{suffix}" for suffix in ("csv", "jsonl", "coco.json", "parquet", "zip")
]


@pytest.mark.parametrize("address", [PHOTOS, FACES, FACETS, *EXPORTS])
def test_an_unknown_attribute_answers_400_with_the_nearest_names(api, gallery, address):
    answer = api.get(address, {"attrs": "Young,Smilling", "gallery": gallery.uuid})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_filter"
    (words,) = error["fields"]["attrs"]
    assert words == 'Unknown attribute "Smilling" at character 7. Did you mean Smiling?'


@pytest.mark.parametrize("address", [PHOTOS, FACES, FACETS, *EXPORTS])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_gallery_of_others_is_unknown_like_one_that_is_not_there(api, gallery, address, is_there):
    if is_there:
        make_gallery(name="Theirs")

    answer = api.get(address, {"attrs": "gallery=Theirs", "gallery": gallery.uuid})

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"]["attrs"] == ['Unknown gallery "Theirs".']


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


@pytest.mark.parametrize(
    "address, field, value, words",
    [
        (PHOTOS, "match", "all", 'Unknown choice "all". Use any or every.'),
        (FACETS, "match", "evry", 'Unknown choice "evry". Did you mean every?'),
        (PHOTOS, "status", "x", "Use queued, analysing, ready or failed."),
        (EXPORTS[0], "labels", "some", "Use all or corrected."),
        (CORRECTIONS, "attribute", "Smilling", "Did you mean Smiling?"),
        (FACES, "sort", "-newst", 'Unknown order "-newst". Did you mean newest?'),
        (
            FACES,
            "sort",
            "zzzz",
            "Use newest, oldest, taken, name, faces, uploaded, 5_o_",
        ),
    ],
)
def test_a_choice_that_is_none_answers_400_with_the_choices(api, address, field, value, words):
    answer = api.get(address, {field: value})

    assert answer.status_code == 400
    assert words in answer.json()["error"]["fields"][field][0]


@pytest.mark.parametrize(
    "address, name, words",
    [
        *[(address, "attr", "Did you mean attrs") for address in (PHOTOS, FACES, FACETS)],
        *[(address, "attr", "Did you mean attrs") for address in EXPORTS],
        (FACES, "status", "Use gallery, attrs, match, sort, cursor or page_size."),
        (CORRECTIONS, "atribute", "Did you mean attribute?"),
        (GALLERIES, "attrs", "Use cursor or page_size."),
        ("/api/v1/filters/", "page-size", "Did you mean page_size?"),
    ],
)
def test_an_unknown_parameter_answers_400_with_the_nearest_names(
    api, gallery, address, name, words
):
    answer = api.get(address, {name: "Smiling", "gallery": gallery.uuid})

    assert answer.status_code == 400
    assert words in answer.json()["error"]["fields"][name][0]


def test_a_parameter_that_is_given_twice_answers_400(api):
    answer = api.get(f"{PHOTOS}?attrs=Smiling&attrs=Young")

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {"attrs": ["Give it only once."]}


def test_a_mistyped_wait_uploads_nothing(api, gallery):
    answer = api.post(f"{PHOTOS}?wiat=10", {"gallery": gallery.uuid})

    assert answer.json()["error"]["fields"] == {"wiat": ["Unknown parameter. Did you mean wait?"]}
