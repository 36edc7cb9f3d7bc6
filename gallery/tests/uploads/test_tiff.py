"""TIFF: photos are taken, and everything else that it can hold is refused in words."""

import pytest
from PIL import Image

from gallery.tests.pictures import (
    clean,
    corner_of_red,
    decoders_memory,
    draw,
    encode,
    mean,
    picture,
    refusal,
)
from gallery.uploads.structure import StructureError
from gallery.uploads.tiff import OtherKind, declared_pixels
from tests.hostile import tiff


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "P"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "packbits"])
def test_photos_as_programs_write_them_are_taken(mode, compression):
    data = encode(draw(mode=mode), "TIFF", compression=compression)

    assert corner_of_red(picture(data)) == "top left"


def test_gray_stays_gray_and_transparency_turns_white():
    gray = Image.new("L", (64, 64), 90)
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))

    assert mean(picture(encode(gray, "TIFF"))) == (90, 90, 90)
    assert mean(picture(encode(clear, "TIFF"))) == (255, 255, 255)


def test_tiles_count_to_their_edges():
    assert declared_pixels(tiff.tiled((100, 100), (64, 64))) == 128 * 128
    assert picture(tiff.tiled((100, 100), (64, 64))).size == (100, 100)
    assert declared_pixels(tiff.tiled((100, 100), (8192, 8192))) == 8192 * 8192


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encode(draw(mode="1"), "TIFF"), "1 bit per color instead of 8"),
        (encode(draw(mode="I;16"), "TIFF"), "16 bits per color instead of 8"),
        (encode(draw(mode="F"), "TIFF"), "32 bits per color instead of 8"),
        (encode(draw(), "TIFF", compression="jpeg"), "a compression other than"),
        (encode(draw(mode="LAB"), "TIFF"), "colors other than gray, RGB or CMYK"),
        (encode(draw(), "TIFF", tiffinfo={254: 1}), "a camera's raw data"),
        (encode(draw(), "TIFF", big_tiff=True), "BigTIFF"),
        (tiff.strips(MEANING=2), "values that are no colors"),
    ],
)
def test_other_kinds_are_named(data, words):
    assert words in refusal(data)
    assert refusal(data).endswith("Save a copy with 8 bits per color, or as JPEG, and upload that.")


@pytest.mark.parametrize(
    "data",
    [
        b"II*\0",
        b"MM\0*\0\0\0\x08\xff\xff",
        tiff.strips(STRIPS=[8] * 10_001, BYTES=[9] * 10_001),
        tiff.strips((64, 20_000), ROWS=1),
        tiff.tiled((4000, 4000), (16, 16)),
        tiff.tiled((64, 64), (0, 64), count=1),
        tiff.page(dict.fromkeys(range(1000, 1201), 1)),
    ],
)
def test_what_no_program_writes_is_refused_before_a_decoder_sees_it(data):
    with pytest.raises((StructureError, OtherKind)):
        declared_pixels(data)


def test_too_many_pixels_take_no_memory():
    with decoders_memory() as memory:
        assert "million pixels" in refusal(tiff.strips((12_000, 12_000), b"few"))

    assert memory() < 50_000_000


@pytest.mark.slow
def test_a_page_after_the_first_is_not_even_read():
    start = tiff.strips()
    film = encode(draw(), "TIFF", save_all=True, append_images=[draw((640, 480))] * 3)

    assert clean(film).width == 96
    assert declared_pixels(start + bytes(1000)) == declared_pixels(start)
