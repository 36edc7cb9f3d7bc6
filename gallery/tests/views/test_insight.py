"""The page of what a gallery's faces have in common."""

import random
from itertools import combinations

import pytest
from django.urls import reverse

from gallery.filters.insight import FEWEST, read_insight
from gallery.models import Gallery
from gallery.tests.factories import make_face, make_gallery, make_photo, make_ready, make_version
from ml.attributes import BY_NAME, NAMES

pytestmark = pytest.mark.django_db


def look_at(client, gallery):
    return client.get(reverse("gallery:insight", args=[gallery.uuid]))


def test_counts_and_pairs_equal_a_plain_reading():
    rng, version, gallery = random.Random(3), make_version(), make_gallery()
    rows = [{name: rng.choice([0.05, 0.5, 0.95]) for name in NAMES} for _ in range(60)]
    for row in rows:
        row["Wearing_Lipstick"] = row["Heavy_Makeup"]  # these two go together
        columns = {BY_NAME[name].field: value for name, value in row.items()}
        make_face(make_photo(gallery=gallery, status="ready"), **columns)
    make_ready(make_gallery())  # someone else's

    found = read_insight(Gallery.objects.only_this(gallery), version)

    yes = {name: {n for n, row in enumerate(rows) if row[name] == 0.95} for name in NAMES}
    assert found.faces == 60
    assert dict(zip(NAMES, found.yes.tolist(), strict=True)) == {n: len(yes[n]) for n in NAMES}
    assert found.sure == pytest.approx(sum(v != 0.5 for r in rows for v in r.values()) / 2400)
    for a, b in combinations(range(40), 2):
        assert found.both[a, b] == len(yes[NAMES[a]] & yes[NAMES[b]])
    first = found.pairs(1)[0]
    assert {first.first, first.second} == {"Heavy_Makeup", "Wearing_Lipstick"}
    assert (first.share, first.phi) == (1.0, pytest.approx(1.0))


def test_a_pair_needs_some_faces(client, gallery):
    for count in (FEWEST - 1, FEWEST):
        while gallery.photos.count() < count:
            make_ready(gallery, smiling=0.9, bald=0.9)
        make_ready(make_gallery(owner=gallery.owner))
        response = look_at(client, gallery)
        assert response.context["faces"] == count

    assert response.context["pairs"] == []  # all faces have both: that says nothing
    make_ready(gallery, smiling=0.1, bald=0.1)
    pairs = look_at(client, gallery).context["pairs"]
    assert {(pair.first.name, pair.second.name) for pair in pairs} == {("Bald", "Smiling")}


def test_each_bar_leads_to_its_filter(client, gallery):
    make_ready(gallery, smiling=0.9)
    make_ready(gallery, smiling=0.1)

    page = look_at(client, gallery)

    bar = next(bar for bar in page.context["bars"] if bar.attribute.name == "Smiling")
    assert (bar.faces, bar.yes_width, bar.share) == (1, 50.0, "50\N{NO-BREAK SPACE}%")
    assert client.get(bar.href).context["found"] == 1


def test_a_gallery_without_faces_says_so(client, gallery):
    page = look_at(client, gallery)

    assert "No faces yet" in page.content.decode()


def test_the_page_asks_the_database_as_often_for_many_faces(
    client, gallery, django_assert_max_num_queries
):
    for _ in range(30):
        make_ready(gallery)

    with django_assert_max_num_queries(12):
        look_at(client, gallery)
