"""Drawn faces to try the site with."""

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.urls import reverse

from gallery.management.demo_account import make_demo_account
from gallery.models import Gallery, Photo
from gallery.tests.factories import make_gallery, make_user
from gallery.uploads import samples

pytestmark = pytest.mark.django_db

ADDRESS = reverse("gallery:samples")


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(samples, "COUNT", 3)


@pytest.fixture
def user(client) -> User:
    """Who is logged in."""
    user = make_user()
    client.force_login(user)
    return user


def test_a_new_person_gets_a_gallery_of_samples(client, user):
    response = client.post(ADDRESS)

    gallery = Gallery.objects.get(owner=user, name=samples.NAME)
    assert response.url == gallery.get_absolute_url()
    assert gallery.photos.queued().count() == 3


def test_asking_again_makes_nothing_twice(client, user):
    client.post(ADDRESS)
    Photo.objects.first().delete()
    client.post(ADDRESS)
    client.post(ADDRESS)

    assert Gallery.objects.count() == 1
    assert Photo.objects.count() == 3


def test_another_persons_samples_are_not_mine(client, user):
    theirs = make_gallery(name=samples.NAME)

    client.post(ADDRESS)

    assert not theirs.photos.exists()
    assert Gallery.objects.filter(owner=user).count() == 1


@override_settings(QUOTA_PHOTOS=2)
def test_a_quota_that_is_full_is_said(client, user):
    page = client.post(ADDRESS, follow=True)

    assert Photo.objects.count() == 2
    assert "Delete photos that you no longer need" in page.content.decode()


def test_the_demo_account_keeps_its_password(client):
    words = make_demo_account()
    password = words.rpartition(" ")[2]

    assert client.login(username="demo", password=password)
    assert "with its password" in make_demo_account()
    assert client.login(username="demo", password=password)
    assert Photo.objects.count() == 3
