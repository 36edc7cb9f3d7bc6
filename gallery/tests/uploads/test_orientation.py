"""The gate: a picture is turned upright, once."""

from io import BytesIO

import pytest
from PIL import Image

from gallery.tests.pictures import clean, corner_of_red, draw, encode, exif, picture

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")

UPRIGHT = {
    1: "top left",
    2: "top right",
    3: "bottom right",
    4: "bottom left",
    5: "top left",
    6: "top right",
    7: "bottom right",
    8: "bottom left",
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_orientation_is_applied_once(format, orientation):
    image = clean(encode(draw(), format, exif=exif(orientation=orientation)))

    assert (image.width, image.height) == ((96, 64) if orientation < 5 else (64, 96))
    jpeg = Image.open(BytesIO(image.content))
    assert jpeg.size == (image.width, image.height)
    assert corner_of_red(jpeg) == UPRIGHT[orientation]


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_orientation_of_heic_is_applied_once(orientation):
    data = encode(draw(), "HEIF", exif=exif(orientation=orientation))

    assert corner_of_red(picture(data)) == UPRIGHT[orientation]


def test_an_orientation_stated_in_xmp_alone_counts():
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:D tiff:Orientation="3"/></x:xmpmeta>'

    assert corner_of_red(picture(encode(draw(), xmp=xmp))) == "bottom right"


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation):
    data = encode(draw(), exif=exif(orientation=orientation))

    assert corner_of_red(picture(data)) == "top left"


@pytest.mark.parametrize(
    "broken", [b"Exif\0\0", b"Exif\0\0II", b"Exif\0\0nonsense", exif(orientation=6)[:20]]
)
def test_broken_exif_leaves_the_picture_as_it_is(broken):
    assert corner_of_red(picture(encode(draw(), exif=broken))) == "top left"
