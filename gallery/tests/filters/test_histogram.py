"""How an attribute's probabilities are spread over faces."""

import pytest
from django.urls import reverse

from gallery.filters.histogram import BINS, count_bins
from gallery.models import Face
from gallery.tests.factories import make_face, make_gallery, make_ready

pytestmark = pytest.mark.django_db


def test_each_face_counts_in_its_twentieth(gallery):
    for smiling in (0, 0.0499, 0.05, 0.5, 0.9999, 1):
        make_ready(gallery, smiling=smiling)
    whole = make_ready(gallery, smiling=0.5).faces.get()
    Face.objects.filter(pk=whole.pk).update(detector=Face.Detector.WHOLE)

    counts = count_bins(Face.objects.in_gallery(gallery), "Smiling")

    assert {place: count for place, count in enumerate(counts) if count} == {
        0: 2,
        1: 1,
        10: 1,
        BINS - 1: 2,
    }


def test_it_is_drawn_for_one_gallery_or_for_all(client, gallery):
    make_ready(gallery, smiling=0.93)
    make_ready(make_gallery(owner=gallery.owner), smiling=0.93)
    make_face(smiling=0.93)  # somebody else's

    one = client.get(reverse("gallery:histogram", args=[gallery.uuid, "Smiling"]))
    all_of_them = client.get(reverse("gallery:all_histogram", args=["Smiling"]))

    assert "90 to 95 %: 1 face<" in one.content.decode()
    assert "90 to 95 %: 2 faces<" in all_of_them.content.decode()


def test_without_faces_it_is_empty(client, gallery):
    page = client.get(reverse("gallery:histogram", args=[gallery.uuid, "Smiling"]))

    assert page.status_code == 200
    assert "<rect" not in page.content.decode()


def test_of_an_unknown_attribute_there_is_none(client, gallery):
    page = client.get(reverse("gallery:histogram", args=[gallery.uuid, "Smilling"]))

    assert page.status_code == 404
