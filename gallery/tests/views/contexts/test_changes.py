"""Pages: what an open page is told of the photos that it waits for."""

import pytest
from django.urls import reverse

from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_face, make_gallery, make_photo, make_ready, make_user
from gallery.tests.markup import one_line

pytestmark = pytest.mark.django_db


def ask(client, gallery, query="", **seen):
    parameters = "&".join(f"{status}={photo.uuid}" for status, photo in seen.items())
    address = reverse("gallery:progress", args=[gallery.uuid])
    return client.get(f"{address}?{parameters}{query}", headers=HTMX)


def test_a_finished_photo_gets_its_tile(client, gallery):
    photo = make_ready(gallery)

    page = ask(client, gallery, queued=photo).content.decode()

    assert f'id="photo-{photo.uuid}" data-status="ready" hx-swap-oob="true"' in one_line(page)


def test_what_did_not_move_is_not_sent_again(client, gallery):
    photo = make_photo(gallery=gallery)

    assert f"photo-{photo.uuid}" not in ask(client, gallery, queued=photo).content.decode()


@pytest.mark.parametrize("count", [1, 5])
def test_any_number_of_finished_photos_takes_as_many_queries(
    client, gallery, django_assert_num_queries, count
):
    make_photo(gallery=gallery)
    photos = [make_ready(gallery, smiling=0.9) for _ in range(count)]
    address = reverse("gallery:progress", args=[gallery.uuid])
    query = {"queued": [photo.uuid for photo in photos], "attrs": "Smiling", "view": "faces"}

    with django_assert_num_queries(10):
        page = client.get(address, query, headers=HTMX).content.decode()

    assert page.count('id="face-') == count


def test_the_panel_comes_when_all_is_done(client, gallery):
    photo = make_ready(gallery)
    assert 'id="panel"' in ask(client, gallery, queued=photo).content.decode()

    make_photo(gallery=gallery)

    assert 'id="panel"' not in ask(client, gallery, queued=photo).content.decode()
    assert 'id="panel"' in ask(client, gallery, "&panel=1", queued=photo).content.decode()


def test_a_page_of_tiles_only_gets_nothing_else(client, gallery):
    photo = make_ready(gallery)

    page = ask(client, gallery, "&tiles=1", queued=photo).content.decode()

    assert f'id="photo-{photo.uuid}"' in page
    assert 'id="panel"' not in page and 'id="counts"' not in page


def test_a_finished_photo_that_does_not_match_goes(client, gallery):
    photo = make_ready(gallery, smiling=0.1)

    page = ask(client, gallery, "&attrs=Smiling", queued=photo).content.decode()

    assert f'<li id="photo-{photo.uuid}" hx-swap-oob="delete">' in page


def test_among_faces_a_finished_photo_becomes_its_matching_faces(client, gallery):
    photo = make_ready(gallery, smiling=0.9)
    other = make_face(photo, smiling=0.1)

    page = ask(client, gallery, "&attrs=Smiling&view=faces", queued=photo).content.decode()

    assert f'hx-swap-oob="afterend:#photo-{photo.uuid}"' in page
    assert page.count('id="face-') == 1
    assert f"face-{other.uuid}" not in page


def test_a_strangers_photo_is_not_told_of(client, gallery):
    theirs = make_ready(make_gallery(owner=make_user()))

    assert str(theirs.uuid) not in ask(client, gallery, queued=theirs).content.decode()


def test_nonsense_among_the_ids_is_passed_over(client, gallery):
    assert ask(client, gallery, "&queued=nonsense&attrs=Nonsense").status_code == 200


def test_the_first_page_tells_of_finished_photos_too(client, gallery):
    photo = make_ready(gallery)

    page = client.get("/", {"queued": photo.uuid}, headers=HTMX).content.decode()

    assert 'id="galleries" hx-swap-oob="innerHTML"' in page
    assert f'id="photo-{photo.uuid}" data-status="ready"' in one_line(page)


def test_photos_that_stand_nowhere_on_the_page_are_asked_about_by_name(client, gallery):
    failed = make_photo(gallery=gallery, status="failed", failure="It is damaged.")
    waiting = make_photo(gallery=gallery)
    url = reverse("gallery:progress", args=[gallery.uuid])

    page = one_line(client.get(url, {"upload": [failed.uuid, waiting.uuid]}).content.decode())

    assert f'<li data-photo="{failed.uuid}" data-status="failed">It is damaged.</li>' in page
    assert f'data-photo="{waiting.uuid}"' not in page


def test_photos_of_others_are_not_told_of(client, gallery):
    theirs = make_photo(status="failed")
    url = reverse("gallery:progress", args=[gallery.uuid])

    page = client.get(url, {"upload": theirs.uuid}).content.decode()

    assert str(theirs.uuid) not in page
