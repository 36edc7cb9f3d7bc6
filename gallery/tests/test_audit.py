from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from gallery import audit, trace
from gallery.exchange.imports import import_corrections
from gallery.library import deletion
from gallery.models import Act, ApiToken, Photo, Role
from gallery.tests.factories import (
    make_api_client,
    make_gallery,
    make_member,
    make_photo,
    make_ready,
    make_user,
)

pytestmark = pytest.mark.django_db
Kind = Act.Kind


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def signed_in(client, owner):
    client.force_login(owner)
    Act.objects.all().delete()
    return client


def the_act() -> Act:
    """The only one there is."""
    return Act.objects.get()


def test_a_sign_in_is_recorded_with_its_address_and_request(client, owner):
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")

    with trace.following("request-1", request):
        client.force_login(owner)

    act = the_act()
    assert (act.kind, act.person, act.by) == (Kind.SIGNED_IN, owner, owner)
    assert (act.address, act.request_id) == ("203.0.113.9", "request-1")


def test_many_failures_to_sign_in_are_one_row(owner):
    for _ in range(5):
        authenticate(username="OWNER", password="wrong")

    act = the_act()
    assert (act.kind, act.person, act.by, act.count) == (Kind.SIGN_IN_FAILED, owner, None, 5)


def test_an_old_failure_is_not_added_to(owner):
    authenticate(username="owner", password="wrong")
    Act.objects.update(at=timezone.now() - timedelta(days=1))

    authenticate(username="owner", password="wrong")

    assert Act.objects.count() == 2


def test_what_a_stranger_typed_is_not_kept():
    authenticate(username="hunter22-typed-as-a-name", password="hunter22")

    act = the_act()
    assert act.person is None and act.about == ""


def test_tokens_are_recorded_by_name_and_without_the_token(owner):
    _, secret = ApiToken.objects.create(owner, name="Backup script")
    owner.auth_token_set.get().delete()

    revoked, made = Act.objects.all()
    assert (made.kind, revoked.kind) == (Kind.TOKEN_MADE, Kind.TOKEN_REVOKED)
    assert made.about == revoked.about == "Backup script" and made.person == owner
    assert secret not in str(list(Act.objects.values()))


def test_many_deleted_photos_are_one_row_of_each_gallery(owner):
    gallery = make_gallery(owner=owner, name="Holidays")
    for _ in range(3):
        make_photo(gallery=gallery)
    make_photo()

    deletion.delete_photos(Photo.objects.all())

    mine = Act.objects.get(person=owner)
    assert (mine.kind, mine.about, mine.count) == (Kind.PHOTOS_DELETED, "Holidays", 3)
    assert Act.objects.count() == 2


def test_a_deleted_gallery_is_one_row_that_counts_its_photos(signed_in, owner):
    gallery = make_gallery(owner=owner)
    make_photo(gallery=gallery)

    signed_in.post(reverse("gallery:delete", args=[gallery.uuid]))

    act = the_act()
    assert (act.kind, act.by, act.count) == (Kind.GALLERY_TRASHED, owner, 1)


def test_a_deleted_account_leaves_a_row_that_names_nobody(owner):
    make_photo(gallery=make_gallery(owner=owner))
    ApiToken.objects.create(owner, name="mine")
    Act.objects.all().delete()

    deletion.delete_account(owner)

    act = the_act()
    assert (act.kind, act.person, act.count) == (Kind.ACCOUNT_DELETED, None, 1)
    assert "owner" not in act.about


def test_what_is_rolled_back_is_not_recorded(owner):
    gallery = make_gallery(owner=owner)
    make_photo(gallery=gallery)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        deletion.delete_gallery(gallery)
        raise ZeroDivisionError

    assert not Act.objects.exists()


def test_exports_of_pages_api_and_commands_are_recorded(signed_in, owner, tmp_path):
    gallery = make_gallery(owner=owner, name="Holidays")
    make_ready(gallery)
    signed_in.get(reverse("gallery:export", args=[gallery.uuid, "csv"]))
    api = make_api_client(owner)
    Act.objects.filter(kind=Kind.TOKEN_MADE).delete()

    api.get("/api/v1/photos/export.jsonl")
    call_command("export_faces", gallery.uuid, tmp_path / "faces.csv", "--format", "csv")

    command, api, page = Act.objects.all()
    assert {act.kind for act in (command, api, page)} == {Kind.EXPORTED}
    assert {act.person for act in (command, api, page)} == {owner}
    assert page.by == api.by == owner and command.by is None
    assert page.about == "Holidays, as csv"


def test_what_a_member_exports_and_deletes_is_shown_to_the_owner_with_their_name(client, owner):
    gallery = make_gallery(owner=owner, name="Holidays")
    photo, editor = make_ready(gallery), make_member(gallery, role=Role.EDITOR).person
    client.force_login(editor)
    Act.objects.all().delete()

    client.get(reverse("gallery:export", args=[gallery.uuid, "csv"]))
    client.post(reverse("gallery:delete_photo", args=[photo.uuid]))

    acts = Act.objects.visible_to(owner).order_by("pk")
    assert [act.kind for act in acts] == [Kind.EXPORTED, Kind.PHOTOS_TRASHED]
    assert {act.by for act in acts} == {editor}


def test_an_import_is_recorded(owner):
    import_corrections(make_gallery(owner=owner, name="Holidays"), [], owner)

    assert (the_act().kind, the_act().about) == (Kind.IMPORTED, "Holidays")


def test_what_staff_do_in_the_admin_is_shown_to_whom_it_concerns(client, owner):
    gallery = make_gallery(owner=owner, name="Holidays")
    staff = make_user("staff", is_staff=True, is_superuser=True)
    client.force_login(staff)
    Act.objects.all().delete()

    page = reverse("admin:gallery_gallery_change", args=[gallery.pk])
    client.post(page, {"name": "Renamed", "owner": owner.pk})

    act = the_act()
    assert (act.kind, act.person, act.by) == (Kind.ADMIN, owner, staff)
    assert "Renamed" in act.about and list(Act.objects.visible_to(owner)) == [act]


def test_a_deletion_in_the_admin_is_recorded_once(client, owner):
    gallery = make_gallery(owner=owner)
    staff = make_user("staff", is_staff=True, is_superuser=True)
    client.force_login(staff)
    Act.objects.all().delete()

    client.post(reverse("admin:gallery_gallery_delete", args=[gallery.pk]), {"post": "yes"})

    assert (the_act().kind, the_act().person, the_act().by) == (Kind.GALLERY_DELETED, owner, staff)


def test_the_daily_sweep_forgets_what_is_old(settings, owner, monkeypatch):
    settings.AUDIT_DAYS = 30
    monkeypatch.setattr(audit, "AT_ONCE", 2)
    for days in (1, 40, 41, 42):
        audit.record(Kind.EXPORTED, person=owner)
        Act.objects.filter(pk=Act.objects.first().pk).update(
            at=timezone.now() - timedelta(days=days)
        )

    call_command("sweep")

    assert Act.objects.count() == 1
