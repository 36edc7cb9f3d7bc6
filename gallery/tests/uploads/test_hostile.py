"""The gate against the collection of odd and broken files, where it lies beside the checkout."""

import csv
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image, ImageChops, ImageOps, ImageStat

from gallery.names import clean_name
from gallery.uploads.gate import clean_image
from gallery.uploads.pictures import UploadError

FOLDER = settings.BASE_DIR.parent / "shared" / "data" / "hostile"
MANIFEST = FOLDER / "MANIFEST.csv"
pytestmark = [
    pytest.mark.skipif(not MANIFEST.exists(), reason="no collection of hostile files here"),
    pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin"),
]

# Files that may be refused or accepted: what was decided. Everything else of "policy" is refused.
ACCEPTED_BY_POLICY = {
    "animation/gif_1000_frames.gif",  # its first frame
    "animation/webp_120_frames.webp",  # its first frame
    "avif-heif/hopper-missing-pixi.avif",
    "avif-heif/rot0mir0.avif",
    "avif-heif/rot0mir1.avif",
    "avif-heif/rot1mir1.avif",
    "avif-heif/rot2mir1.avif",
    "avif-heif/rot3mir1.avif",
    "gif/Crash_test.gif",
    "gif/chi.gif",
    "gif/hopper.gif",
    "gif/hopper_zero_comment_subblocks.gif",
    "gif/rotating-squares.gif",
    "gif/transparent.gif",
    "heic/L_exif_xmp_iptc.heic",
    "heic/empty_icc.heic",
    "tiff/tiff_wrong_bits_per_sample.tiff",
    "tiff/tiff_wrong_bits_per_sample_3.tiff",
}
# Good files that the collection would refuse for their format alone; it is accepted by now.
TAKEN_BY_NOW = ["exif-privacy/exif.avif", "format-not-allowed/hopper.iccprofile.tif"]


def files(*expected: str) -> list[str]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(newline="") as lines:
        deserved = {row["file"]: row["expected"] for row in csv.DictReader(lines)}
    deserved |= dict.fromkeys(TAKEN_BY_NOW, "accept")
    return [name for name, each in deserved.items() if each in expected]


def clean(name: str):
    return clean_image(ContentFile((FOLDER / name).read_bytes()))


def picture(name: str) -> Image.Image:
    return Image.open(BytesIO(clean(name).content))


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two pictures of one size, in levels of 0..255."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@pytest.mark.parametrize("name", files("accept"))
def test_an_odd_but_good_file_becomes_a_plain_jpeg(name):
    image = clean(name)

    jpeg = Image.open(BytesIO(image.content))
    jpeg.load()
    assert (jpeg.format, jpeg.mode) == ("JPEG", "RGB")
    assert set(jpeg.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for trace in (b"SECRET", b"Exif", b"adobe", b"<script", b"<?php", b"ICC_PROFILE"):
        assert trace not in image.content


@pytest.mark.parametrize("name", files("reject_400"))
def test_a_bad_file_is_refused_with_a_sentence(name):
    with pytest.raises(UploadError, match=r"^[A-Z].*\.$"):
        clean(name)


@pytest.mark.parametrize("name", files("policy"))
def test_a_file_that_may_go_either_way_goes_as_decided(name):
    try:
        clean(name)
        accepted = True
    except UploadError:
        accepted = False

    assert accepted == (name in ACCEPTED_BY_POLICY)


@pytest.mark.parametrize(
    "name, reference",
    [
        ("gen_orientation_0.jpg", "gen_orientation_1.jpg"),
        ("gen_orientation_9.jpg", "gen_orientation_1.jpg"),
        ("hopper_orientation_3.webp", "hopper_orientation_8.jpg"),
        ("hopper_orientation_5.webp", "hopper_orientation_8.jpg"),
        ("hopper_orientation_8.webp", "hopper_orientation_8.jpg"),
        ("Portrait_2.jpg", "Portrait_1.jpg"),
        ("Portrait_3.jpg", "Portrait_1.jpg"),
        ("Portrait_5.jpg", "Portrait_1.jpg"),
        ("Portrait_8.jpg", "Portrait_1.jpg"),
        ("Landscape_4.jpg", "Landscape_2.jpg"),
        ("Landscape_5.jpg", "Landscape_2.jpg"),
    ],
)
def test_every_orientation_comes_out_as_the_same_picture(name, reference):
    one = picture(f"exif-orientation/{name}")
    other = picture(f"exif-orientation/{reference}")

    assert one.size == other.size
    assert difference(one, other) < 10


@pytest.mark.parametrize("orientation", [2, 5, 7, 8])
def test_an_orientation_is_applied_once(orientation):
    name = f"exif-orientation/gen_orientation_{orientation}.jpg"
    upright = ImageOps.exif_transpose(Image.open(FOLDER / name))

    assert difference(picture(name), upright) < 10


def test_a_picture_of_four_inks_looks_like_its_rgb_twin():
    one = picture("jpeg-modes/pil_sample_cmyk.jpg")
    other = picture("jpeg-modes/pil_sample_rgb.jpg")

    assert difference(one, other) < 10


def test_sixteen_bit_gray_is_scaled_not_clipped():
    (mean, *_) = ImageStat.Stat(picture("modes/gray16.png")).mean

    assert mean == pytest.approx(127, abs=3)


def test_a_transparent_picture_turns_white():
    assert picture("modes/rgba_fully_transparent.png").getextrema() == ((255, 255),) * 3


def test_every_hostile_file_name_gets_a_harmless_one():
    names = (FOLDER / "strings" / "filenames.txt").read_text().split("\n")

    for name in map(clean_name, names):
        assert 0 < len(name) <= 255
        assert name.isprintable()
        assert Path(name).name == name
