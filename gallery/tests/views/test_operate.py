from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from gallery.models import Photo, Sign
from gallery.tests.factories import make_gallery, make_photo, make_user, make_version

pytestmark = pytest.mark.django_db
PAGE = "/operate/"


@pytest.fixture
def operator(client):
    user = make_user("operator", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="operate"))
    client.force_login(user)
    return user


def text_of(client) -> str:
    return " ".join(client.get(PAGE).content.decode().split())


@pytest.mark.parametrize("rights", [{}, {"is_staff": True}])
def test_there_is_no_such_page_for_people_without_the_permission(client, rights):
    client.force_login(make_user(**rights))

    assert client.get(PAGE).status_code == 404
    assert client.post(reverse("gallery:retry_failed")).status_code == 404
    assert b">Operate<" not in client.get("/").content


def test_those_who_may_see_it_find_it_in_the_footer(client, operator):
    assert b'<a href="/operate/">Operate</a>' in client.get("/").content


def test_an_empty_site_says_what_to_do(client, operator):
    page = text_of(client)

    assert "No worker was seen" in page and "No model is active" in page
    assert "manage.py backup" in page and "No analysis has failed" in page


def test_it_shows_the_queue_with_the_age_of_the_oldest_upload(client, operator):
    make_photo()
    Photo.objects.update(created_at=timezone.now() - timedelta(hours=3))

    assert "oldest upload: 3 hours" in text_of(client)


def test_workers_are_listed_with_their_state(client, operator):
    Sign.objects.leave("worker", "here:1", version="9.9")
    Sign.objects.leave("worker", "there:2", version="9.9")
    Sign.objects.filter(name="there:2").update(seen_at=timezone.now() - timedelta(hours=1))

    page = text_of(client)

    assert "here:1" in page and "there:2" in page
    assert page.count(" alive ") == page.count(" ended ") == 1


def test_storage_is_listed_by_person_the_largest_first(client, operator):
    small, large = make_gallery(owner=make_user("smaller")), make_gallery(owner=make_user("larger"))
    make_photo(gallery=small, bytes=2048)
    make_photo(gallery=large, bytes=3 * 2**20)
    make_photo(gallery=large, bytes=2**20)

    page = text_of(client)

    assert page.index("larger") < page.index("smaller")
    assert "4.0 MB" in page and "2.0 KB" in page


def test_failures_are_grouped_by_reason_and_can_be_retried(client, operator):
    for reason in ("It broke.", "It broke.", "It hung."):
        make_photo(status="failed", failure=reason, attempts=3)
    assert "It broke." in text_of(client)

    client.post(reverse("gallery:retry_failed"), {"failure": "It broke."})

    assert Photo.objects.queued().count() == 2
    assert Photo.objects.failed().get().failure == "It hung."
    assert "2 photos were queued." in text_of(client)


def test_models_backups_and_sweeps_are_shown(client, operator):
    make_version(name="current")
    Sign.objects.leave("backup", folder="/mnt/backups/today", pictures=12)
    Sign.objects.leave("sweep", files=3)

    page = text_of(client)

    assert "current (" in page and "/mnt/backups/today" in page
    assert "3 leftover files deleted" in page


def test_many_people_and_photos_cost_no_more_queries(
    client, operator, django_assert_max_num_queries
):
    for _ in range(5):
        make_photo()

    with django_assert_max_num_queries(20):
        client.get(PAGE)
