"""The gate: what is made of a good picture and of its name."""

import hashlib
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin
from PIL.JpegImagePlugin import get_sampling

from gallery.tests.pictures import (
    clean,
    corner_of_red,
    draw,
    encode,
    exif,
    picture,
    swapped_profile,
)
from gallery.uploads.gate import clean_image, upload_sha256

# --- What is made of a good picture ----------------------------------------------------------


def test_a_picture_becomes_a_jpeg_of_its_own_size():
    image = clean(encode(draw((2400, 1200))))

    assert (image.width, image.height) == (2400, 1200)
    assert Image.open(BytesIO(image.content)).size == (2400, 1200)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_mean_color_is_known(format):
    half = Image.new("RGB", (300, 200), "white")
    half.paste("black", (0, 0, 150, 200))

    color = clean(encode(half, format)).color

    assert all(abs(part - 127) < 8 for part in color.to_bytes(3))


def test_the_hash_is_that_of_the_uploaded_bytes():
    data = encode(draw())

    assert upload_sha256(ContentFile(data)) == hashlib.sha256(data).hexdigest()


def test_the_whole_file_is_read_wherever_it_was_left():
    upload = ContentFile(encode(draw()))
    upload.read(100)

    assert clean_image(upload).width == 96


@pytest.mark.parametrize(
    "format, options, stored",
    [
        ("PNG", {}, "4:4:4"),
        ("JPEG", {"subsampling": "4:4:4"}, "4:4:4"),
        ("JPEG", {"subsampling": "4:2:2"}, "4:4:4"),
        ("JPEG", {"subsampling": "4:2:0"}, "4:2:0"),
    ],
)
def test_what_is_stored_keeps_the_colors_that_came_in(format, options, stored):
    names = ("4:4:4", "4:2:2", "4:2:0")

    assert names[get_sampling(picture(encode(draw(), format, **options)))] == stored


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF"])
def test_each_format_of_cameras_and_phones_is_accepted(format):
    image = picture(encode(draw(), format))

    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (96, 64))
    assert corner_of_red(image) == "top left"


@pytest.mark.parametrize("format", ["MPO", "PNG", "WEBP", "TIFF", "GIF"])
def test_the_first_of_several_pictures_counts(format):
    others = [Image.new("RGB", (96, 64), color) for color in ("green", "blue")]
    data = encode(draw(), format, save_all=True, append_images=others)

    assert corner_of_red(picture(data)) == "top left"


def test_the_content_decides_not_the_name_nor_the_type():
    upload = SimpleUploadedFile("page.html", encode(draw()), content_type="text/html")

    assert clean_image(upload).width == 96


# --- Privacy ---------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF"])
def test_nothing_but_the_picture_is_kept(format):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SECRET text")
    notes.add_itxt("XML:com.adobe.xmp", "<x>SECRET xmp</x>")
    tags = {"exif": exif(camera="SECRET camera"), "xmp": b"<x>SECRET xmp</x>"}
    comment = {"comment": b"SECRET comment"}
    extra = {"PNG": {"pnginfo": notes}, "JPEG": comment, "GIF": comment}.get(format, {})
    data = encode(draw(), format, icc_profile=swapped_profile(), **tags, **extra)
    assert b"SECRET" in data

    cleaned = clean(data).content

    jpeg = Image.open(BytesIO(cleaned))
    assert jpeg.info.keys() == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not jpeg.getexif()
    assert b"SECRET" not in cleaned


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"<?php ?>", b"PK\3\4"])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_what_hangs_on_behind_the_picture_is_dropped(format, tail):
    assert tail not in clean(encode(draw(), format) + tail).content
