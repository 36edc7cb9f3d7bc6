"""Files that are two things at once, or damaged pictures, a function for each kind."""

from collections.abc import Iterator
from random import Random

from tests.hostile import boxes, jpeg, png, webp
from tests.hostile.parts import box, chunk, encoded, flipped, noise, riff, segment, truncated

PAGE = b"<html><script>alert(1)</script></html>"
PROGRAM = b"<?php system($_GET[0]); ?>"
ZIP = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
SIZE = (320, 240)


def good() -> list[bytes]:
    """A valid file of each format."""
    return [
        encoded(noise(SIZE, cell=8), "JPEG", progressive=True),
        encoded(noise(SIZE, cell=8), "PNG"),
        encoded(noise(SIZE, cell=8), "WEBP"),
        encoded(noise(SIZE, "RGBA", 8), "WEBP", lossless=True),
        encoded(noise(SIZE, cell=8), "HEIF"),
        encoded(noise(SIZE, cell=8), "AVIF"),
        encoded(noise(SIZE, cell=8), "TIFF", compression="tiff_lzw"),
        encoded(noise(SIZE, cell=8), "GIF"),
    ]


def polyglots() -> Iterator[bytes]:
    for script in (PAGE, PROGRAM, ZIP):
        yield jpeg.flat(SIZE, extra=segment(0xFE, script))
        yield png.png(SIZE, extra=chunk(b"tEXt", b"Comment\0" + script))
        yield webp.webp(webp.extended(SIZE), webp.lossy(SIZE), riff(b"JUNK", script))
        yield boxes.heic({1: boxes.picture()}, extra=box(b"free", script))
        yield from (data + script for data in good())
        yield from (script + data for data in good())
    yield b"GIF89a" + jpeg.flat(SIZE)
    yield b"%PDF-1.7\n" + jpeg.flat(SIZE)
    yield jpeg.START + segment(0xFE, png.png(SIZE)) + jpeg.flat(SIZE)[2:]
    yield webp.webp(riff(b"VP8 ", jpeg.flat(SIZE)))
    yield boxes.START + jpeg.flat(SIZE)
    yield boxes.heic({1: boxes.Item(b"jpeg", jpeg.flat(SIZE), (boxes.ispe(SIZE),))})


def concatenated() -> Iterator[bytes]:
    """One picture after the other; what follows the first does not count."""
    files = good()
    for first in files:
        yield from (first + second for second in files)
    yield jpeg.flat(SIZE) * 5000
    yield jpeg.flat(SIZE)[:-2] * 100
    yield png.png(SIZE) * 20_000


def cut_off() -> Iterator[bytes]:
    for data in good():
        yield from truncated(data, 10)
    yield from truncated(jpeg.flat(jpeg.LARGE), 5)
    yield from truncated(png.png(png.LARGE), 5)


def changed_bits() -> Iterator[bytes]:
    for data in good():
        yield from flipped(data, 10)
        yield from flipped(data[:400], 5, bits=5)
        yield from flipped(data, 5, bits=1)


def garbage() -> Iterator[bytes]:
    """The first bytes of each format, and then anything."""
    random = Random(1)
    for data in good():
        for length in (12, 30, 200):
            yield data[:length] + random.randbytes(5000)
            yield data[:length] + b"\xff" * 5000
        yield data[:12]
    yield b""
    yield b"\xff\xd8\xff" * 1_000_000


KINDS = (polyglots, concatenated, cut_off, changed_bits, garbage)
