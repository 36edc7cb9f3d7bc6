"""Members: invited by name or by a link, accepted, changed, removed."""

import pytest
from django.utils import timezone

from gallery.models import Act, Gallery, MemberLink, Membership, Role
from gallery.sharing.members import (
    NotInvited,
    accept,
    change_role,
    invite,
    join,
    needs_no_link,
    remove,
)
from gallery.tests.factories import make_gallery, make_member, make_user

pytestmark = pytest.mark.django_db

Kind = Act.Kind


@pytest.fixture
def gallery():
    return make_gallery(name="Summer")


def sees(person, gallery) -> bool:
    return Gallery.objects.visible_to(person).only_this(gallery).exists()


def test_whoever_is_invited_accepts_and_is_a_member(gallery):
    ben = make_user("ben")
    invited = invite(gallery, "Ben", Role.EDITOR)
    assert list(Membership.objects.inviting(ben)) == [invited]

    assert accept(invited)

    assert sees(ben, gallery)
    assert not Membership.objects.inviting(ben).exists()
    assert not accept(invited)  # a second click


def test_an_invitation_looks_the_same_whether_anybody_has_the_name(gallery):
    make_user("ben", email="ben@example.org")

    rows = [invite(gallery, name, Role.VIEWER) for name in ("ben", "ben@example.org", "nobody")]

    assert [row.name for row in rows] == ["ben", "ben@example.org", "nobody"]
    assert {(row.username, row.accepted_at) for row in rows} == {("", None)}
    assert Membership.objects.filter(person__username="ben").count() == 1


def test_a_name_is_invited_once_and_the_owner_never(gallery):
    member = make_member(gallery).person
    invite(gallery, "ben", Role.VIEWER)

    for name, words in (
        ("BEN", "already invited"),
        (member.username, "or a member"),
        (gallery.owner.username, "your own"),
    ):
        with pytest.raises(NotInvited, match=words):
            invite(gallery, name, Role.VIEWER)
    assert gallery.memberships.count() == 2


def test_a_declined_invitation_is_gone_and_can_be_repeated(gallery):
    ben = make_user("ben")
    remove(invite(gallery, "ben", Role.VIEWER), ben)

    assert not sees(ben, gallery)
    assert invite(gallery, "ben", Role.VIEWER).person == ben


def test_a_link_lets_one_person_in_once(gallery):
    link, ben, eve = MemberLink.objects.make(gallery, Role.EDITOR), make_user(), make_user()

    assert join(link, ben)
    assert not join(link, eve)

    assert (sees(ben, gallery), sees(eve, gallery)) == (True, False)
    assert MemberLink.objects.get().person == ben


@pytest.mark.parametrize("column", ["used_at", "revoked_at", "expires_at"])
def test_a_link_that_is_over_lets_nobody_in(gallery, column):
    link, ben = MemberLink.objects.make(gallery, Role.VIEWER), make_user()
    MemberLink.objects.update(**{column: timezone.now()})

    assert not join(link, ben)
    assert not sees(ben, gallery)


@pytest.mark.parametrize(
    ("has", "gives", "then"),
    [
        ("viewer", "editor", "editor"),
        ("editor", "viewer", "editor"),
        ("viewer", "viewer", "viewer"),
    ],
)
def test_a_link_never_takes_a_role_away(gallery, has, gives, then):
    member = make_member(gallery, role=Role(has))
    link = MemberLink.objects.make(gallery, Role(gives))

    join(link, member.person)

    member.refresh_from_db()
    assert member.role == then


def test_whoever_can_do_it_already_needs_no_link(gallery):
    link = MemberLink.objects.make(gallery, Role.EDITOR)
    viewer, editor = make_member(gallery), make_member(gallery, role=Role.EDITOR)

    assert needs_no_link(link, gallery.owner) and needs_no_link(link, editor.person)
    assert not needs_no_link(link, viewer.person) and not needs_no_link(link, make_user())


def test_a_link_accepts_an_invitation_that_waits(gallery):
    ben = make_user("ben")
    invite(gallery, "ben", Role.VIEWER)

    join(MemberLink.objects.make(gallery, Role.VIEWER), ben)

    assert sees(ben, gallery)
    assert gallery.memberships.count() == 1


def test_the_owner_and_the_member_find_in_their_activity_what_was_done(gallery):
    ben = make_user("ben")
    membership = make_member(gallery, ben)

    change_role(membership, Role.EDITOR)
    remove(membership, gallery.owner)

    acts = Act.objects.visible_to(ben).order_by("pk")
    assert [(act.kind, act.about) for act in acts] == [
        (Kind.MEMBER_CHANGED, "Summer: ben, editor"),
        (Kind.MEMBER_REMOVED, "Summer: ben, editor"),
    ]
    remove(make_member(gallery, ben), ben)
    assert Act.objects.visible_to(gallery.owner).last().kind == Kind.MEMBER_LEFT


def test_nobody_who_is_only_invited_is_told_by_the_trail_that_they_have_an_account(gallery):
    ben = make_user("ben")

    remove(invite(gallery, "ben", Role.VIEWER), gallery.owner)

    assert not Act.objects.visible_to(ben).exists()
