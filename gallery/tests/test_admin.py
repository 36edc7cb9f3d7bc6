import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from gallery.library.trash import trash_photos
from gallery.models import Act, Face, Gallery, Membership, Photo, Quota
from gallery.models.quota import Limits
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_member,
    make_ready,
    make_user,
)
from gallery.tests.pictures import stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    """The member of staff who is logged in."""
    user = make_user("staff", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


@pytest.fixture
def photo() -> Photo:
    """An analysed photo of someone's, with its files."""
    photo = make_ready(make_gallery())
    for name in ("", "thumbnail.webp", "face-12345678.webp"):
        default_storage.save(photo.file_name(name), ContentFile(b"a picture"))
    return photo


def row_of(photo: Photo, name: str) -> Gallery | Photo:
    """The photo, or what it belongs to, by the name that the admin has for it."""
    gallery = photo.gallery
    rows = {"gallery_photo": photo, "gallery_gallery": gallery, "auth_user": gallery.owner}
    return rows[name]


NAMES = ("gallery_photo", "gallery_gallery", "auth_user")


@pytest.mark.parametrize("name", NAMES)
def test_staff_delete_what_has_analysed_faces_with_its_files(
    client, staff, photo, name, django_capture_on_commit_callbacks
):
    row = row_of(photo, name)
    address = reverse(f"admin:{name}_delete", args=[row.pk])

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address, {"post": "yes"})

    assert response.status_code == 302
    assert not type(row).objects.filter(pk=row.pk).exists()
    assert not Face.objects.exists()
    assert stored_files() == []


@pytest.mark.parametrize("name", NAMES)
def test_staff_delete_several_from_the_list(
    client, staff, photo, name, django_capture_on_commit_callbacks
):
    row = row_of(photo, name)
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse(f"admin:{name}_changelist"), chosen)

    assert response.status_code == 302
    assert not type(row).objects.filter(pk=row.pk).exists()
    assert stored_files() == []


def test_a_superuser_gives_one_person_another_quota(client, staff, photo):
    owner = photo.gallery.owner
    address = reverse("admin:auth_user_change", args=[owner.pk])
    form = {
        "username": owner.username,
        "date_joined_0": "2026-01-01",
        "date_joined_1": "12:00:00",
        "quota-TOTAL_FORMS": 1,
        "quota-INITIAL_FORMS": 0,
        "quota-0-photos": 10,
        "quota-0-person": owner.pk,
    }

    response = client.post(address, form)

    assert response.status_code == 302
    assert Limits.of(owner.pk) == Limits(photos=10, bytes=0)


def test_who_may_delete_people_may_delete_one_with_a_quota(client, photo):
    Quota.objects.create(person=photo.gallery.owner, photos=1)
    helper = make_user(is_staff=True)
    codes = [f"delete_{name}" for name in ("user", "gallery", "photo")]
    helper.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client.force_login(helper)

    response = client.post(
        reverse("admin:auth_user_delete", args=[photo.gallery.owner_id]), {"post": "yes"}
    )

    assert response.status_code == 302
    assert not Quota.objects.exists()


def test_a_person_who_is_deleted_is_logged_out(client, staff, photo):
    owner = photo.gallery.owner
    type(client)().force_login(owner)

    client.post(reverse("admin:auth_user_delete", args=[owner.pk]), {"post": "yes"})

    assert list(get_user_model().objects.all()) == [staff]
    assert Session.objects.count() == 1


def test_a_face_is_not_deleted_by_itself(client, staff, photo):
    face = photo.faces.get()

    response = client.post(reverse("admin:gallery_face_delete", args=[face.pk]), {"post": "yes"})

    assert response.status_code == 403
    assert Face.objects.exists()


def test_who_may_not_delete_photos_may_not_delete_galleries(client, photo):
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="delete_gallery"))
    client.force_login(helper)
    address = reverse("admin:gallery_gallery_delete", args=[photo.gallery.pk])

    response = client.post(address, {"post": "yes"})

    assert response.status_code == 403
    assert Gallery.objects.exists()


def test_staff_see_photos_and_faces_and_cannot_invent_any(client, gallery):
    make_face(make_ready(gallery))
    client.force_login(make_user(is_staff=True, is_superuser=True))

    for model in ("gallery", "photo", "face"):
        assert client.get(reverse(f"admin:gallery_{model}_changelist")).status_code == 200
    assert client.get(reverse("admin:ml_modelversion_changelist")).status_code == 200
    assert client.get(reverse("admin:gallery_face_add")).status_code == 403


def test_the_admin_leads_nobody_to_the_pages_of_others(client, staff, photo):
    address = reverse("admin:gallery_photo_change", args=[photo.pk])
    page = client.get(address).content.decode()

    answers = {
        client.get(reverse("admin:view_on_site", args=[kind.pk, photo.pk])).status_code
        for kind in ContentType.objects.all()  # of which one has no table
    }

    assert "/admin/r/" not in page
    assert answers == {404}


def test_a_gallery_of_deleted_photos_is_not_listed_and_follows_the_owner(client, staff, photo):
    trash_photos(Photo.objects.filter(pk=photo.pk))
    gallery, other = photo.gallery, make_user("other")
    listed = client.get(reverse("admin:gallery_gallery_changelist")).context["cl"].queryset
    assert list(listed) == [gallery]

    address = reverse("admin:gallery_gallery_change", args=[gallery.pk])
    client.post(address, {"name": gallery.name, "owner": other.pk})

    assert list(Photo.objects.in_trash_of(other)) == [photo]
    assert Gallery.objects.get(trash_of=gallery).owner == other


def test_staff_remove_a_member_which_is_recorded(client, staff):
    membership = make_member(make_gallery(name="Summer"))
    address = reverse("admin:gallery_membership_delete", args=[membership.pk])

    client.post(address, {"post": "yes"})

    assert not Gallery.objects.visible_to(membership.person).exists()
    (act,) = Act.objects.visible_to(membership.person)
    assert (act.kind, act.by) == (Act.Kind.MEMBER_REMOVED, staff)


def test_a_member_who_becomes_the_owner_is_no_member_any_more(client, staff):
    gallery = make_gallery()
    member = make_member(gallery).person
    address = reverse("admin:gallery_gallery_change", args=[gallery.pk])

    client.post(address, {"name": gallery.name, "owner": member.pk})

    gallery.refresh_from_db()
    assert gallery.owner == member
    assert not Membership.objects.exists()
