"""What is sent compressed."""

import gzip

import pytest

from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_gallery, make_ready, make_stored_photo, make_user

pytestmark = pytest.mark.django_db

ACCEPTS = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def gallery(client):
    user = make_user()
    client.force_login(user)
    return make_gallery(owner=user)


def test_a_page_of_the_grid_takes_an_eighth(client, gallery):
    for _ in range(60):
        make_ready(gallery)

    sent = client.get(gallery.get_absolute_url(), headers=ACCEPTS)

    assert sent.headers["Content-Encoding"] == "gzip"
    assert len(sent.content) < len(gzip.decompress(sent.content)) / 8


def test_a_click_in_the_filter_is_answered_compressed_too(client, gallery):
    make_ready(gallery, smiling=0.9)

    sent = client.get(gallery.get_absolute_url(), {"attrs": "Smiling"}, headers={**ACCEPTS, **HTMX})

    assert sent.headers["Content-Encoding"] == "gzip"
    assert b"<!DOCTYPE" not in gzip.decompress(sent.content)


def test_who_cannot_read_it_gets_it_as_it_is(client, gallery):
    assert b"<!DOCTYPE html>" in client.get(gallery.get_absolute_url()).content


def test_pictures_are_not_compressed_again(client, gallery):
    photo = make_stored_photo(gallery=gallery)

    sent = client.get(f"/photos/{photo.uuid}/small.webp", headers=ACCEPTS)

    assert "Content-Encoding" not in sent.headers
