"""Hostile GIF files, a function for each kind."""

import struct
from collections.abc import Iterator
from random import Random

from PIL import Image

from tests.hostile.parts import LARGE, encoded, noise

SIZE = (64, 64)
COLORS = bytes(range(6)) + bytes(6)
EMPTY, END = b"\0", b";"


def parts(data: bytes, length: int = 255) -> bytes:
    """The data of a block, cut into parts that end with an empty one."""
    pieces = (data[at : at + length] for at in range(0, len(data), length))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + EMPTY


def codes(*values: int, size: int = 3) -> bytes:
    """Codes of LZW, all of the same size."""
    bits = sum(value << (size * place) for place, value in enumerate(values))
    return bits.to_bytes(size * len(values) // 8 + 1, "little")


def picture(size=SIZE, at=(0, 0), data: bytes = b"", least: int = 2, flags: int = 0) -> bytes:
    return b"," + struct.pack("<4HBB", *at, *size, flags, least) + (data or parts(codes(4, 1, 5)))


def gif(*blocks: bytes, size=SIZE, end: bytes = END) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0x81, 0, 0) + COLORS + b"".join(blocks) + end


def plain(size: tuple[int, int], **options: object) -> bytes:
    """A picture of one color, whole."""
    return encoded(Image.new("P", size), "GIF", **options)


def declared_sizes() -> Iterator[bytes]:
    for size in [(65_535, 65_535), (7200, 7200), (0, 0), (1, 65_535), (64, 0)]:
        yield gif(picture(), size=size)
        yield gif(picture(size))
        yield gif(picture(), picture(size))
    yield gif(picture(at=(65_535, 65_535)))
    yield gif(picture((1, 1), at=(9000, 9000)))


def pixel_bombs() -> Iterator[bytes]:
    for size in (LARGE, (7100, 7100), (12_000, 12_000)):
        yield plain(size)
        yield plain(size, transparency=0)
        yield plain(size, interlace=1)
    yield encoded(noise((3000, 3000)).convert("P"), "GIF")
    yield encoded(noise((4000, 4000)).quantize(16), "GIF", transparency=3)


def many_pictures() -> Iterator[bytes]:
    yield gif(picture() * 1_000_000)
    yield gif(picture() * 9000)
    data = plain(LARGE)
    yield data[:-1] + data[data.index(b",") :] * 40
    yield gif(*[picture(LARGE)] * 1000)


def block_floods() -> Iterator[bytes]:
    """Millions of blocks, or of parts of one, before the picture."""
    yield gif(b"!\xfe\0" * 8_000_000, picture())
    yield gif(b"!\xfe" + parts(bytes(25_000_000)), picture())
    yield gif(b"!\xfe" + parts(bytes(12_000_000), 1), picture())
    yield gif(b"!\xff" + parts(b"NETSCAPE2.0" + bytes(12_000_000), 11), picture())
    yield gif(b"!\xf9\x04\1\0\0\0\0" * 3_000_000, picture())
    yield gif(bytes(25_000_000), picture())
    yield gif(b"x" * 9000, picture())
    yield gif(picture(data=parts(bytes(12_000_000), 1)))
    yield gif(b"!" * 20_000_000)
    yield gif(end=b"")


def codes_of_lzw() -> Iterator[bytes]:
    """Data that restarts all the time, never ends, or has impossible values."""
    random = Random(1)
    size = (4000, 4000)
    for data in (b"\x24\x49\x92" * 8_000_000, bytes(20_000_000), b"\xff" * 20_000_000):
        yield gif(picture(size, data=parts(data)), size=size)
    for least in (0, 1, 8, 11, 12, 13, 255):
        yield gif(picture(data=parts(random.randbytes(5000)), least=least))
    yield gif(picture(size, data=parts(random.randbytes(24_000_000), 255), least=8), size=size)
    yield gif(picture(size, data=parts(random.randbytes(1000), 1)), size=size)
    yield gif(picture(data=b"\xff" * 200), end=b"")
    yield gif(picture(flags=0xFF))


KINDS = (declared_sizes, pixel_bombs, many_pictures, block_floods, codes_of_lzw)
