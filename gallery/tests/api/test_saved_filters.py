"""REST: saved filters."""

import pytest

from gallery.models import SavedFilter
from gallery.tests.factories import make_api_client, make_gallery, make_user

pytestmark = pytest.mark.django_db
FILTERS = "/api/v1/filters/"


def make_filter(gallery, name="Happy", attrs="Smiling", match="any") -> SavedFilter:
    kwargs = {"owner": gallery.owner, "gallery": gallery}
    return SavedFilter.objects.create(name=name, attrs=attrs, match=match, **kwargs)


def test_rest_saves_lists_and_deletes_my_own(gallery):
    client = make_api_client(gallery.owner)
    make_filter(make_gallery(owner=make_user()), "Not mine")
    body = {"gallery": str(gallery.uuid), "name": "Happy", "attrs": "smiling"}

    made = client.post(FILTERS, body, format="json")
    listed = client.get(FILTERS).json()

    assert (made.status_code, made.json()["attrs"], made.json()["match"]) == (201, "Smiling", "any")
    assert [row["name"] for row in listed["results"]] == ["Happy"]
    assert client.delete(f"{FILTERS}{made.json()['id']}/").status_code == 204
    assert [row.name for row in SavedFilter.objects.all()] == ["Not mine"]


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"name": "Taken"}, 400, "already"),
        ({"attrs": "Smilng"}, 400, "Did you mean Smiling"),
        ({"attrs": "gallery=Nowhere"}, 400, 'Unknown gallery "Nowhere".'),
        ({"match": "most"}, 400, "Use any or every"),
        ({"name": ""}, 400, "blank"),
    ],
)
def test_rest_says_what_is_wrong(gallery, change, status, words):
    make_filter(gallery, "Taken")
    body = {"gallery": str(gallery.uuid), "name": "Happy", "attrs": "Smiling"} | change

    response = make_api_client(gallery.owner).post(FILTERS, body, format="json")

    assert response.status_code == status
    assert words in response.json()["error"]["message"]


def test_rest_does_not_know_strangers_galleries_and_filters(gallery):
    client, theirs = make_api_client(gallery.owner), make_gallery(owner=make_user())
    row = make_filter(theirs)
    body = {"gallery": str(theirs.uuid), "name": "Happy", "attrs": "Smiling"}

    assert client.post(FILTERS, body, format="json").status_code == 404
    assert client.delete(f"{FILTERS}{row.uuid}/").status_code == 404
    assert SavedFilter.objects.count() == 1
