"""Hostile WebP files, a function for each kind. The layout is that of RFC 9649."""

import struct
from collections.abc import Iterator
from random import Random

from PIL import Image

from tests.hostile.parts import Bits, encoded, noise, riff, srgb_profile, tiff

ALPHA, ANIMATION, EXIF, COLORS = 0x10, 0x02, 0x08, 0x20
SMALL, MOST = (96, 64), (4300, 3800)


def webp(*chunks: bytes, size: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def three(value: int) -> bytes:
    return struct.pack("<I", value)[:3]


def extended(size: tuple[int, int], flags: int = 0) -> bytes:
    wide, high = size
    return riff(b"VP8X", bytes([flags, 0, 0, 0]) + three(wide - 1) + three(high - 1))


def lossless_head(size: tuple[int, int]) -> Bits:
    bits = Bits()
    bits.put(0x2F, 8)
    bits.put(size[0] - 1, 14)
    bits.put(size[1] - 1, 14)
    bits.put(0, 4)  # no alpha, version 0
    return bits


def one_symbol(bits: Bits, count: int = 1) -> None:
    """A Huffman code for one symbol, 0, that takes no bit; so many of them."""
    for _ in range(count):
        bits.put(0b0001, 4)


def all_bytes(bits: Bits, others: int) -> None:
    """A Huffman code of 8 bits for each byte, and none for so many other symbols."""
    bits.put(0, 1)
    bits.put(12 - 4, 4)  # of the lengths' own lengths, in the order 17 18 0 1 2 3 4 5 16 6 7 8
    for length in (0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1):
        bits.put(length, 3)
    bits.put(0, 1)
    bits.put((1 << 256) - 1, 256)
    bits.put(0, others)


def lossless(size: tuple[int, int]) -> bytes:
    """One color."""
    bits = lossless_head(size)
    bits.put(0, 3)  # no transform, cache or groups
    one_symbol(bits, 5)
    return riff(b"VP8L", bits.bytes())


def grouped(size: tuple[int, int], groups: int) -> bytes:
    """Each square of 4 x 4 pixels names one of so many groups of Huffman codes."""
    bits = lossless_head(size)
    bits.put(0b100, 3)  # no transform, no cache, but groups ...
    bits.put(0, 3)  # ... for squares of 4 x 4
    bits.put(0, 1)  # no cache
    all_bytes(bits, 24)
    all_bytes(bits, 0)
    one_symbol(bits, 3)
    for number in range(-(-size[0] // 4) * -(-size[1] // 4)):
        bits.code(number % groups & 0xFF, 8)
        bits.code(number % groups >> 8, 8)
    one_symbol(bits, 5 * groups)
    return riff(b"VP8L", bits.bytes())


def lossy(size: tuple[int, int] = SMALL, **options: object) -> bytes:
    """The chunk of a lossy picture."""
    return encoded(Image.new("RGB", size, "teal"), "WEBP", method=0, **options)[12:]


def frame(size: tuple[int, int], chunk: bytes, place=(0, 0)) -> bytes:
    head = three(place[0] // 2) + three(place[1] // 2) + three(size[0] - 1) + three(size[1] - 1)
    return riff(b"ANMF", head + three(100) + b"\0" + chunk)


def animation(size: tuple[int, int], *frames: bytes) -> bytes:
    return webp(extended(size, ANIMATION), riff(b"ANIM", bytes(6)), *frames)


# --- The kinds


def declared_sizes() -> Iterator[bytes]:
    """A picture of 96 x 64 that says it has another size."""
    for size in [(4000, 4000), (16384, 16384), (1, 1), (1, 16384), (64, 96)]:
        yield webp(extended(size), lossy())
        yield webp(lossless(size)[:20] + bytes(4))
    head = struct.pack("<HH", *SMALL)
    for size in [(16383, 16383), (3000, 3000), (1, 1), (0, 0)]:
        yield webp(lossy().replace(head, struct.pack("<HH", *size)))
    yield webp(extended((2**24, 2**24)), lossy())
    yield webp(extended(SMALL), lossy((4000, 3900)))


def large_pictures() -> Iterator[bytes]:
    """As large as is allowed, from few bytes or from many."""
    yield webp(lossless(MOST))
    yield webp(lossy(MOST))
    yield encoded(noise(MOST, cell=8), "WEBP", method=0, quality=90)
    yield encoded(noise((2700, 2700)), "WEBP", method=0, lossless=True, quality=0)
    yield encoded(noise(MOST, "RGBA", 16), "WEBP", method=0)
    yield webp(extended(MOST, COLORS), riff(b"ICCP", srgb_profile("LAB")), lossless(MOST))


def groups_of_codes() -> Iterator[bytes]:
    """Sixty-five thousand groups of Huffman codes, for each of which a decoder has tables."""
    for side, groups in [(1024, 65_536), (1024, 20_000), (800, 900), (1024, 2)]:
        yield webp(grouped((side, side), groups))
    yield webp(grouped(MOST, 6000))


def animations() -> Iterator[bytes]:
    one = lossy((32, 32))
    yield animation(MOST, *[frame((32, 32), one)] * 3)
    yield animation((16384, 16384), frame((32, 32), one))
    yield animation((64, 64), *[frame((32, 32), one)] * 20_000)
    yield animation((64, 64), frame((32, 32), one, (62, 62)))
    yield animation((64, 64), frame((4000, 3900), lossy((4000, 3900))))
    yield animation((64, 64), frame((64, 64), one))
    yield animation((64, 64))
    yield animation((64, 64), frame((32, 32), b""), frame((32, 32), one))
    yield animation(MOST, frame(MOST, lossless(MOST)), frame(MOST, lossless(MOST)))
    yield webp(extended((64, 64), ANIMATION), one)
    yield webp(extended((64, 64)), riff(b"ANIM", bytes(6)), frame((32, 32), one))


def alpha_planes() -> Iterator[bytes]:
    random = Random(1)
    for body in (b"", b"\0", b"\1" + bytes(500), b"\2" + bytes(96 * 64), b"\xff" + bytes(9)):
        yield webp(extended(SMALL, ALPHA), riff(b"ALPH", body), lossy())
    yield webp(extended(SMALL, ALPHA), riff(b"ALPH", b"\0" + random.randbytes(96 * 64)), lossy())
    yield webp(extended(SMALL, ALPHA), riff(b"ALPH", b"\0") * 5000, lossy())
    yield webp(extended(SMALL), riff(b"ALPH", b"\0" + bytes(96 * 64)), lossy())
    plane = b"\0" + random.randbytes(4000 * 3900)
    yield webp(extended((4000, 3900), ALPHA), riff(b"ALPH", plane), lossy((4000, 3900)))
    packed = b"\1" + lossless((4000, 3900))[13:]  # without the head of a picture
    yield webp(extended((4000, 3900), ALPHA), riff(b"ALPH", packed), lossy((4000, 3900)))


def lying_heads() -> Iterator[bytes]:
    """What VP8X says of the rest is not so."""
    for flags in (0, 0xFF, ALPHA, EXIF | COLORS):
        yield webp(extended(SMALL, flags), lossy())
    yield webp(extended(SMALL), extended(SMALL), lossy())
    yield webp(lossy(), extended(SMALL))
    yield webp(extended(SMALL), lossy(), lossless(SMALL))
    yield webp(extended(SMALL))
    yield webp(riff(b"JUNK"), lossy())
    yield webp(riff(b"VP8X", bytes(4)), lossy())


def lying_lengths() -> Iterator[bytes]:
    data = lossy()
    for size in (0, 4, 12, 2**31, 2**32 - 1, 2**32 - 10):
        yield webp(data, size=size)
    for size in (0, 1, 2**31, 2**32 - 1, 2**32 - 9):
        yield webp(data[:4] + struct.pack("<I", size) + data[8:])
        yield webp(extended(SMALL, COLORS), riff(b"ICCP", b"profile", size), data)


def chunk_floods() -> Iterator[bytes]:
    for kind, body, count in [
        (b"JUNK", b"", 2_000_000),
        (b"EXIF", tiff((0x112, 3, 1, 6)), 500_000),
        (b"ICCP", bytes(400), 40_000),
        (b"XMP ", b"<" * 20_000_000, 1),
        (b"EXIF", bytes(20_000_000), 1),
    ]:
        yield webp(extended(SMALL, EXIF | COLORS), riff(kind, body) * count, lossy())
        yield webp(extended(SMALL, EXIF | COLORS), lossy(), riff(kind, body) * count)


KINDS = (
    declared_sizes,
    large_pictures,
    groups_of_codes,
    animations,
    alpha_planes,
    lying_heads,
    lying_lengths,
    chunk_floods,
)
