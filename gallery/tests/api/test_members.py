"""REST: members of a gallery, links by which they come, invitations, and roles."""

import pytest
from rest_framework.test import APIClient

from gallery.models import Gallery, Membership, Role
from gallery.tests.factories import (
    make_api_client,
    make_gallery,
    make_member,
    make_ready,
    make_user,
)

pytestmark = pytest.mark.django_db

V1 = "/api/v1"


@pytest.fixture
def shared():
    return make_gallery(name="Summer", owner=make_user("anna"))


@pytest.fixture
def owner(shared) -> APIClient:
    return make_api_client(shared.owner)


def members_of(gallery) -> str:
    return f"{V1}/galleries/{gallery.uuid}/members/"


def links_of(gallery) -> str:
    return f"{V1}/galleries/{gallery.uuid}/member-links/"


def test_a_gallery_says_whose_it_is_and_what_one_may_do_in_it(shared, owner):
    member = make_api_client(make_member(shared, role=Role.EDITOR).person)

    for client, role in ((owner, "owner"), (member, "editor")):
        shown = client.get(f"{V1}/galleries/{shared.uuid}/").json()
        assert (shown["role"], shown["owner"]) == (role, "anna")
    made = member.post(f"{V1}/galleries/", {"name": "Mine"}, format="json").json()
    assert made["role"] == "owner"


def test_somebody_is_invited_and_accepts(shared, owner):
    ben = make_user("ben")
    given = {"name": "ben", "role": "viewer"}
    invited = owner.post(members_of(shared), given, format="json")
    assert (invited.status_code, invited.json()["accepted_at"]) == (201, None)
    client = make_api_client(ben)
    (waiting,) = client.get(f"{V1}/invitations/").json()["results"]
    assert (waiting["gallery"], waiting["owner"], waiting["role"]) == ("Summer", "anna", "viewer")

    client.post(f"{V1}/invitations/{waiting['id']}/accept/")

    assert client.get(f"{V1}/galleries/{shared.uuid}/").status_code == 200
    (row,) = owner.get(members_of(shared)).json()["results"]
    assert (row["name"], row["role"]) == ("ben", "viewer") and row["accepted_at"]


def test_the_answer_is_the_same_for_a_name_that_nobody_has(shared, owner):
    make_user("ben")

    answers = [
        owner.post(members_of(shared), {"name": name, "role": "viewer"}, format="json").json()
        for name in ("ben", "eve")
    ]

    for answer, name in zip(answers, ("ben", "eve"), strict=True):
        assert (answer["name"], answer["accepted_at"]) == (name, None)
        assert answer.keys() == answers[0].keys()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "ben", "role": "owner"}, "role"),
        ({"name": "ben"}, "role"),
        ({"role": "viewer"}, "name"),
        ({"name": "anna", "role": "viewer"}, "name"),
        ({"name": "ben", "role": "viewer", "person": 1}, "person"),
    ],
)
def test_what_makes_no_member_is_explained(shared, owner, given, field):
    response = owner.post(members_of(shared), given, format="json")

    assert response.status_code == 400
    assert field in response.json()["error"]["fields"]


def test_too_many_invitations_are_refused_until_tomorrow(shared, owner, settings):
    settings.ACCOUNT_RATE_LIMITS = {"invite_member": "1/d/key"}
    owner.post(members_of(shared), {"name": "ben", "role": "viewer"}, format="json")

    response = owner.post(links_of(shared), {"role": "viewer"}, format="json")

    assert (response.status_code, response.json()["error"]["code"]) == (429, "throttled")
    assert "Continue tomorrow" in response.json()["error"]["message"]


def test_a_change_of_nothing_changes_nothing(shared, owner):
    member = make_member(shared, role=Role.EDITOR)

    answer = owner.patch(f"{members_of(shared)}{member.uuid}/", {}, format="json")

    assert (answer.status_code, answer.json()["role"]) == (200, "editor")


def test_a_role_is_changed_and_a_member_removed(shared, owner):
    membership = make_member(shared)
    address = f"{members_of(shared)}{membership.uuid}/"

    changed = owner.patch(address, {"role": "editor"}, format="json").json()
    gone = owner.delete(address)

    assert (changed["role"], gone.status_code) == ("editor", 204)
    assert not Gallery.objects.visible_to(membership.person).exists()


def test_a_member_sees_themselves_and_leaves(shared):
    make_member(shared)
    mine = make_member(shared)
    client = make_api_client(mine.person)
    (row,) = client.get(members_of(shared)).json()["results"]

    assert row["id"] == str(mine.uuid)
    assert client.patch(f"{members_of(shared)}{mine.uuid}/", {"role": "editor"}).status_code == 403
    assert client.delete(f"{members_of(shared)}{mine.uuid}/").status_code == 204
    assert client.get(f"{V1}/galleries/{shared.uuid}/").status_code == 404


def test_a_membership_is_at_the_address_of_its_own_gallery_only(shared, owner):
    elsewhere = make_member(make_gallery(owner=shared.owner))

    assert owner.delete(f"{members_of(shared)}{elsewhere.uuid}/").status_code == 404
    assert Membership.objects.filter(pk=elsewhere.pk).exists()


def test_a_link_tells_its_address_once_and_is_revoked(shared, owner, client):
    made = owner.post(links_of(shared), {"role": "editor"}, format="json").json()
    (listed,) = owner.get(links_of(shared)).json()["results"]
    assert listed == {**made, "address": None}
    client.force_login(make_user())
    assert client.get(made["address"]).status_code == 200

    assert owner.delete(f"{links_of(shared)}{made['id']}/").status_code == 204

    assert owner.get(links_of(shared)).json()["results"] == []
    assert client.get(made["address"]).status_code == 404


def test_a_declined_invitation_is_gone(shared):
    waiting = Membership.objects.create(gallery=shared, person=make_user())
    client = make_api_client(waiting.person)

    assert client.delete(f"{V1}/invitations/{waiting.uuid}/").status_code == 204
    assert client.get(f"{V1}/galleries/{shared.uuid}/").status_code == 404


def test_a_role_that_is_not_enough_is_a_403_with_a_sentence(shared):
    photo = make_ready(shared)
    client = make_api_client(make_member(shared).person)

    response = client.delete(f"{V1}/photos/{photo.uuid}/")

    assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
    assert "You may look at “Summer”, but not change it." in response.json()["error"]["message"]


def test_a_token_that_may_only_read_changes_nothing_for_an_editor_either(shared):
    photo = make_ready(shared)
    editor = make_member(shared, role=Role.EDITOR).person
    reader, one = make_api_client(editor, can_write=False), make_api_client(editor, gallery=shared)

    assert reader.get(f"{V1}/photos/{photo.uuid}/").status_code == 200
    assert reader.delete(f"{V1}/photos/{photo.uuid}/").status_code == 403
    assert one.delete(f"{V1}/photos/{photo.uuid}/").status_code == 204


def test_galleries_of_others_cost_no_query_each(shared, django_assert_max_num_queries):
    member = make_member(shared).person
    for _ in range(5):
        make_member(make_gallery(), member)
    client = make_api_client(member)
    client.get(f"{V1}/galleries/")

    with django_assert_max_num_queries(3):
        assert len(client.get(f"{V1}/galleries/").json()["results"]) == 6
