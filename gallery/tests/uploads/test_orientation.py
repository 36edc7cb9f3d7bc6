"""The gate: a picture is turned upright, once."""

from io import BytesIO

import numpy as np
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin
from skimage.data import astronaut

from gallery.analysis.analyse import Analyst
from gallery.analysis.model import ActiveModel
from gallery.tests.conftest import activate
from gallery.tests.pictures import clean, corner_of_red, draw, encode, exif, picture
from gallery.uploads.adding import add_photo
from gallery.uploads.pictures import TRANSPOSES
from gallery.variants import THUMBNAIL, open_variant
from ml.attributes import FIELDS
from ml.faces.detectors import load_detector
from tests.hostile import avif
from tests.hostile.boxes import refers
from tests.hostile.parts import box

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


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
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


def test_of_avif_only_the_files_own_turn_counts_not_its_exif_datas():
    turned = (box(b"irot", b"\3"),)  # to the right
    said = avif.Item(b"Exif", bytes(4) + exif(orientation=3).removeprefix(b"Exif\0\0"))
    data = avif.avif({1: avif.picture((96, 64), extra=turned), 2: said}, refers(b"cdsc", 2, 1))

    image = clean(data)

    assert (image.width, image.height) == (64, 96)


def test_an_orientation_stated_in_xmp_alone_counts():
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:D tiff:Orientation="3"/></x:xmpmeta>'

    assert corner_of_red(picture(encode(draw(), xmp=xmp))) == "bottom right"


@pytest.mark.parametrize("behind", [b"", bytes(2_000_000)])
def test_exif_data_of_megabytes_is_not_worth_the_time(behind):
    notes = PngImagePlugin.PngInfo()
    lines = (exif(orientation=6) + behind).hex()
    notes.add_text("Raw profile type exif", f"\nexif\n{len(lines) // 2}\n{lines}", zip=False)

    for data in (
        encode(draw(), "PNG", pnginfo=notes),
        encode(draw(), "PNG", exif=exif(orientation=6) + behind),
        encode(draw(), "WEBP", exif=exif(orientation=6) + behind),
    ):
        assert corner_of_red(picture(data)) == ("top left" if behind else "top right")


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation):
    data = encode(draw(), exif=exif(orientation=orientation))

    assert corner_of_red(picture(data)) == "top left"


@pytest.mark.parametrize(
    "broken", [b"Exif\0\0", b"Exif\0\0II", b"Exif\0\0nonsense", exif(orientation=6)[:20]]
)
def test_broken_exif_leaves_the_picture_as_it_is(broken):
    assert corner_of_red(picture(encode(draw(), exif=broken))) == "top left"


# What a camera writes that was held in each way: the stored pixels are turned back by it.
TURNED_BACK = {
    1: None,
    **TRANSPOSES,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "format, options, most",
    [
        ("PNG", {}, 0.01),
        ("WEBP", {"lossless": True}, 0.01),
        ("JPEG", {"quality": 100}, 0.05),  # of eight pictures, which differ a little themselves
    ],
)
def test_a_face_has_one_thumbnail_and_the_same_probabilities_however_the_camera_was_held(
    gallery, format, options, most
):
    activate(settings.BASE_DIR / "ml" / "checkpoints" / "default")
    portrait = Image.fromarray(astronaut()).crop((0, 0, 448, 512))
    photos = []
    for orientation, turn in TURNED_BACK.items():
        held = portrait if turn is None else portrait.transpose(turn)
        data = encode(held, format, exif=exif(orientation=orientation), **options)
        photos.append(add_photo(gallery, SimpleUploadedFile(f"{orientation}.jpg", data))[0])

    Analyst(ActiveModel(), load_detector()).analyse_batch()

    faces = [photo.faces.exclude(detector="whole").get() for photo in photos]
    values = np.array([[getattr(face, name) for name in FIELDS] for face in faces])
    small = np.array([Image.open(open_variant(photo, THUMBNAIL)) for photo in photos], np.float32)
    assert np.ptp(values, axis=0).max() < most
    assert np.abs(small - small[0]).mean(axis=(1, 2, 3)).max() < 10
    assert np.ptp(values[0]) > 0.5  # it sees something
