import csv

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from gallery import audit
from gallery.models import Act
from gallery.tests.factories import make_user
from gallery.views import activity as views

pytestmark = pytest.mark.django_db
PAGE, FILE, ALL = "/account/activity/", "/account/activity.csv", "/operate/activity/"
Kind = Act.Kind


@pytest.fixture
def owner(client):
    user = make_user("owner")
    client.force_login(user)
    Act.objects.all().delete()
    return user


def text_of(client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def note(about: str, person) -> None:
    audit.record(Kind.EXPORTED, person=person, by=person, about=about)


def test_it_shows_ones_own_activity_and_nobody_else_s(client, owner):
    note("my export", owner)
    note("a strange export", make_user())

    assert "Exported faces: my export" in text_of(client, PAGE)
    for address in (PAGE, FILE):
        assert "strange" not in b"".join(client.get(address)).decode()


def test_what_staff_did_with_ones_own_is_shown(client, owner):
    audit.record(Kind.GALLERY_DELETED, person=owner, by=make_user("helper"), about="x", count=7)

    page = text_of(client, PAGE)

    assert "helper" in page and "(7)" in page


def test_strangers_are_sent_to_the_login(client):
    for address in (PAGE, FILE, ALL):
        assert client.get(address).url.startswith("/account/login/")


def test_only_those_who_look_after_the_site_see_everyone_s(client, owner):
    note("a strange export", make_user())
    assert client.get(ALL).status_code == 404
    owner.user_permissions.add(Permission.objects.get(codename="operate"))

    assert "a strange export" in text_of(client, ALL)
    assert "a strange export" not in text_of(client, f"{ALL}?kind=signed_in")


def test_long_lists_come_in_pages(client, owner, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    for number in range(5):
        note(f"export {number}", owner)

    first = client.get(PAGE)
    second = text_of(client, f"{PAGE}?after={first.context['page'].next_cursor}")

    assert "export 4" in first.content.decode() and "export 2" in second
    assert "export 3" not in second and "export 1" in second


def test_a_broken_cursor_is_not_found(client, owner):
    assert client.get(f"{PAGE}?after=x").status_code == 404


def test_the_file_opens_in_a_spreadsheet_without_running_anything(client, owner):
    note("=HYPERLINK(1)", owner)

    lines = b"".join(client.get(FILE)).decode().splitlines()
    header, row = csv.reader(lines)

    assert header[:3] == ["time", "what", "about"]
    assert row[1:3] == ["Exported faces", "'=HYPERLINK(1)"]


def test_the_account_page_leads_there(client, owner):
    assert f'href="{PAGE}"' in client.get(reverse("gallery:account")).content.decode()


def test_a_page_costs_a_fixed_number_of_queries(client, owner, django_assert_max_num_queries):
    for number in range(10):
        note(f"export {number}", make_user())
        note(f"export {number}", owner)

    with django_assert_max_num_queries(3):
        client.get(PAGE)
