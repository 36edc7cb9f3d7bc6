"""The gate: whatever a picture's colours were stored as, they look the same."""

import struct

import numpy as np
import pytest
from PIL import Image

from gallery.tests.pictures import (
    chunk,
    clean,
    draw,
    encode,
    mean,
    picture,
    png,
    refusal,
    swapped_profile,
)
from tests.hostile import avif, metadata
from tests.hostile.parts import box

RED, BLUE, WHITE = (254, 0, 0), (0, 0, 254), (255, 255, 255)


@pytest.mark.parametrize("level", [0, 127, 128, 255])
def test_sixteen_bit_gray_is_scaled_not_clipped(level):
    rows = (b"\0" + bytes([level, level]) * 64) * 64

    assert mean(picture(png(depth=16, color=0, rows=rows))) == (level,) * 3


def test_sixteen_bit_colour_is_scaled_not_clipped():
    rows = (b"\0" + bytes([200, 0, 100, 0, 50, 0]) * 64) * 64

    assert mean(picture(png(depth=16, color=2, rows=rows))) == pytest.approx((200, 100, 50), abs=2)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_transparent_picture_turns_white(mode):
    image = Image.new(mode, (64, 64))

    assert mean(picture(encode(image, "PNG"))) == WHITE


def test_half_transparent_black_turns_gray():
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 128))

    assert mean(picture(encode(image, "WEBP", lossless=True))) == (127, 127, 127)


def test_a_transparent_palette_colour_turns_white():
    image = Image.new("P", (64, 64), 3)
    image.putpalette(bytes(768))
    data = encode(image, "PNG", transparency=3)

    assert mean(picture(data)) == WHITE


@pytest.mark.parametrize("mode, format", [("1", "PNG"), ("L", "JPEG"), ("P", "PNG")])
def test_other_modes_become_rgb(mode, format):
    wanted = mean(draw(mode=mode).convert("RGB"))

    assert mean(picture(encode(draw(mode=mode), format))) == pytest.approx(wanted, abs=2)


def test_a_picture_of_four_inks_looks_like_its_rgb_twin():
    data = encode(draw(mode="CMYK"), quality=95)

    assert mean(picture(data)) == pytest.approx(mean(draw()), abs=10)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF"])
def test_colours_are_converted_from_the_embedded_profile(format):
    image = Image.new("RGB", (64, 64), RED)

    cleaned = picture(encode(image, format, icc_profile=swapped_profile()))

    assert mean(cleaned) == pytest.approx(BLUE, abs=6)
    assert "icc_profile" not in cleaned.info


@pytest.mark.parametrize("profile", [b"broken", swapped_profile()[:200], b"\0" * 5000])
def test_a_broken_profile_is_ignored(profile):
    data = encode(Image.new("RGB", (64, 64), RED), icc_profile=profile)

    assert mean(picture(data)) == pytest.approx(RED, abs=3)


def test_the_program_in_a_profile_is_left_aside_for_what_all_readers_take():
    tags = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), metadata.LINEAR)
    tags |= dict.fromkeys((b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt"), metadata.XYZ)
    program = {b"D2B%d" % intent: metadata.elements(1) for intent in range(4)}
    image = Image.new("RGB", (64, 64), (200, 100, 50))

    without, with_program = (
        mean(picture(encode(image, "PNG", icc_profile=metadata.profile(*each.items()))))
        for each in (tags, tags | program)
    )

    assert with_program == without != mean(image)


def test_a_profile_for_other_colours_is_ignored():
    data = encode(Image.new("L", (64, 64), 100), icc_profile=swapped_profile())

    assert mean(picture(data)) == (100, 100, 100)


def hdr_heic(size=(64, 64)) -> bytes:
    """Gray of 50 cd/m2 in BT.2020 and PQ: a quarter of the reference white, 137 in sRGB."""
    image = Image.fromarray(np.full((*size, 3), 112, np.uint8))
    codes = {"color_primaries": 9, "transfer_characteristics": 16, "matrix_coefficients": 9}
    return encode(image, "HEIF", quality=100, full_range_flag=1, **codes)


def test_high_dynamic_range_is_tone_mapped():
    assert mean(picture(hdr_heic())) == pytest.approx((137,) * 3, abs=4)


def test_an_avif_says_its_colors_by_codes_too():
    codes = box(b"colr", b"nclx", struct.pack(">HHHB", 1, 16, 1, 0x80))
    plain, told = (
        mean(picture(avif.avif({1: avif.picture((64, 64), extra=extra)})))
        for extra in ((), (codes,))
    )

    assert plain == pytest.approx((200, 0, 0), abs=3)
    assert told == pytest.approx((255, 0, 0), abs=3)  # 900 cd/m2 in PQ, far beyond white


def test_a_large_picture_whose_colours_take_a_table_is_halved(settings):
    settings.MAX_UPLOAD_PIXELS = 2 * 128 * 128

    assert clean(hdr_heic((128, 128))).width == 64
    assert clean(hdr_heic((64, 64))).width == 64
    assert clean(encode(draw((128, 128)), "HEIF")).width == 128


def test_colours_of_an_unknown_kind_are_refused_with_a_way_out():
    reason = refusal(png(extra=chunk(b"cICP", bytes([1, 17, 0, 1]))))

    assert "curve 17 of ITU-T H.273" in reason and "Save a copy in sRGB" in reason
