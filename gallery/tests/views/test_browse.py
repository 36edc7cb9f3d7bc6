"""All photos: the grid over all galleries of a person."""

import csv
import io

import pytest
from django.urls import reverse

from gallery.tests.factories import make_gallery, make_photo, make_ready

pytestmark = pytest.mark.django_db

ALL = reverse("gallery:all_photos")


@pytest.fixture
def other(gallery):
    """Another gallery of the same person."""
    return make_gallery(owner=gallery.owner, name="Work")


def names_on(page) -> set[str]:
    return {tile.photo.original_name for tile in page.context["tiles"]}


def test_the_photos_of_all_ones_galleries_are_found_together(client, gallery, other):
    smiling = make_ready(gallery, smiling=0.9), make_ready(other, smiling=0.9)
    make_ready(other, smiling=0.1)
    make_ready(make_gallery(), smiling=0.9)  # somebody else's

    page = client.get(ALL, {"attrs": "Smiling"})

    assert names_on(page) == {photo.original_name for photo in smiling}
    assert page.context["found"] == 2
    (row,) = [
        row
        for group in page.context["groups"]
        for row in group.rows
        if row.attribute.name == "Smiling"
    ]
    assert [part.count for part in row.parts] == [2, 0, 1]


def test_the_links_of_the_panel_stay_among_all_photos(client, gallery, other):
    make_ready(gallery)

    page = client.get(ALL, {"attrs": "Smiling", "view": "faces"}).content.decode()

    assert f'href="{ALL}?view=faces"' in page  # without the filter
    assert gallery.get_absolute_url() not in page
    assert "in=all" not in page.split('id="panel"')[1].split('href="')[1]


def test_a_photo_leads_to_those_of_other_galleries_and_back(client, gallery, other):
    first, second = make_ready(gallery), make_ready(other)

    page = client.get(second.get_absolute_url(), {"in": "all"})

    assert page.context["beside"].next == first
    assert page.context["back"] == f"{ALL}?at={second.uuid}#photo-{second.uuid}"
    assert f'href="{first.get_absolute_url()}?in=all"' in page.content.decode()
    assert f'href="{other.get_absolute_url()}"' in page.content.decode()  # where it is


def test_the_tiles_lead_to_photos_that_lead_back(client, gallery):
    photo = make_ready(gallery)

    (tile,) = client.get(ALL).context["tiles"]

    assert tile.href == f"{photo.get_absolute_url()}?in=all"


def test_after_a_deletion_the_next_photo_of_all_is_shown(client, gallery, other):
    first, second = make_ready(gallery), make_ready(other)

    response = client.post(reverse("gallery:delete_photo", args=[second.uuid]) + "?in=all")
    assert response.url == f"{first.get_absolute_url()}?in=all"

    response = client.post(reverse("gallery:delete_photo", args=[first.uuid]) + "?in=all")
    assert response.url == ALL


def test_an_answer_about_faces_of_several_galleries_leads_back(client, gallery, other):
    faces = [make_ready(one).faces.get() for one in (gallery, other)]

    response = client.post(
        reverse("gallery:answer_many") + "?view=faces&in=all",
        {"face": [face.uuid for face in faces], "attribute": "Smiling", "answer": "yes"},
    )

    assert response.url == f"{ALL}?view=faces"


def test_the_poll_tells_of_photos_in_every_gallery(client, gallery, other):
    done = make_ready(other)

    page = client.get(reverse("gallery:all_progress"), {"queued": done.uuid}).content.decode()

    assert f'href="{done.get_absolute_url()}?in=all"' in page


def test_all_faces_are_exported_as_one_file(client, gallery, other):
    photos = make_ready(gallery), make_ready(other)
    make_ready(make_gallery())

    response = client.get(reverse("gallery:export_all", args=["csv"]))

    rows = csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    assert {row["file"] for row in rows} == {photo.original_name for photo in photos}


def test_what_belongs_to_one_gallery_is_not_offered(client, gallery):
    make_photo(gallery=gallery, status="failed")

    page = client.get(ALL, {"attrs": "Smiling"}).content.decode()

    for words in ("Rename the gallery", "Save this filter", "May be used for training", "Retry"):
        assert words not in page


def test_without_photos_the_way_to_the_galleries_is_shown(client, gallery):
    page = client.get(ALL).content.decode()

    assert "The photos of all your galleries appear here." in page


def test_a_sentence_stays_among_all_photos(client, gallery):
    response = client.get(ALL, {"say": "smiling"})

    assert response.url == f"{ALL}?attrs=Smiling"


def test_a_gallery_is_chosen_by_its_name_among_all(client, gallery, other):
    wanted = make_ready(gallery)
    make_ready(other)

    response = client.get(ALL, {"say": f"in the gallery {gallery.name}"}, follow=True)

    assert [tile.photo for tile in response.context["tiles"]] == [wanted]
    assert f"In the gallery “{gallery.name}”" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"attrs": "Smilling"},
        {"after": "?"},
        {"in": "none"},
        {"attrs": "gallery=Nowhere"},
        {"say": "answered by nobody"},
    ],
)
def test_what_cannot_be_read_is_said(client, gallery, query):
    response = client.get(ALL, query)

    assert response.status_code == 400
    assert response.context["error"]


def test_a_filter_that_cannot_be_read_is_still_so_after_a_poll(client, gallery):
    address = reverse("gallery:progress", args=[gallery.uuid])

    page = client.get(address, {"attrs": "Smiling>>", "panel": "1"}).content.decode()

    assert "This filter cannot be read." in page
    assert "All 0 photos" not in " ".join(page.split())
