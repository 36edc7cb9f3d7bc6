"""The gate: what a picture would take in memory is told before it is decoded."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from gallery.tests.pictures import chunk, clean, draw, encode, png, refusal
from gallery.uploads.decoder import decoder
from gallery.uploads.memory import bytes_a_pixel
from gallery.uploads.pictures import LARGEST_RESULT
from tests.hostile import jpeg

SIDE = 100
PLAIN = encode(draw((SIDE, SIDE)), subsampling="4:4:4")
PROGRESSIVE = encode(draw((SIDE, SIDE)), subsampling="4:4:4", progressive=True)
SEPARATE = jpeg.separate((SIDE, SIDE), jpeg.PLAIN)
TURNED = png(64, 64, color=2, rows=bytes(193) * 64, extra=chunk(b"tRNS", bytes(6)))


def told(data: bytes, is_turned: bool = False) -> float:
    return bytes_a_pixel(Image.open(BytesIO(data)), data, is_turned)


@pytest.mark.parametrize(
    "data, copies, coefficients",
    [
        (PLAIN, 1, 0),
        (PROGRESSIVE, 1, 6),
        (SEPARATE, 1, 6),
        (encode(draw(), progressive=True, subsampling="4:2:0"), 1, 3),
        (jpeg.separate((64, 64), jpeg.FEW), 1, 3),
        (encode(draw(mode="CMYK"), progressive=True), 2, 8),
        (encode(draw(mode="RGBA"), "PNG"), 2, 0),
        (encode(draw(mode="LA"), "PNG"), 3, 0),
        (png(depth=16, color=2, rows=bytes(385) * 64), 2, 0),
        (png(depth=16, color=0, rows=bytes(129) * 64), 3, 0),
        (TURNED, 3, 0),
    ],
)
def test_each_copy_counts_and_so_do_the_coefficients_of_several_scans(data, copies, coefficients):
    assert told(data) == 4 * copies + coefficients


def test_turning_takes_another_copy():
    assert told(PLAIN, is_turned=True) == 8


def test_a_jpeg_of_several_scans_is_refused_at_fewer_pixels(settings):
    settings.MAX_UPLOAD_PIXELS = SIDE * SIDE * 5 // 4

    assert clean(PLAIN).width == SIDE
    for data in (PROGRESSIVE, SEPARATE):
        assert "million pixels" in refusal(data)


def test_a_jpeg_of_several_scans_is_halved_where_only_its_coefficients_fit(settings):
    settings.MAX_UPLOAD_PIXELS = SIDE * SIDE * 3 // 2

    assert [clean(data).width for data in (PROGRESSIVE, SEPARATE)] == [SIDE // 2] * 2


@pytest.mark.slow
def test_noise_that_would_take_too_many_bytes_is_stored_at_half_its_size():
    noise = jpeg.flat((5600, 4000), bits=127, quantum=255)

    image = clean(noise)

    assert (image.width, image.height) == (2800, 2000)
    assert len(image.content) < LARGEST_RESULT


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells no memory")
def test_the_process_gives_back_what_a_picture_took():
    clean(encode(draw()))
    before = held()

    for data in (jpeg.progressive((6000, 4000), []), jpeg.separate((6000, 4000), jpeg.FEW)):
        clean(data)
    clean(encode(draw()))

    assert held() - before < 20_000_000


def held() -> int:
    """The bytes of the process that decodes."""
    lines = Path(f"/proc/{decoder.start()}/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmData"))
