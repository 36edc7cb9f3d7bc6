"""Pages: what is said while photos wait for the worker."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from gallery.models import Photo, Sign
from gallery.models.sign import WORKER
from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_photo, make_user
from gallery.tests.markup import one_line

pytestmark = pytest.mark.django_db

NOT_RUNNING = "The analysis is not running"


def make_waiting(gallery, seconds: int, **kwargs) -> Photo:
    """A photo that has waited for so long."""
    photo = make_photo(gallery=gallery, **kwargs)
    Photo.objects.filter(pk=photo.pk).update(created_at=timezone.now() - timedelta(seconds=seconds))
    return photo


def read(client, page, **kwargs) -> str:
    return one_line(client.get(page.get_absolute_url(), **kwargs).content.decode())


@pytest.fixture
def worker(db) -> None:
    Sign.objects.leave(WORKER, "host:1")


@pytest.fixture
def operator(client):
    user = make_user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="operate"))
    client.force_login(user)
    return user


def test_at_first_a_photo_takes_a_moment(client, gallery):
    assert "Usually this takes a second or two." in read(client, make_waiting(gallery, 1))


@pytest.mark.parametrize(
    ("before", "words"),
    [(0, "It is the next one."), (1, "1 photo is before it."), (3, "3 photos are before it.")],
)
def test_after_ten_seconds_its_place_in_the_queue_is_said(client, gallery, worker, before, words):
    for turn in range(before):
        make_photo(turn=turn)
    photo = make_waiting(gallery, 20, turn=before)
    make_photo(turn=before)
    make_photo(priority=Photo.Priority.RERUN)

    assert words in read(client, photo)


def test_a_page_that_waits_is_told_of_the_place_and_not_of_the_whole_photo(client, gallery):
    photo = make_waiting(gallery, 20)

    page = read(client, photo, data={"queued": str(photo.uuid)}, headers=HTMX)

    assert 'id="waiting"' in page and "It is the next one." in page
    assert 'id="photo"' not in page


def test_a_photo_that_no_worker_takes_says_so(client, gallery):
    assert NOT_RUNNING in read(client, make_waiting(gallery, 70))


def test_a_worker_that_is_alive_is_not_missed(client, gallery, worker):
    photo = make_waiting(gallery, 70)

    assert NOT_RUNNING not in read(client, photo)
    assert NOT_RUNNING not in read(client, gallery)


def test_a_gallery_whose_photos_no_worker_takes_says_so(client, gallery):
    make_waiting(gallery, 70)

    assert NOT_RUNNING in read(client, gallery)


def test_who_runs_the_site_is_told_on_every_page(client, operator):
    make_waiting(make_photo().gallery, 70)

    page = one_line(client.get(reverse("gallery:account")).content.decode())

    assert "Photos wait, and the analysis is not running." in page
    assert f'href="{reverse("gallery:operate")}"' in page


def test_nobody_else_is_told_of_others_photos(client, gallery):
    make_waiting(make_photo().gallery, 70)

    assert NOT_RUNNING.lower() not in read(client, gallery).lower()
