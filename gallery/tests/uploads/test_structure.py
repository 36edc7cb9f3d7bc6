"""The gate: what would keep a decoder busy is refused before one sees it."""

import random
import zlib

import pytest

from gallery.tests.pictures import chunk, clean, decoders_memory, draw, encode, png, refusal
from tests.hostile.parts import segment

MOST_BYTES = 150_000_000  # of memory
INFLATES = zlib.compress(bytes(60_000_000))


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"zTXt", b"a\0\0" + INFLATES),
        chunk(b"iTXt", b"a\0\1\0\0\0" + INFLATES),
        chunk(b"iCCP", b"a\0\0" + INFLATES),
        chunk(b"iCCP", b"a\0\0" + zlib.compress(b"profile")) * 2,
        chunk(b"prVt") * 20_000,
        chunk(b"tEXt", b"a\0b") * 20_000,
        chunk(b"IDAT") * 20_000,
    ],
)
def test_a_png_of_bombs_or_of_countless_chunks_is_refused(extra):
    bomb = png(extra=extra)

    with decoders_memory() as memory:
        assert refusal(bomb).endswith(".")

    assert memory() < MOST_BYTES


def test_pixels_that_inflate_without_end_are_read_no_further_than_needed():
    with decoders_memory() as memory:
        assert clean(png(rows=bytes(60_000_000))).width == 64

    assert memory() < MOST_BYTES


def test_a_jpeg_with_as_many_scans_as_encoders_write_is_accepted():
    assert clean(encode(draw(), progressive=True)).width == 96


def test_a_jpeg_of_countless_scans_is_refused():
    data = encode(draw(), progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]

    assert "no camera" in refusal(data[:-2] + scan * 100 + data[-2:])


@pytest.mark.parametrize(
    "filler",
    [
        b"\xff\xfe\0\2" * 20_000,
        b"\xff" * 200_000,
        b"\xff\0" * 100_000,
        b"\xff\xd9" + b"junk" * 50_000,
        (b"\xff\xf0\xfd\xe8" + b"a" * 64998) * 4,
        b"\xff\xd0" * 100_000,
        segment(0xE1, b"Exif\0\0" + bytes(100)) * 11,
        segment(0xDB, (b"\3" + bytes(64)) * 1000) * 11,
        segment(0xED, b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5000) * 3,
    ],
)
def test_a_jpeg_of_countless_segments_or_of_padding_is_refused(filler):
    data = encode(draw())

    assert "no camera" in refusal(data[:2] + filler + data[2:])


def test_a_video_behind_a_photo_does_not_count_as_scans():
    video = random.Random(1).randbytes(20_000) + b"\xff\xda" * 5000 + b"\xff\xfe" * 20_000

    assert clean(encode(draw()) + video).width == 96
