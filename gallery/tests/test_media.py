"""Pages: the files of photos and faces, each for who may see it."""

import io

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from gallery import storage
from gallery.models import Face, Photo, ShareLink
from gallery.tests.factories import make_face, make_photo, make_user
from gallery.tests.pictures import draw, encode, exif
from gallery.uploads.adding import add_photo
from tests.hostile.mixed import PAGE, PROGRAM, ZIP, good

pytestmark = pytest.mark.django_db

FILES = ("picture", "preview", "thumbnail", "crop")


@pytest.mark.parametrize(
    "name, format",
    [("picture", "JPEG"), ("preview", "JPEG"), ("thumbnail", "WEBP"), ("crop", "WEBP")],
)
def test_pictures_are_served_to_one_person_as_what_they_are(client, stored, name, format):
    uuid = make_face(stored).uuid if name == "crop" else stored.uuid

    response = client.get(reverse(f"gallery:{name}", args=[uuid]))

    assert Image.open(io.BytesIO(response.getvalue())).format == format
    assert response["Content-Type"] == f"image/{format.lower()}"
    assert response["Cache-Control"].startswith("private")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize("name", FILES)
def test_a_tag_of_the_owners_copy_gets_nothing_out_of_the_site_for_another(client, stored, name):
    uuid = make_face(stored).uuid if name == "crop" else stored.uuid
    address = reverse(f"gallery:{name}", args=[uuid])
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304

    client.force_login(make_user())

    for header in (
        {"If-None-Match": tag},
        {"If-Match": tag},
        {"Range": "bytes=0-", "If-Range": tag},
    ):
        assert client.get(address, headers=header).status_code == 404


@pytest.mark.slow
def test_nothing_of_a_file_that_is_two_at_once_is_handed_out(client, gallery):
    for content in [picture + script for picture in good()[:4] for script in (PAGE, PROGRAM, ZIP)]:
        photo, _ = add_photo(gallery, SimpleUploadedFile("x.php.jpg", content))
        for name in ("picture", "thumbnail"):
            response = client.get(reverse(f"gallery:{name}", args=[photo.uuid]))
            served = response.getvalue()
            assert served != content
            assert not any(mark in served for mark in (b"<script", b"<?php", b"PK\x03\x04"))
            assert response["Content-Type"] in ("image/jpeg", "image/webp")
            assert response["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in response["Content-Security-Policy"]


def test_a_download_has_the_original_name_and_the_right_ending(client, stored):
    response = client.get(reverse("gallery:picture", args=[stored.uuid]), {"download": "1"})

    assert response["Content-Disposition"] == 'attachment; filename="Eileen.jpg"'


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Dr. Who", 'filename="Dr. Who.jpg"'),
        ("Tom &amp; Jerry.HEIC", 'filename="Tom &amp; Jerry.jpg"'),
        ('say "cheese".png', r'filename="say \"cheese\".jpg"'),
        ("3.04\u202fPM.png", "filename*=utf-8''3.04%E2%80%AFPM.jpg"),
        ("K\u00f6ln.jpg", "filename*=utf-8''K%C3%B6ln.jpg"),
    ],
)
def test_a_download_keeps_the_persons_own_name(client, stored, name, header):
    Photo.objects.update(original_name=name)

    response = client.get(reverse("gallery:picture", args=[stored.uuid]), {"download": "1"})

    assert response["Content-Disposition"] == f"attachment; {header}"


def test_a_name_cannot_break_the_headers(client, stored):
    Photo.objects.update(original_name='a"\r\nX-Evil: 1.png')

    response = client.get(reverse("gallery:picture", args=[stored.uuid]), {"download": "1"})

    assert "X-Evil" not in response.headers
    assert "\n" not in response["Content-Disposition"]


def test_the_original_is_sent_to_be_saved_and_never_shown(client, gallery):
    content = encode(draw(), "JPEG", exif=exif(camera="a camera")) + PAGE
    photo, _ = add_photo(gallery, SimpleUploadedFile("K\u00f6ln.jpg", content))

    response = client.get(reverse("gallery:original", args=[photo.uuid]))

    assert response.getvalue() == content
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''K%C3%B6ln.jpg"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "format", "saved"),
    [
        ("setup.exe", "PNG", "setup.exe.png"),
        ("page.html", "JPEG", "page.html.jpg"),
        ("IMG_1", "WEBP", "IMG_1.webp"),
        ("IMG_1", "HEIF", "IMG_1.heic"),
        ("IMG_1", "AVIF", "IMG_1.avif"),
        ("IMG_1", "TIFF", "IMG_1.tif"),
        ("IMG_1", "GIF", "IMG_1.gif"),
        ("IMG_1.HEIC", "JPEG", "IMG_1.HEIC"),
    ],
)
def test_an_original_is_named_like_the_picture_that_it_is(client, gallery, name, format, saved):
    photo, _ = add_photo(gallery, SimpleUploadedFile(name, encode(draw(), format)))

    response = client.get(reverse("gallery:original", args=[photo.uuid]))

    assert response["Content-Disposition"] == f'attachment; filename="{saved}"'


def test_an_original_is_for_the_owner_alone(client, stored):
    address = reverse("gallery:original", args=[stored.uuid])
    link = ShareLink.objects.share(stored.gallery, allows_download=True)

    assert client.get(address).status_code == 200
    assert not Photo.objects.with_original_for(link).exists()
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["Eileen.png", "Eileen"])
def test_an_original_that_is_not_there_is_a_404(client, stored, name):
    address = reverse("gallery:original", args=[stored.uuid])
    Photo.objects.update(original_name=name)
    storage.delete(stored.original_file())
    assert client.get(address).status_code == 404

    Photo.objects.update(original_bytes=0)
    assert client.get(address).status_code == 404


def test_a_part_of_an_original_is_sent_alone(client, stored):
    address = reverse("gallery:original", args=[stored.uuid])
    whole = client.get(address).getvalue()

    response = client.get(address, headers={"Range": "bytes=5-9"})

    assert (response.status_code, response.getvalue()) == (206, whole[5:10])


def test_a_known_picture_is_not_sent_again(client, stored):
    address = reverse("gallery:thumbnail", args=[stored.uuid])
    etag = client.get(address)["ETag"]

    response = client.get(address, headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response["ETag"] == etag
    assert response["Cache-Control"].startswith("private")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=0-0", slice(0, 1)),
        ("Bytes=10-99", slice(10, 100)),
        ("bytes=100-99999999", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-99999999", slice(0, None)),
    ],
)
def test_a_part_of_a_picture_is_sent_alone(client, stored, name, wanted, part):
    uuid = make_face(stored).uuid if name == "crop" else stored.uuid
    address = reverse(f"gallery:{name}", args=[uuid])
    whole = client.get(address)
    content = whole.getvalue()
    first, end, _ = part.indices(len(content))

    response = client.get(address, headers={"Range": wanted})

    assert (response.status_code, response.getvalue()) == (206, content[part])
    assert response["Content-Range"] == f"bytes {first}-{end - 1}/{len(content)}"
    assert response["Content-Length"] == str(end - first)
    assert response["Content-Type"] == whole["Content-Type"]
    assert (whole["Accept-Ranges"], response["ETag"]) == ("bytes", whole["ETag"])


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_a_416_with_the_size(client, stored, wanted):
    address = reverse("gallery:picture", args=[stored.uuid])
    size = len(client.get(address).getvalue())

    response = client.get(address, headers={"Range": wanted})

    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{size}")
    assert response.content.decode() == f"The picture has {size} bytes, and no such part.\n"


def test_what_is_left_of_another_file_is_sent_as_a_whole(client, stored):
    address = reverse("gallery:picture", args=[stored.uuid])
    whole = client.get(address)

    same = client.get(address, headers={"Range": "bytes=5-", "If-Range": whole["ETag"]})
    other = client.get(address, headers={"Range": "bytes=5-", "If-Range": '"another"'})

    assert (same.status_code, other.status_code) == (206, 200)
    assert other.getvalue() == whole.getvalue()


def test_a_part_of_a_known_picture_is_not_sent_again(client, stored):
    address = reverse("gallery:picture", args=[stored.uuid])
    etag = client.get(address)["ETag"]

    response = client.get(address, headers={"Range": "bytes=5-", "If-None-Match": etag})

    assert response.status_code == 304


def test_the_head_of_a_picture_knows_no_parts(client, stored):
    address = reverse("gallery:picture", args=[stored.uuid])

    response = client.head(address, headers={"Range": "bytes=0-4"})

    assert response.status_code == 200
    assert response["Content-Length"] == str(len(client.get(address).getvalue()))


@pytest.mark.parametrize("name", FILES)
def test_a_known_picture_is_not_even_opened(client, stored, name):
    face = make_face(stored)
    address = reverse(f"gallery:{name}", args=[face.uuid if name == "crop" else stored.uuid])
    response = client.get(address)
    response.getvalue()
    stored.delete_files()

    again = client.get(address, headers={"If-None-Match": response["ETag"]})

    assert again.status_code == 304


def test_an_address_with_the_box_is_kept_for_good_and_changes_with_it(client, stored):
    face = make_face(stored, x=0.35, y=0.1, w=0.2, h=0.25)
    address = face.get_crop_url()
    kept = client.get(address)["Cache-Control"]
    Face.objects.update(x=0.3)

    asked_again = client.get(address)["Cache-Control"]

    assert "immutable" in kept
    assert "no-cache" in asked_again
    face.refresh_from_db()
    assert face.get_crop_url() != address


def test_a_turned_face_is_cut_out_upright(client, gallery):
    upright = Image.new("RGB", (600, 600), "white")
    upright.paste("red", (250, 200, 350, 300))
    file = io.BytesIO()
    upright.rotate(-20, fillcolor="white").save(file, "JPEG", quality=95)  # clockwise
    photo, _ = add_photo(gallery, SimpleUploadedFile("turned.jpg", file.getvalue()))
    face = make_face(photo, x=0.35, y=0.35, w=0.3, h=0.3, angle=20)

    response = client.get(reverse("gallery:crop", args=[face.uuid]))

    green = np.asarray(Image.open(io.BytesIO(response.getvalue())))[:, :, 1]
    rows, columns = np.flatnonzero((green < 128).any(1)), np.flatnonzero((green < 128).any(0))
    assert len(rows) == pytest.approx(len(columns), abs=5)  # as wide as high: not on its corner
    assert len(columns) == pytest.approx(100, abs=6)


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (0.95, 0.95, 0.05, 0.05), (0, 0.4, 0.01, 0.01)])
def test_a_face_at_the_edge_is_cut_out_too(client, stored, box):
    x, y, w, h = box
    face = make_face(stored, x=x, y=y, w=w, h=h)

    response = client.get(reverse("gallery:crop", args=[face.uuid]))

    width, height = Image.open(io.BytesIO(response.getvalue())).size
    assert 0 < width == height <= 320


@pytest.mark.parametrize("size", [(1599, 1200), (1365, 1024), (1599, 900), (1200, 1599)])
@pytest.mark.parametrize("box", [(0, 0, 1, 1), (0.3, 0.2, 0.6, 0.8), (0.2, 0.5, 0.8, 0.5)])
def test_a_face_is_cut_out_of_a_picture_with_odd_sides(client, gallery, size, box):
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "JPEG")
    photo, _ = add_photo(gallery, SimpleUploadedFile("odd.jpg", file.getvalue()))
    face = make_face(photo, **dict(zip("xywh", box, strict=True)))

    response = client.get(reverse("gallery:crop", args=[face.uuid]))

    width, height = Image.open(io.BytesIO(response.getvalue())).size
    assert 0 < width == height <= 320


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_a_404(client, gallery, name):
    face = make_face(make_photo(gallery=gallery))
    uuid = face.uuid if name == "crop" else face.photo.uuid

    assert client.get(reverse(f"gallery:{name}", args=[uuid])).status_code == 404


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
