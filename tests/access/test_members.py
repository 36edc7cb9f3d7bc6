"""What a member had open stops at once when they are removed."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from gallery.exchange import guard
from gallery.models import Membership, Photo, Role
from gallery.tests.factories import make_api_client, make_member, make_user
from tests.access.table import ROUTES
from tests.access.world import World, logged_in, picture, send

pytestmark = pytest.mark.django_db

MEDIA = [
    f"{room}:{name}"
    for room in ("gallery", "api")
    for name in ("picture", "preview", "thumbnail", "crop")
]


@pytest.fixture
def membership(world) -> Membership:
    return make_member(world.theirs.galleries, make_user("mona"), Role.EDITOR)


@pytest.fixture
def member(membership) -> Client:
    """Somebody who will be removed."""
    return logged_in(membership.person)


@pytest.mark.parametrize("name", MEDIA)
def test_a_picture_that_the_browser_has_is_no_longer_confirmed(world, member, membership, name):
    path = world.path(ROUTES[name])
    etag = member.get(path)["ETag"]
    assert member.get(path, headers={"If-None-Match": etag}).status_code == 304

    membership.delete()

    assert member.get(path, headers={"If-None-Match": etag}).status_code == 404


def test_a_page_that_is_open_learns_nothing_more(world, member, membership):
    paths = [world.path(ROUTES[f"gallery:{name}"]) for name in ("gallery", "progress", "photo")]
    assert {member.get(path).status_code for path in paths} == {200}

    membership.delete()

    assert {member.get(path).status_code for path in paths} == {404}


def test_uploads_and_answers_from_a_page_that_is_open_are_refused(world, member, membership):
    membership.delete()
    count = Photo.objects.count()

    for name in ("upload", "answer", "answer_many", "answer_photos", "draw_face"):
        path = world.path(ROUTES[f"gallery:{name}"])
        body = world.body(f"gallery:{name}", "POST")
        assert send(member, "POST", path, body).status_code == 404, name
    assert Photo.objects.count() == count


def test_whoever_becomes_a_viewer_looks_on_and_changes_nothing_more(world, member, membership):
    Membership.objects.filter(pk=membership.pk).update(role=Role.VIEWER)
    upload = world.path(ROUTES["gallery:upload"])

    assert member.get(world.path(ROUTES["gallery:gallery"])).status_code == 200
    assert send(member, "POST", upload, {"image": picture()}).status_code == 403


@pytest.mark.parametrize("query", ["", "?gallery"])
@pytest.mark.parametrize("name", ["export_jsonl", "export_coco", "pictures"])
def test_a_download_breaks_off(world, membership, name, query, monkeypatch):
    monkeypatch.setattr(guard, "EVERY", 0)
    path = world.path(ROUTES[f"api:{name}"])
    if query:
        path += f"{query}={world.theirs.galleries.uuid}"
    pieces = iter(make_api_client(membership.person).get(path).streaming_content)
    next(pieces)

    membership.delete()

    with pytest.raises(PermissionDenied, match="no longer shared"):
        list(pieces)


def test_a_download_goes_on_while_another_is_removed(world, membership, monkeypatch):
    monkeypatch.setattr(guard, "EVERY", 0)
    client = make_api_client(membership.person)
    pieces = iter(client.get(world.path(ROUTES["api:pictures"])).streaming_content)
    first = next(pieces)

    world.theirs.members.delete()

    names = ZipFile(BytesIO(b"".join([first, *pieces]))).namelist()
    assert names == ["olga.jpg"]


def test_a_token_of_a_removed_member_opens_nothing_of_the_gallery(world: World, membership):
    client = make_api_client(membership.person, gallery=world.theirs.galleries)
    assert len(client.get("/api/v1/photos/").json()["results"]) == 1

    membership.delete()

    assert client.get("/api/v1/photos/").json()["results"] == []
    assert client.get(world.path(ROUTES["api:photo-detail"])).status_code == 404
