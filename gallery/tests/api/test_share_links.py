"""Links to shared albums over REST."""

from urllib.parse import urlsplit

import pytest

from gallery.models import SavedFilter, ShareLink
from gallery.tests.factories import make_api_client, make_gallery, make_user

pytestmark = pytest.mark.django_db
LINKS = "/api/v1/links/"


def make_filter(gallery) -> SavedFilter:
    kwargs = {"owner": gallery.owner, "gallery": gallery}
    return SavedFilter.objects.create(name="Happy", attrs="Smiling", match="any", **kwargs)


def post(api, body):
    return api.post(LINKS, body, format="json")


def test_a_link_is_made_listed_and_revoked(api, client, gallery):
    saved = make_filter(gallery)

    made = post(api, {"gallery": gallery.uuid, "filter": saved.uuid, "days": 7}).json()

    address = urlsplit(made["address"]).path
    assert client.get(address).status_code == 200
    assert made["filter"] == str(saved.uuid)
    (listed,) = api.get(LINKS).json()["results"]
    assert (listed["address"], listed["views"]) == (None, 1)
    assert api.delete(f"{LINKS}{made['id']}/").status_code == 204
    assert client.get(address).status_code == 404
    assert api.get(LINKS).json()["results"] == []


def test_by_default_it_shows_all_photos_for_30_days_and_as_little_as_possible(api, gallery):
    made = post(api, {"gallery": gallery.uuid}).json()

    assert made["filter"] is None
    assert (made["has_password"], made["allows_download"], made["shows_sensitive"]) == (False,) * 3
    assert made["expires_at"] > made["created_at"]
    forever = post(api, {"gallery": gallery.uuid, "days": None}).json()
    assert forever["expires_at"] is None


def test_a_password_is_never_told_again(api, gallery):
    made = post(api, {"gallery": gallery.uuid, "password": "between-us"})

    assert made.json()["has_password"] is True
    assert "between-us" not in made.content.decode()
    assert ShareLink.objects.get().takes("between-us")


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"password": "short"}, 400, "password"),
        ({"days": 0}, 400, "days"),
        ({"days": 4000}, 400, "days"),
        ({"gallery": "Holidays"}, 400, "gallery"),
    ],
)
def test_what_cannot_be_shared_is_explained(api, gallery, more, status, field):
    answer = post(api, {"gallery": gallery.uuid, **more})

    assert answer.status_code == status
    assert field in str(answer.json())
    assert not ShareLink.objects.exists()


def test_what_is_not_mine_cannot_be_shared(api, gallery):
    theirs = make_gallery(owner=make_user())
    second = make_gallery(owner=gallery.owner)

    assert post(api, {"gallery": theirs.uuid}).status_code == 404
    of_another = {"gallery": gallery.uuid, "filter": make_filter(second).uuid}
    assert post(api, of_another).status_code == 404
    elsewhere = make_api_client(gallery.owner, gallery=second)
    assert post(elsewhere, {"gallery": gallery.uuid}).status_code == 404
    assert not ShareLink.objects.exists()
