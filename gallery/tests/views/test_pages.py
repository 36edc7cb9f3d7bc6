"""Pages: what holds for every one of them."""

import re

import pytest

from gallery.tests.factories import make_photo_with

pytestmark = pytest.mark.django_db


def test_no_page_needs_more_than_our_own_files(client, stored):
    for address in ("/", stored.gallery.get_absolute_url(), stored.get_absolute_url()):
        response = client.get(address)
        page = response.content.decode()
        assert "default-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
        assert " style=" not in page
        assert "onclick" not in page
        assert "<script>" not in page


@pytest.mark.parametrize("page", ["{gallery}?view=faces", "{gallery}review/Smiling/", "{photo}"])
def test_faces_are_shown_at_addresses_that_browsers_keep_for_good(client, gallery, page):
    photo = make_photo_with({"smiling": 0.5}, {"smiling": 0.5}, gallery=gallery)
    addresses = {"gallery": gallery.get_absolute_url(), "photo": photo.get_absolute_url()}

    shown = client.get(page.format(**addresses)).content.decode()
    pictures = re.findall(r'<img[^>]* src="([^"]*/faces?/[^"]*)"', shown)

    assert len(set(pictures)) == 2
    assert all(picture.partition("?box=")[2] for picture in pictures)


def test_what_is_not_there_looks_like_the_rest(client):
    response = client.get("/nothing/")

    assert response.status_code == 404
    assert "<h1>Page not found</h1>" in response.content.decode()
    assert "This page does not exist" in response.content.decode()


def test_the_page_of_a_failure_stands_alone(client):
    from django.template.loader import render_to_string

    assert "Your photos are safe" in render_to_string("500.html")
