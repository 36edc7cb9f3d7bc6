"""The short cut to a page."""

import pytest

from gallery.models import Photo
from gallery.tests.factories import (
    make_gallery,
    make_photo_with,
)
from gallery.tests.lists import listed, read_pages

pytestmark = pytest.mark.django_db


def test_a_page_goes_on_among_the_faces_outside_the_window(monkeypatch):
    monkeypatch.setattr("gallery.models.search.WINDOW", 2)
    gallery = make_gallery()
    wanted = [make_photo_with({"bald": 0.9}, gallery=gallery) for _ in range(3)]
    for _ in range(4):
        make_photo_with({"bald": 0.1}, gallery=gallery)
    photos = listed("Bald", Photo.objects.in_gallery(gallery))

    assert read_pages(photos, 2) == wanted[::-1]
    assert photos.neighbors(wanted[1]) == (wanted[2], wanted[0])


def test_a_page_asks_more_faces_when_the_first_belong_to_few_photos():
    gallery = make_gallery()
    older = make_photo_with({"smiling": 0.9}, gallery=gallery)
    crowd = make_photo_with(*[{"smiling": 0.95}] * 60, gallery=gallery)
    photos = Photo.objects.in_gallery(gallery)

    assert listed("Smiling", photos).page("", 2).items == [crowd, older]
    assert listed("Smiling", photos, sort="Smiling").page("", 2).items == [crowd, older]
    assert listed("Smiling", photos, sort="-Smiling").neighbors(crowd) == (older, None)
