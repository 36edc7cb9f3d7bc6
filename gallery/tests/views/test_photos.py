"""Pages: a photo with its faces and their bars."""

import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.urls import reverse

from gallery.models import Face, Photo
from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_face, make_photo, make_ready, make_user, make_version
from gallery.tests.markup import one_line

pytestmark = pytest.mark.django_db


def verdicts(response) -> dict[str, list[str]]:
    return {v.decision: [bar.name for bar in v.bars] for v in response.context["verdicts"]}


def test_a_face_has_all_40_attributes_the_most_certain_first(client, gallery):
    photo = make_ready(gallery, smiling=0.7, young=0.9, male=0.05, bald=0.01)

    found = verdicts(client.get(photo.get_absolute_url()))

    assert found["yes"] == ["Young", "Smiling"]
    assert found["no"] == ["Bald", "Male"]
    assert len(found["unsure"]) == 36


def test_a_bar_has_a_number_and_a_width(client, gallery):
    photo = make_ready(gallery, smiling=0.914)

    page = client.get(photo.get_absolute_url()).content.decode()

    assert 'class="yes" width="91.4%"' in page
    assert "91\N{NO-BREAK SPACE}%" in page


def test_the_time_of_the_upload_names_its_clock_and_is_that_of_filters_and_the_api(
    client, gallery, settings
):
    settings.TIME_ZONE = "Pacific/Auckland"
    photo = make_ready(gallery)
    Photo.objects.update(created_at=datetime(2026, 1, 5, 20, 15, tzinfo=UTC))

    page = client.get(photo.get_absolute_url()).content.decode()
    found = client.get("/api/v1/photos/", {"attrs": "date=2026-01-06"}).json()["results"]

    assert "6 January 2026, 09:15 NZDT" in page
    assert [one["created_at"] for one in found] == ["2026-01-06T09:15:00+13:00"]


@pytest.mark.parametrize(
    ("offset", "words"),
    [(None, "14:05</time> </dd>"), (0, "14:05</time> UTC+0 "), (-210, " UTC\N{MINUS SIGN}3:30 ")],
)
def test_the_time_when_it_was_taken_is_that_of_the_camera_in_every_zone(
    client, gallery, settings, offset, words
):
    settings.TIME_ZONE = "Pacific/Auckland"
    photo = make_ready(gallery)
    Photo.objects.update(taken_at=datetime(2024, 6, 3, 14, 5, 9), taken_offset=offset)

    page = one_line(client.get(photo.get_absolute_url()).content.decode())
    (answer,) = client.get("/api/v1/photos/").json()["results"]

    assert ">3 June 2024, 14:05</time>" in page and words in page
    assert (answer["taken_at"], answer["taken_offset"]) == ("2024-06-03T14:05:09", offset)


def test_a_photo_whose_file_had_no_date_says_nothing_of_it(client, gallery):
    photo = make_ready(gallery)

    page = client.get(photo.get_absolute_url()).content.decode()
    answer = client.get(f"/api/v1/photos/{photo.uuid}/").json()

    assert "Taken" not in page
    assert (answer["taken_at"], answer["taken_offset"]) == (None, None)


def test_the_page_of_a_photo_says_whether_its_original_is_kept(client, stored, settings):
    def page() -> str:
        return one_line(client.get(stored.get_absolute_url()).content.decode())

    assert f'href="{reverse("gallery:original", args=[stored.uuid])}"' in page()
    assert "Kept as you uploaded it" in page()
    Photo.objects.update(original_bytes=0)
    assert "Not kept. To keep it, upload the same file again." in page()
    settings.KEEP_ORIGINALS = False
    assert "Originals are not kept on this site." in page()
    assert reverse("gallery:original", args=[stored.uuid]) not in page()


def test_another_face_is_selected_by_the_address(client, gallery):
    photo = make_ready(gallery, smiling=0.9)
    second = make_face(photo, smiling=0.1)

    response = client.get(photo.get_absolute_url(), {"face": second.uuid})

    assert response.context["current"].number == 2
    assert "Smiling" in verdicts(response)["no"]


def test_boxes_lie_in_percent_of_the_picture(client, gallery):
    photo = make_ready(gallery)  # the box from a quarter to three quarters

    box = client.get(photo.get_absolute_url()).context["boxes"][0]

    assert (box.x, box.y, box.width, box.height) == (25, 25, 50, 50)


def test_a_photo_without_a_face_says_so_and_has_no_box(client, gallery):
    version = make_version()
    photo = make_photo(gallery=gallery, status=Photo.Status.READY, model_version=version)
    make_face(photo, x=0, y=0, w=1, h=1, detector=Face.Detector.WHOLE)

    page = client.get(photo.get_absolute_url()).content.decode()

    assert "No face was found, so the whole picture was scored." in page
    assert 'class="boxes"' not in page


def test_neighbors_are_those_within_the_filter(client, gallery):
    first = make_ready(gallery, smiling=0.9)
    make_ready(gallery, smiling=0.1)
    last = make_ready(gallery, smiling=0.8)

    page = client.get(last.get_absolute_url(), {"attrs": "Smiling"}).content.decode()

    assert f'href="{first.get_absolute_url()}?attrs=Smiling" rel="next"' in one_line(page)
    assert "Next photo" in page
    assert 'rel="prev"' not in page


def test_a_broken_filter_does_not_hide_the_photo(client, gallery):
    photo = make_ready(gallery)

    assert client.get(photo.get_absolute_url(), {"attrs": "Smilng"}).status_code == 200


def test_a_pending_photo_waits_and_then_fills_in(client, gallery):
    photo = make_photo(gallery=gallery)
    page = client.get(photo.get_absolute_url()).content.decode()
    assert f'data-status="queued" data-pending="{photo.uuid}"' in one_line(page)
    still = client.get(photo.get_absolute_url(), {"queued": photo.uuid}, headers=HTMX)
    assert still.status_code == 204

    Photo.objects.update(status=Photo.Status.READY, model_version=make_version())
    make_face(photo)
    done = client.get(photo.get_absolute_url(), {"queued": photo.uuid}, headers=HTMX)

    assert 'data-status="ready" hx-swap-oob="true"' in one_line(done.content.decode())
    assert done.content.decode().count('class="bar-row"') == 40


def test_a_failed_photo_says_why_and_is_tried_again(client, gallery):
    photo = make_photo(gallery=gallery, status=Photo.Status.FAILED, failure="It is damaged.")
    assert "It is damaged." in client.get(photo.get_absolute_url()).content.decode()

    response = client.post(reverse("gallery:retry_photo", args=[photo.uuid]))

    assert response.url == photo.get_absolute_url()
    assert Photo.objects.queued().get() == photo


@pytest.mark.parametrize("status", [Photo.Status.QUEUED, Photo.Status.FAILED])
def test_a_photo_that_is_analysed_again_shows_what_was_found_before(client, gallery, status):
    photo = make_ready(gallery)
    Photo.objects.update(status=status)

    page = client.get(photo.get_absolute_url()).content.decode()

    assert page.count('class="bar-row"') == 40
    assert ("Being analyzed again" in page) is (status == Photo.Status.QUEUED)
    assert ("Try again" in page) is (status == Photo.Status.FAILED)


def test_htmx_gets_the_tile_of_a_photo_that_is_tried_again(client, gallery):
    photo = make_photo(gallery=gallery, status=Photo.Status.FAILED)

    response = client.post(reverse("gallery:retry_photo", args=[photo.uuid]), headers=HTMX)

    assert f'id="photo-{photo.uuid}" data-status="queued"' in one_line(response.content.decode())


def test_a_deleted_photo_is_in_the_trash_and_its_picture_is_not_shown(client, stored):
    address = reverse("gallery:delete_photo", args=[stored.uuid])

    response = client.post(f"{address}?attrs=Smiling")

    assert response.url == f"{stored.gallery.get_absolute_url()}?attrs=Smiling"
    assert "Eileen.png is in the trash." in client.get(response.url).content.decode()
    assert client.get(reverse("gallery:preview", args=[stored.uuid])).status_code == 404


def test_after_a_deletion_comes_the_next_photo_of_the_list_or_else_the_one_before(client, gallery):
    last, middle, first = (make_ready(gallery, smiling=0.9) for _ in range(3))
    make_ready(gallery, smiling=0.1)

    def delete(photo):
        address = reverse("gallery:delete_photo", args=[photo.uuid])
        return client.post(f"{address}?attrs=Smiling").url

    assert delete(middle) == f"{last.get_absolute_url()}?attrs=Smiling"
    assert delete(last) == f"{first.get_absolute_url()}?attrs=Smiling"
    assert delete(first) == f"{gallery.get_absolute_url()}?attrs=Smiling"


def test_a_deleted_photo_says_that_it_was_deleted(client, gallery):
    photo = make_ready(gallery)
    photo.delete()

    response = client.get(photo.get_absolute_url())

    assert response.status_code == 404
    assert "This photo was deleted" in response.content.decode()
    assert f'href="{reverse("gallery:home")}"' in response.content.decode()


def test_a_photo_has_its_place_in_the_filtered_list(client, gallery):
    photos = [make_ready(gallery, smiling=0.9) for _ in range(14)]
    make_ready(gallery, smiling=0.1)

    def place(photo):
        beside = client.get(photo.get_absolute_url(), {"attrs": "Smiling"}).context["beside"]
        return beside.number, beside.total

    assert [place(photo) for photo in (photos[-1], photos[6], photos[0])] == [
        (1, 14),
        (8, 14),
        (14, 14),
    ]


def test_in_a_large_gallery_the_place_is_not_counted(client, gallery, monkeypatch):
    monkeypatch.setattr("gallery.views.contexts.photo.MOST_COUNTED", 12)
    photos = [make_ready(gallery) for _ in range(13)]

    beside = client.get(photos[6].get_absolute_url()).context["beside"]

    assert (beside.number, beside.total) == (None, None)
    assert beside.previous == photos[7] and beside.next == photos[5]


def test_a_photo_outside_its_filter_has_no_place(client, gallery):
    photo = make_ready(gallery, smiling=0.1)
    make_ready(gallery, smiling=0.9)

    page = client.get(photo.get_absolute_url(), {"attrs": "Smiling"})

    assert page.context["beside"].number is None
    assert "filmstrip" not in page.content.decode()


def test_the_headings_of_a_photo_leave_out_no_level(client, gallery):
    page = client.get(make_ready(gallery, smiling=0.9).get_absolute_url()).content.decode()

    seen = re.sub('<div class="dialog".*?</form>', "", page.partition("<main")[2], flags=re.DOTALL)
    levels = [int(level) for level in re.findall(r"<h([1-6])", seen)]

    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@pytest.mark.parametrize("name", ["photo", "delete_photo", "retry_photo"])
def test_photos_of_others_are_not_there(client, stored, name):
    client.force_login(make_user())
    address = reverse(f"gallery:{name}", args=[stored.uuid])

    response = client.get(address) if name == "photo" else client.post(address)

    assert response.status_code == 404
    assert Photo.objects.exists()
