"""Pages: what a photo's tile says beside the picture."""

import pytest

from gallery.answers.corrections import answer
from gallery.models import Face, Gallery, Photo
from gallery.tests.factories import make_face, make_photo, make_ready

pytestmark = pytest.mark.django_db

PENCIL = "answered by a person"
WAITS = "Waiting for the new model"


def tiles(client, gallery: Gallery, query: str = "") -> list:
    return client.get(f"{gallery.get_absolute_url()}{query}").context["tiles"]


def page_of(client, gallery: Gallery, query: str = "") -> str:
    return client.get(f"{gallery.get_absolute_url()}{query}").content.decode()


def test_a_photo_whose_second_face_was_answered_about_has_the_mark(client, gallery):
    make_ready(gallery)
    face = make_face(make_ready(gallery))
    answer(Face.objects.filter(pk=face.pk), "Smiling", True, gallery.owner)

    assert [tile.has_answers for tile in tiles(client, gallery)] == [True, False]
    assert page_of(client, gallery).count(PENCIL) == 1


def test_the_mark_is_no_part_of_a_value_that_is_the_models(client, gallery):
    make_ready(gallery)
    answer(Face.objects.all(), "Smiling", True, gallery.owner)

    (tile,) = tiles(client, gallery, "?sort=Male")

    assert (tile.has_answers, tile.is_answered) == (True, False)


def test_a_tile_has_the_color_of_its_picture(client, gallery):
    make_photo(gallery=gallery, color=0x00A1FF)
    make_photo(gallery=gallery)

    page = client.get(gallery.get_absolute_url()).content.decode()

    assert page.count("data-color=") == page.count('data-color="#00a1ff"') == 1


def test_the_mark_costs_a_page_one_query_however_many_photos(
    client, gallery, django_assert_max_num_queries
):
    for _ in range(5):
        make_ready(gallery)
    answer(Face.objects.all(), "Smiling", True, gallery.owner)

    with django_assert_max_num_queries(16):
        page_of(client, gallery)


def test_a_photo_that_waits_for_the_new_model_says_so(client, gallery):
    make_ready(gallery)
    Photo.objects.update(status=Photo.Status.QUEUED, priority=Photo.Priority.RERUN)

    page = page_of(client, gallery)

    assert WAITS in page
    assert "waits for the new model" in tiles(client, gallery)[0].alt
    assert "Queued" not in page
    assert f'data-pending="{Photo.objects.get().uuid}"' in page


@pytest.mark.parametrize("status", [Photo.Status.QUEUED, Photo.Status.READY])
def test_no_other_photo_says_that_it_waits_for_the_new_model(client, gallery, status):
    upload = status == Photo.Status.QUEUED
    priority = Photo.Priority.UPLOAD if upload else Photo.Priority.RERUN
    make_photo(gallery=gallery, status=status, priority=priority)

    page = page_of(client, gallery)

    assert WAITS not in page
    assert ("Queued" in page) is upload
