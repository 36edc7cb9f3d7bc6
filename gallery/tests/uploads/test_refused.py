"""The gate: what is refused, and how that is said."""

import math
import pickle
import random
import subprocess
import sys
from io import BytesIO

import pytest
from django.conf import settings
from PIL import Image

from gallery.tests.pictures import (
    clean,
    corner_of_red,
    decoders_memory,
    draw,
    encode,
    exif,
    picture,
    png,
    refusal,
    swapped_profile,
)
from gallery.tests.uploads.test_hostile import FOLDER, files
from gallery.uploads.pictures import UploadError
from tests.hostile.jpeg import flat

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")


# Vector pictures that run scripts, or name files and addresses that a reader would open.
VECTORS = [
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><svg>&e;</svg>",
    b"<!DOCTYPE x [<!ENTITY % e SYSTEM 'http://127.0.0.1:9/e.dtd'> %e;]><svg/>",
    b"<svg xmlns:x='http://www.w3.org/1999/xlink'><image x:href='/etc/passwd'/></svg>",
    b"\x89PNG\r\n\x1a\n<svg><image href='http://127.0.0.1:9/'/></svg>",
    *((FOLDER / name).read_bytes() for name in files("reject_400") if name.startswith("svg/")),
]
# Refuses them in a process that tells what it opened meanwhile.
WATCHED = """
import pickle, sys
from gallery.uploads.pictures import UploadError, clean

def refuse(data):
    try:
        clean(data, 51_000_000)
    except UploadError:
        return
    sys.exit("taken")

refuse(b"anything")  # by then all modules are loaded
vectors = pickle.load(sys.stdin.buffer)
WORDS = ("open", "socket.", "urllib.", "subprocess.", "os.exec", "os.system", "ctypes.dlopen")
sys.addaudithook(lambda event, values: event.startswith(WORDS) and print(event, values, flush=True))
for data in vectors:
    refuse(data)
print("refused", len(vectors))
"""


@pytest.mark.slow
def test_vector_pictures_are_refused_without_opening_anything():
    outcome = subprocess.run(
        [sys.executable, "-c", WATCHED],
        input=pickle.dumps(VECTORS),
        cwd=settings.BASE_DIR,
        capture_output=True,
    )

    assert outcome.stdout.decode() == f"refused {len(VECTORS)}\n", outcome.stderr.decode()


def test_an_empty_file_is_refused():
    assert refusal(b"") == "The file is empty. Choose another one."


def test_a_file_of_exactly_the_limit_is_accepted_and_one_byte_more_is_not(settings):
    data = encode(draw())

    settings.MAX_UPLOAD_BYTES = len(data)
    assert clean(data).width == 96
    settings.MAX_UPLOAD_BYTES = len(data) - 1
    assert "The file is larger than" in refusal(data)


@pytest.mark.parametrize("format", ["BMP", "ICO", "PPM", "JPEG2000", "TGA"])
def test_another_format_is_refused(format):
    assert "Upload a JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF file." in refusal(
        encode(draw(), format)
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0" * 5000,
        b"hello" * 100,
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x08\0\0\0WEBP",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"<html><script>alert(1)</script></html>",
        b"MZ" + b"\0" * 200,
        b"%PDF-1.7\n" + b"\xff\xd8\xff",
    ],
)
def test_what_is_no_picture_is_refused(data):
    assert refusal(data).endswith(".")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_a_cut_file_is_refused(format, part):
    data = encode(draw((256, 256)), format)

    assert refusal(data[: int(len(data) * part)]).endswith(".")


def test_a_damaged_picture_is_refused_and_named_so():
    data = bytearray(encode(draw((256, 256)), "PNG"))
    data[len(data) // 2] ^= 0xFF

    assert refusal(bytes(data)).startswith("The picture is damaged or incomplete.")


@pytest.mark.parametrize("side", [7142, 10_000, 13_000, 20_000, 2**31 - 1])
def test_too_many_pixels_are_refused_by_the_header_alone(side):
    assert "more than 51 million pixels" in refusal(png(side, side, rows=b""))


def one_bit_png(side: int) -> bytes:
    return png(side, side, depth=1, rows=bytes((side // 8 + 1) * side))


@pytest.mark.parametrize(
    "data",
    [one_bit_png(13_000), flat((12_000, 12_000), sampling=[(1, 1)])],
    ids=["PNG of 169 megapixels in 26 kB", "gray JPEG of 144 megapixels"],
)
def test_too_many_pixels_take_no_memory(data):
    with decoders_memory() as memory:
        assert "pixels. Make it smaller" in refusal(data)

    assert memory() < 50_000_000


def test_too_many_pixels_are_refused_in_each_format(settings):
    settings.MAX_UPLOAD_PIXELS = 96 * 64 - 1

    for format in ("PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF"):
        assert "pixels. Make it smaller" in refusal(encode(draw(), format))


@pytest.mark.parametrize("size", [(140, 156), (156, 140), (141, 101)])
def test_a_jpeg_that_is_somewhat_too_large_is_stored_at_half_its_size(settings, size):
    settings.MAX_UPLOAD_PIXELS = 10_000

    image = clean(encode(draw(size)))

    assert (image.width, image.height) == tuple(math.ceil(side / 2) for side in size)
    assert corner_of_red(Image.open(BytesIO(image.content))) == "top left"


@pytest.mark.parametrize(
    "size, format, options",
    [
        ((150, 150), "JPEG", {}),
        ((120, 120), "JPEG", {"progressive": True}),
        ((120, 120), "PNG", {}),
    ],
)
def test_nothing_else_is_halved(settings, size, format, options):
    settings.MAX_UPLOAD_PIXELS = 10_000

    assert "pixels. Make it smaller" in refusal(encode(draw(size), format, **options))


def test_a_camera_of_50_megapixels_is_accepted_whole():
    image = clean(flat((8160, 6144)))  # 50.1 million: such cameras round down

    assert (image.width, image.height) == (8160, 6144)


def test_exactly_as_many_pixels_as_allowed_are_accepted(settings):
    settings.MAX_UPLOAD_PIXELS = 96 * 64

    assert clean(encode(draw())).width == 96


@pytest.mark.parametrize("size", [(1, 1), (31, 200), (65500, 8), (65535, 1)])
def test_too_few_pixels_to_a_side_are_refused(size):
    assert f"only {size[0]} x {size[1]} pixels" in refusal(png(*size))


@pytest.mark.parametrize("size, message", [((641, 32), "too long"), ((32, 641), "too long")])
def test_a_strip_is_refused(size, message):
    assert message in refusal(png(*size))


def test_the_narrowest_picture_is_accepted():
    assert picture(png(32, 640)).size == (32, 640)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF"])
def test_random_damage_is_accepted_or_refused_and_nothing_else(format):
    chance = random.Random(format)
    original = encode(draw(), format, exif=exif(orientation=6), icc_profile=swapped_profile())

    for _ in range(300):
        data = bytearray(original)
        for _ in range(chance.choice((1, 3, 20))):
            data[chance.randrange(len(data))] = chance.choice(
                (0, 1, 127, 255, chance.randrange(256))
            )
        try:
            assert clean(bytes(data)).content.startswith(b"\xff\xd8")
        except UploadError as error:
            assert str(error)
