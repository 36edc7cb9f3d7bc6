"""The page of a gallery's members, invitations, and what each role finds on pages."""

import re

import pytest
from django.urls import reverse

from gallery.models import Gallery, MemberLink, Membership, Photo, Role
from gallery.tests.conftest import HTMX
from gallery.tests.factories import (
    make_gallery,
    make_member,
    make_photo,
    make_ready,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(client):
    """Anna's gallery; a client for each role is made from it."""
    return make_gallery(name="Summer", owner=make_user("anna", first_name="Anna"))


def page_of(gallery) -> str:
    return reverse("gallery:members", args=[gallery.uuid])


def as_member(client, gallery, role: Role = Role.VIEWER) -> Membership:
    membership = make_member(gallery, role=role)
    client.force_login(membership.person)
    return membership


def text(response) -> str:
    return " ".join(response.content.decode().split())


# --- By name


def test_somebody_is_invited_by_name_and_accepts_on_the_first_page(client, shared):
    ben = make_user("ben")
    client.force_login(shared.owner)
    client.post(page_of(shared), {"name": "ben", "role": "viewer"})
    client.force_login(ben)
    assert "Anna invites you to look at “Summer”." in text(client.get("/"))

    address = reverse("gallery:answer_invitation", args=[Membership.objects.get().uuid])
    response = client.post(address, {"accept": "yes"})

    assert response["Location"] == shared.get_absolute_url()
    assert "Shared by Anna" in text(client.get("/"))


def test_the_page_says_the_same_whether_the_name_is_anybodys(client, shared):
    make_user("benjamin")
    client.force_login(shared.owner)

    pages = []
    for name in ("benjamin", "ludovica"):
        form = {"name": name, "role": "viewer"}
        page = text(client.post(page_of(shared), form, follow=True))
        page = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|value=\"\w{64}\"", "", page)
        pages.append(page.replace(name, "NAME"))
        Membership.objects.all().delete()

    assert pages[0] == pages[1]
    assert "If NAME has an account here" in pages[0]


def test_a_declined_invitation_opens_nothing(client, shared):
    invited = Membership.objects.create(gallery=shared, person=make_user("ben"))
    client.force_login(invited.person)

    client.post(reverse("gallery:answer_invitation", args=[invited.uuid]), {"decline": "yes"})

    assert client.get(shared.get_absolute_url()).status_code == 404
    assert not Membership.objects.exists()


def test_so_many_may_be_invited_in_a_day(client, shared, settings):
    settings.ACCOUNT_RATE_LIMITS = {"invite_member": "1/d/key"}
    client.force_login(shared.owner)
    client.post(page_of(shared), {"name": "ben", "role": "viewer"})

    response = client.post(page_of(shared), {"name": "eve", "role": "viewer"})
    client.post(reverse("gallery:make_member_link", args=[shared.uuid]), {"role": "viewer"})

    assert (response.status_code, Membership.objects.count()) == (400, 1)
    assert "invited many people today" in text(response)
    assert not MemberLink.objects.exists()


# --- By a link


def make_link(client, gallery, role: str = "editor") -> str:
    """The address that the page shows, this once."""
    client.force_login(gallery.owner)
    address = reverse("gallery:make_member_link", args=[gallery.uuid])
    page = client.post(address, {"role": role}, follow=True).content.decode()
    (found,) = re.findall(r'value="http://testserver(/join/[^"]+)"', page)
    assert "/join/" not in client.get(page_of(gallery)).content.decode()
    return str(found)


def test_a_link_shows_who_invites_and_lets_in_whoever_accepts(client, shared):
    address = make_link(client, shared)
    client.force_login(make_user())
    assert "Anna invites you to “Summer”" in text(client.get(address))
    assert not Membership.objects.exists()  # looking is not accepting

    response = client.post(address)

    assert response["Location"] == shared.get_absolute_url()
    assert Membership.objects.get().role == "editor"
    assert client.post(address)["Location"] == shared.get_absolute_url()  # a second click


def test_a_wrong_a_used_and_a_revoked_link_show_one_and_the_same_page(client, shared):
    used, revoked = make_link(client, shared), make_link(client, shared)
    first, second = MemberLink.objects.order_by("pk")
    first.use(make_user())
    client.post(reverse("gallery:revoke_member_link", args=[second.uuid]))
    client.get("/")  # which shows the message
    client.force_login(make_user())

    pages = {
        (answer.status_code, re.sub(r'value="\w{64}"', "", text(answer)))
        for address in ("/join/guessed/", used, revoked)
        for answer in (client.get(address), client.post(address))
    }

    assert len(pages) == 1
    assert "This invitation no longer works" in pages.pop()[1]


def test_a_link_leads_through_the_log_in(client, shared):
    address = make_link(client, shared)
    client.logout()

    assert client.get(address)["Location"] == f"/account/login/?next={address}"


# --- Members


def test_the_owner_changes_a_role_and_removes_a_member(client, shared):
    membership = make_member(shared)
    client.force_login(shared.owner)

    client.post(reverse("gallery:change_member", args=[membership.uuid]), {"role": "editor"})
    membership.refresh_from_db()
    assert membership.role == "editor"
    page = client.post(reverse("gallery:remove_member", args=[membership.uuid]), follow=True)

    assert "no longer sees this gallery" in text(page)
    assert not Gallery.objects.visible_to(membership.person).exists()


def test_a_member_sees_themselves_and_leaves(client, shared):
    other, mine = make_member(shared), as_member(client, shared)
    page = text(client.get(page_of(shared)))
    assert "This gallery belongs to Anna." in page
    assert (other.person.username in page, "Invite" in page) == (False, False)

    done = client.post(reverse("gallery:remove_member", args=[mine.uuid]), follow=True)

    assert "You have left “Summer”." in text(done)
    assert list(Membership.objects.all()) == [other]


def test_a_member_changes_no_role_not_even_their_own(client, shared):
    mine = as_member(client, shared)

    response = client.post(reverse("gallery:change_member", args=[mine.uuid]), {"role": "editor"})

    assert response.status_code == 403
    assert "Only Anna, who owns “Summer”, may do that." in text(response)


# --- What a role finds on pages

OF_EDITORS = ("Upload", "Review", "Import labels", "Analyze again", "Mark")
OF_OWNERS = ("Share", "Rename the gallery", "Delete the gallery", "May be used for training")


@pytest.mark.parametrize(
    ("role", "shown"),
    [(Role.VIEWER, ()), (Role.EDITOR, OF_EDITORS), (None, OF_EDITORS + OF_OWNERS)],
)
def test_a_gallery_offers_what_the_role_allows(client, shared, role, shown):
    make_ready(shared)
    make_photo(gallery=shared, status="failed")
    if role:
        as_member(client, shared, role)
    else:
        client.force_login(shared.owner)

    page = text(client.get(shared.get_absolute_url()))

    buttons = re.findall(r"<(?:button|label|a)\b[^>]*>(.*?)</(?:button|label|a)>", page)
    words = " | ".join(re.sub(r"<[^>]+>", " ", button) for button in buttons)
    words += " May be used for training" * ("allows_training" in page)
    assert {word for word in OF_EDITORS + OF_OWNERS if word in words} == set(shown)
    assert ("Retry" in words) is (role != Role.VIEWER)
    assert "Members" in words and "Download" in words


@pytest.mark.parametrize(("role", "may"), [(Role.VIEWER, False), (Role.EDITOR, True)])
@pytest.mark.parametrize("place", ["gallery", "all photos"])
def test_further_tiles_offer_what_the_role_allows(client, shared, place, role, may):
    make_ready(shared)
    make_photo(gallery=shared, status="failed")
    as_member(client, shared, role)
    page = shared.get_absolute_url() if place == "gallery" else "/photos/"
    more = {**HTMX, "HX-Target": "more"}

    photos = client.get(page, headers=more).content.decode()
    faces = client.get(page, {"view": "faces"}, headers=more).content.decode()

    assert ("Retry" in photos, "tile-check" in faces) == (may, may)
    assert "tile-check" in photos  # to download and copy


@pytest.mark.parametrize(("role", "may"), [(Role.VIEWER, False), (Role.EDITOR, True)])
def test_a_photo_offers_what_the_role_allows(client, shared, role, may):
    photo = make_ready(shared, smiling=0.9)
    as_member(client, shared, role)

    page = client.get(photo.get_absolute_url()).content.decode()

    for words in ('name="answer"', 'id="draw"', 'id="not-a-face"', "Delete the photo"):
        assert (words in page) is may, words
    assert "Smiling" in page


def test_what_a_viewer_sends_all_the_same_is_refused_with_a_sentence(client, shared):
    photo = make_ready(shared)
    as_member(client, shared)

    response = client.post(reverse("gallery:delete_photos"), {"photo": photo.uuid})

    assert response.status_code == 403
    assert "You may look at “Summer”, but not change it. Anna can make you an editor." in text(
        response
    )
    assert Photo.objects.visible_to(shared.owner).exists()


def test_an_editor_copies_to_a_gallery_of_another_but_moves_nothing_there(client, shared):
    editor = as_member(client, shared, Role.EDITOR).person
    photo = make_ready(make_gallery(owner=editor))
    form = {"photo": photo.uuid, "to": shared.uuid}

    page = text(client.post(reverse("gallery:move_photos"), form, follow=True))

    assert "You can only move photos between your own galleries" in page
    assert not shared.photos.exists()


def test_a_viewer_copies_photos_to_a_gallery_of_their_own(client, shared, stored):
    Photo.objects.filter(pk=stored.pk).update(gallery=shared)
    viewer = as_member(client, shared).person

    client.post(
        reverse("gallery:move_photos"), {"photo": stored.uuid, "name": "Mine", "copy": "yes"}
    )

    assert Photo.objects.get(gallery__owner=viewer).sha256 == stored.sha256


def test_the_trash_of_anothers_gallery_can_be_had_back_but_not_emptied(client, shared):
    photo = make_ready(shared)
    as_member(client, shared, Role.EDITOR)
    client.post(reverse("gallery:delete_photos"), {"photo": photo.uuid})

    page = text(client.get("/trash/"))
    client.post(reverse("gallery:empty_trash"))
    refused = client.post(reverse("gallery:erase"), {"photo": photo.uuid})
    client.post(reverse("gallery:restore"), {"photo": photo.uuid})

    assert "Restore all 1" in page
    assert "Empty the trash" not in page
    assert refused.status_code == 403
    assert list(Photo.objects.visible_to(shared.owner)) == [photo]
