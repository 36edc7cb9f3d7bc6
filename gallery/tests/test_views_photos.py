import io

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from skimage.data import astronaut

from gallery import services
from gallery.models import Face, Photo
from gallery.tests.factories import (
    make_face,
    make_photo,
    make_ready,
    make_user,
    make_version,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
FILES = ("picture", "preview", "thumbnail", "crop")


@pytest.fixture
def stored(gallery) -> Photo:
    """A photo with its files: the astronaut's portrait."""
    file = io.BytesIO()
    Image.fromarray(astronaut()).save(file, "PNG")
    photo, _ = services.add_photo(gallery, SimpleUploadedFile("Eileen.png", file.getvalue()))
    return photo


def verdicts(response) -> dict[str, list[str]]:
    return {v.decision: [bar.name for bar in v.bars] for v in response.context["verdicts"]}


# --- The page


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


def test_another_face_is_selected_by_the_address(client, gallery):
    photo = make_ready(gallery, smiling=0.9)
    second = make_face(photo, smiling=0.1)

    response = client.get(photo.get_absolute_url(), {"face": second.uuid})

    assert response.context["current"].number == 2
    assert "Smiling" in verdicts(response)["no"]


def test_boxes_lie_in_pixels_of_the_picture(client, gallery):
    photo = make_ready(gallery)  # 640 x 480, the box from a quarter to three quarters

    box = client.get(photo.get_absolute_url()).context["boxes"][0]

    assert (box.x, box.y, box.width, box.height) == (160, 120, 320, 240)


def test_a_photo_without_a_face_says_so_and_has_no_box(client, gallery):
    version = make_version()
    photo = make_photo(gallery=gallery, status=Photo.Status.READY, model_version=version)
    make_face(photo, x=0, y=0, w=1, h=1, detector=Face.Detector.WHOLE)

    page = client.get(photo.get_absolute_url()).content.decode()

    assert "No face was found, so the whole picture was scored." in page
    assert 'class="boxes"' not in page


def test_neighbours_are_those_within_the_filter(client, gallery):
    first = make_ready(gallery, smiling=0.9)
    make_ready(gallery, smiling=0.1)
    last = make_ready(gallery, smiling=0.8)

    page = client.get(last.get_absolute_url(), {"attrs": "Smiling"}).content.decode()

    assert f'href="{first.get_absolute_url()}?attrs=Smiling" rel="next"' in page
    assert 'rel="prev"' not in page


def test_a_broken_filter_does_not_hide_the_photo(client, gallery):
    photo = make_ready(gallery)

    assert client.get(photo.get_absolute_url(), {"attrs": "Smilng"}).status_code == 200


def test_a_pending_photo_waits_and_then_fills_in(client, gallery):
    photo = make_photo(gallery=gallery)
    page = client.get(photo.get_absolute_url()).content.decode()
    assert f'data-status="queued" data-pending="{photo.uuid}"' in page
    still = client.get(photo.get_absolute_url(), {"queued": photo.uuid}, headers=HTMX)
    assert still.status_code == 204

    Photo.objects.update(status=Photo.Status.READY, model_version=make_version())
    make_face(photo)
    done = client.get(photo.get_absolute_url(), {"queued": photo.uuid}, headers=HTMX)

    assert 'data-status="ready" hx-swap-oob="true"' in done.content.decode()
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
    assert ("Being analysed again" in page) is (status == Photo.Status.QUEUED)
    assert ("Try again" in page) is (status == Photo.Status.FAILED)


def test_htmx_gets_the_tile_of_a_photo_that_is_tried_again(client, gallery):
    photo = make_photo(gallery=gallery, status=Photo.Status.FAILED)

    response = client.post(reverse("gallery:retry_photo", args=[photo.uuid]), headers=HTMX)

    assert f'id="photo-{photo.uuid}" data-status="queued"' in response.content.decode()


def test_a_deleted_photo_is_gone_with_its_files(client, stored, django_capture_on_commit_callbacks):
    address = reverse("gallery:delete_photo", args=[stored.uuid])

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(f"{address}?attrs=Smiling")

    assert response.url == f"{stored.gallery.get_absolute_url()}?attrs=Smiling"
    assert client.get(reverse("gallery:preview", args=[stored.uuid])).status_code == 404


# --- Files


@pytest.mark.parametrize("variant", ["picture", "preview", "thumbnail"])
def test_pictures_are_served_as_private_jpegs(client, stored, variant):
    response = client.get(reverse(f"gallery:{variant}", args=[stored.uuid]))

    assert Image.open(io.BytesIO(response.getvalue())).format == "JPEG"
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"].startswith("private")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_a_download_has_the_original_name_and_the_right_ending(client, stored):
    response = client.get(reverse("gallery:picture", args=[stored.uuid]), {"download": "1"})

    assert response["Content-Disposition"] == 'attachment; filename="Eileen.jpg"'


def test_a_name_cannot_break_the_headers(client, stored):
    Photo.objects.update(original_name='a"\r\nX-Evil: 1.png')

    response = client.get(reverse("gallery:picture", args=[stored.uuid]), {"download": "1"})

    assert "X-Evil" not in response.headers
    assert "\n" not in response["Content-Disposition"]


def test_a_known_picture_is_not_sent_again(client, stored):
    address = reverse("gallery:thumbnail", args=[stored.uuid])
    etag = client.get(address)["ETag"]

    response = client.get(address, headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response["ETag"] == etag
    assert response["Cache-Control"].startswith("private")


@pytest.mark.parametrize("name", FILES)
def test_a_known_picture_is_not_even_opened(client, stored, name):
    face = make_face(stored)
    address = reverse(f"gallery:{name}", args=[face.uuid if name == "crop" else stored.uuid])
    response = client.get(address)
    response.getvalue()
    stored.delete_files()

    again = client.get(address, headers={"If-None-Match": response["ETag"]})

    assert again.status_code == 304


def test_a_face_is_cut_out_square(client, stored):
    face = make_face(stored, x=0.35, y=0.1, w=0.2, h=0.25)

    response = client.get(reverse("gallery:crop", args=[face.uuid]))

    assert Image.open(io.BytesIO(response.getvalue())).size == (320, 320)


def test_a_turned_face_is_cut_out_upright(client, gallery):
    upright = Image.new("RGB", (600, 600), "white")
    upright.paste("red", (250, 200, 350, 300))
    file = io.BytesIO()
    upright.rotate(-20, fillcolor="white").save(file, "JPEG", quality=95)  # clockwise
    photo, _ = services.add_photo(gallery, SimpleUploadedFile("turned.jpg", file.getvalue()))
    face = make_face(photo, x=0.35, y=0.35, w=0.3, h=0.3, angle=20)

    response = client.get(reverse("gallery:crop", args=[face.uuid]))

    green = np.asarray(Image.open(io.BytesIO(response.getvalue())))[:, :, 1]
    rows, columns = np.flatnonzero((green < 128).any(1)), np.flatnonzero((green < 128).any(0))
    assert len(rows) == pytest.approx(len(columns), abs=5)  # as wide as high: not on its corner
    assert len(columns) == pytest.approx(100 / (180 / 0.596) * 320, abs=6)


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (0.95, 0.95, 0.05, 0.05), (0, 0.4, 0.01, 0.01)])
def test_a_face_at_the_edge_is_cut_out_too(client, stored, box):
    x, y, w, h = box
    face = make_face(stored, x=x, y=y, w=w, h=h)

    response = client.get(reverse("gallery:crop", args=[face.uuid]))

    assert Image.open(io.BytesIO(response.getvalue())).size == (320, 320)


@pytest.mark.parametrize("size", [(1599, 1200), (1365, 1024), (1599, 900), (1200, 1599)])
@pytest.mark.parametrize("box", [(0, 0, 1, 1), (0.3, 0.2, 0.6, 0.8), (0.2, 0.5, 0.8, 0.5)])
def test_a_face_is_cut_out_of_a_picture_with_odd_sides(client, gallery, size, box):
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "JPEG")
    photo, _ = services.add_photo(gallery, SimpleUploadedFile("odd.jpg", file.getvalue()))
    face = make_face(photo, **dict(zip("xywh", box, strict=True)))

    response = client.get(reverse("gallery:crop", args=[face.uuid]))

    assert Image.open(io.BytesIO(response.getvalue())).size == (320, 320)


def test_a_missing_file_is_a_404(client, gallery):
    photo = make_photo(gallery=gallery)

    assert client.get(reverse("gallery:preview", args=[photo.uuid])).status_code == 404


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("is_known", [True, False])
def test_files_of_others_are_not_there(client, stored, name, is_known):
    face = make_face(stored)
    client.logout()
    if is_known:
        client.force_login(make_user())
    etag = f'"{stored.uuid}"'

    uuid = face.uuid if name == "crop" else stored.uuid
    response = client.get(reverse(f"gallery:{name}", args=[uuid]), headers={"If-None-Match": etag})

    assert response.status_code == 404


@pytest.mark.parametrize("name", ["photo", "delete_photo", "retry_photo"])
def test_photos_of_others_are_not_there(client, stored, name):
    client.force_login(make_user())
    address = reverse(f"gallery:{name}", args=[stored.uuid])

    response = client.get(address) if name == "photo" else client.post(address)

    assert response.status_code == 404
    assert Photo.objects.exists()


# --- Every page


def test_no_page_needs_more_than_our_own_files(client, stored):
    for address in ("/", stored.gallery.get_absolute_url(), stored.get_absolute_url()):
        response = client.get(address)
        page = response.content.decode()
        assert "default-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
        assert " style=" not in page
        assert "onclick" not in page
        assert "<script>" not in page


def test_what_is_not_there_looks_like_the_rest(client):
    response = client.get("/nothing/")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_the_page_of_a_failure_stands_alone(client):
    from django.template.loader import render_to_string

    assert "Your photos are safe" in render_to_string("500.html")


def test_staff_see_photos_and_faces_and_cannot_invent_any(client, gallery):
    make_face(make_ready(gallery))
    client.force_login(make_user(is_staff=True, is_superuser=True))

    for model in ("gallery", "photo", "face"):
        assert client.get(reverse(f"admin:gallery_{model}_changelist")).status_code == 200
    assert client.get(reverse("admin:ml_modelversion_changelist")).status_code == 200
    assert client.get(reverse("admin:gallery_face_add")).status_code == 403
