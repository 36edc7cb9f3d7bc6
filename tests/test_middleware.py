"""Who may see the pages of the queue."""

import pytest
from django.contrib.auth.models import Permission

from gallery.tests.factories import make_user

pytestmark = pytest.mark.django_db

PAGES = ["/django-rq/", "/django-rq/stats.json", "/admin/django_rq/dashboard/"]


@pytest.mark.parametrize("page", PAGES)
def test_staff_need_a_permission_of_its_own_for_the_queue(client, redis_server, page):
    staff = make_user(is_staff=True)
    client.force_login(staff)
    assert client.get(page).status_code == 403

    staff.user_permissions.add(Permission.objects.get(content_type__app_label="django_rq"))
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_superusers_see_it_and_other_people_do_not(client, redis_server, page):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert client.get(page).status_code == 200

    client.force_login(make_user())
    assert client.get(page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_asked_to_log_in(client, page):
    assert client.get(page).status_code in (302, 401)


def test_only_who_may_see_it_is_shown_the_link(client):
    client.force_login(make_user(is_staff=True))
    assert "Queues" not in client.get("/").content.decode()

    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert "Queues" in client.get("/").content.decode()
