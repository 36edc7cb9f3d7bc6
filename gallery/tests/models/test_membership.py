"""Who sees a gallery, and what they may do there."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from gallery.library.trash import trash_gallery, trash_photos
from gallery.models import Face, Gallery, Membership, Photo, Role, SavedFilter, ShareLink
from gallery.models.gallery import ONLY_GALLERY
from gallery.models.membership import check_role, check_roles, role_of, with_roles
from gallery.tests.factories import make_gallery, make_member, make_photo, make_ready, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def gallery():
    return make_gallery(name="Summer")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_a_member_sees_the_gallery_and_what_is_in_it(gallery, role):
    photo, member = make_ready(gallery), make_member(gallery, role=role).person

    assert list(Gallery.objects.visible_to(member)) == [gallery]
    assert list(Photo.objects.visible_to(member)) == [photo]
    assert list(Face.objects.visible_to(member)) == list(photo.faces.all())


def test_an_owner_with_members_sees_each_row_once(gallery):
    make_member(gallery), make_member(gallery, role=Role.EDITOR)

    assert list(Gallery.objects.visible_to(gallery.owner)) == [gallery]


def test_whoever_is_only_invited_sees_nothing_yet(gallery):
    make_photo(gallery=gallery)
    invited = Membership.objects.create(gallery=gallery, person=make_user(), role=Role.EDITOR)

    assert not Gallery.objects.visible_to(invited.person).exists()
    assert not Photo.objects.visible_to(invited.person).exists()
    assert role_of(invited.person, gallery) is None


def test_a_removed_member_sees_nothing_even_of_rows_asked_for_before(gallery):
    make_photo(gallery=gallery)
    membership = make_member(gallery)
    photos = Photo.objects.visible_to(membership.person)
    assert photos.count() == 1

    membership.delete()

    assert photos.count() == 0


def test_a_gallery_in_the_trash_is_gone_for_its_members(gallery):
    member = make_member(gallery).person

    trash_gallery(gallery)

    assert not Gallery.objects.visible_to(member).exists()
    assert not Gallery.objects.in_trash_of(member).exists()


def test_a_token_for_one_gallery_opens_no_other_that_one_is_a_member_of(gallery):
    member, other = make_member(gallery).person, make_gallery()
    make_member(other, member)
    setattr(member, ONLY_GALLERY, gallery.pk)

    assert list(Gallery.objects.visible_to(member)) == [gallery]
    assert not Membership.objects.visible_to(member).in_gallery(other).exists()


def test_editors_can_have_photos_back_that_only_the_owner_can_delete_for_good(gallery):
    photo = make_photo(gallery=gallery)
    viewer, editor = make_member(gallery).person, make_member(gallery, role=Role.EDITOR).person
    trash_photos(Photo.objects.filter(pk=photo.pk))

    assert not Photo.objects.in_trash_of(viewer).exists()
    assert list(Photo.objects.in_trash_of(editor)) == [photo]
    assert not Photo.objects.in_trash_of(editor, Role.OWNER).exists()
    assert list(Photo.objects.in_trash_of(gallery.owner, Role.OWNER)) == [photo]


def test_filters_stay_ones_own_and_links_the_owners(gallery):
    editor = make_member(gallery, role=Role.EDITOR).person
    kwargs = {"gallery": gallery, "name": "Happy", "attrs": "Smiling", "match": "any"}
    own = SavedFilter.objects.create(owner=editor, **kwargs)
    SavedFilter.objects.create(owner=gallery.owner, **kwargs)
    ShareLink.objects.share(gallery)

    assert list(SavedFilter.objects.visible_to(editor)) == [own]
    assert not ShareLink.objects.visible_to(editor).exists()


def test_roles_come_with_a_list_in_one_query(gallery, django_assert_num_queries):
    member = make_member(gallery, role=Role.EDITOR).person
    own = make_gallery(owner=member, name="Own")

    with django_assert_num_queries(1):
        found = with_roles(Gallery.objects.visible_to(member), member)
        roles = {row.name: (row.role, row.may_edit, row.is_own) for row in found}

    assert roles == {"Summer": ("editor", True, False), own.name: ("owner", True, True)}


@pytest.mark.parametrize(
    ("role", "wanted", "words"),
    [
        (Role.VIEWER, Role.EDITOR, "You may look at “Summer”, but not change it. Anna can make"),
        (Role.VIEWER, Role.OWNER, "Only Anna, who owns “Summer”, may do that."),
        (Role.EDITOR, Role.OWNER, "Only Anna, who owns “Summer”, may do that."),
    ],
)
def test_a_role_that_is_not_enough_is_refused_in_words(role, wanted, words):
    gallery = make_gallery(name="Summer", owner=make_user(first_name="Anna"))
    photo, member = make_photo(gallery=gallery), make_member(gallery, role=role).person

    with pytest.raises(PermissionDenied, match=words):
        check_role(member, gallery, wanted)
    with pytest.raises(PermissionDenied, match=words):
        check_roles(member, Photo.objects.filter(pk=photo.pk), wanted)


def test_a_role_that_is_enough_is_not_refused(gallery):
    photos = Photo.objects.filter(pk=make_photo(gallery=gallery).pk)
    editor = make_member(gallery, role=Role.EDITOR).person

    for person, role in ((editor, Role.EDITOR), (gallery.owner, Role.OWNER)):
        check_role(person, gallery, role)
        check_roles(person, photos, role)


def test_of_photos_in_several_galleries_the_one_that_may_not_be_changed_is_named(gallery):
    member = make_member(gallery).person
    own = make_photo(gallery=make_gallery(owner=member))
    photos = Photo.objects.filter(pk__in=[own.pk, make_photo(gallery=gallery).pk])

    with pytest.raises(PermissionDenied, match="Summer"):
        check_roles(member, photos, Role.EDITOR)


def test_nobody_is_a_member_twice_and_nobody_unnamed_is_one(gallery):
    person = make_member(gallery).person

    with pytest.raises(IntegrityError):
        make_member(gallery, person)


def test_nobody_who_is_not_logged_in_sees_anything(gallery):
    make_member(gallery)

    for rows in (Gallery, Photo, Membership):
        assert not rows.objects.visible_to(AnonymousUser()).exists()


def test_a_member_sees_only_their_own_membership(gallery):
    mine, other = make_member(gallery), make_member(gallery)

    assert list(Membership.objects.visible_to(mine.person)) == [mine]
    assert set(Membership.objects.visible_to(gallery.owner)) == {mine, other}
