"""Hostile TIFF files, a function for each kind."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.hostile.parts import LONG, UNDEFINED, encoded, noise, srgb_profile

SIZE = (64, 64)
LARGE = (5200, 4200)  # as many pixels as a TIFF may have, nearly
WIDTH, HEIGHT, BITS, COMPRESSION, COLORS, STRIPS, SAMPLES, ROWS, BYTES, PLANES = (
    256,
    257,
    258,
    259,
    262,
    273,
    277,
    278,
    279,
    284,
)
TURN, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, MEANING = 274, 322, 323, 324, 325, 339
NONE, FAX, LZW, OLD_JPEG, JPEG, DEFLATE, PACKBITS, LERC, ZSTD, WEBP = (
    1,
    4,
    5,
    6,
    7,
    8,
    32773,
    34887,
    50000,
    50001,
)


def page(tags: dict[int, object], *, data: bytes = b"", after: int = 0, order: str = "<") -> bytes:
    """A file with one page; a tag's value is a number, a list of numbers, or bytes.

    `data` comes first, right behind the header.
    """
    start = 8 + len(data)
    rows, rest = b"", b""
    at = start + 2 + 12 * len(tags) + 4
    for tag, value in sorted(tags.items()):
        kind, body, count = _body(value, order)
        if len(body) > 4:
            rest, body = rest + body, struct.pack(order + "I", at + len(rest))
        rows += struct.pack(order + "HHI", tag, kind, count) + body.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    listed = struct.pack(order + "H", len(tags)) + rows + struct.pack(order + "I", after)
    return head + data + listed + rest


def _body(value: object, order: str) -> tuple[int, bytes, int]:
    if isinstance(value, bytes):
        return UNDEFINED, value, len(value)
    numbers = value if isinstance(value, (list, tuple)) else [value]
    return LONG, struct.pack(f"{order}{len(numbers)}I", *numbers), len(numbers)


def strips(size=SIZE, data: bytes = b"", compression: int = DEFLATE, **more: object) -> bytes:
    """A picture in one strip; `more` are other tags, by name."""
    content = data or zlib.compress(bytes(size[0] * size[1] * 3))
    tags = {
        WIDTH: size[0],
        HEIGHT: size[1],
        BITS: (8, 8, 8),
        COMPRESSION: compression,
        COLORS: 2,
        STRIPS: 8,
        SAMPLES: 3,
        ROWS: size[1],
        BYTES: len(content),
        PLANES: 1,
    }
    return page(tags | {globals()[name]: value for name, value in more.items()}, data=content)


def tiled(size, tile, count: int | None = None, compression: int = DEFLATE) -> bytes:
    """A picture in tiles, all of which are the same bytes."""
    content = zlib.compress(bytes(tile[0] * tile[1] * 3))
    count = count or -(-size[0] // tile[0]) * -(-size[1] // tile[1])
    tags = {
        WIDTH: size[0],
        HEIGHT: size[1],
        BITS: (8, 8, 8),
        COMPRESSION: compression,
        COLORS: 2,
        SAMPLES: 3,
        TILE_WIDTH: tile[0],
        TILE_HEIGHT: tile[1],
        TILES: [8] * count,
        TILE_BYTES: [len(content)] * count,
    }
    return page(tags, data=content)


def declared_sizes() -> Iterator[bytes]:
    few = zlib.compress(bytes(64 * 64 * 3))
    for size in [
        (2**32 - 1, 2**32 - 1),
        (30_000, 30_000),
        (5500, 5500),
        (0, 0),
        (1, 2**31),
        (64, 0),
    ]:
        yield strips(size, few)
        yield strips(size, few, ROWS=1)
        yield strips(size, few, ROWS=0)
        yield strips(size, few, ROWS=2**32 - 1)
        yield strips(size, bytes(12_288), NONE)
    yield strips(BYTES=2**32 - 1)
    yield strips(STRIPS=2**32 - 1)
    yield strips(SAMPLES=2**31)
    yield strips(SAMPLES=0)


def pixel_bombs() -> Iterator[bytes]:
    """As many pixels as are accepted, in a few kilobytes."""
    for mode in ("RGB", "RGBA", "CMYK", "LA", "P", "L"):
        for compression in ("tiff_lzw", "tiff_deflate", "packbits", None):
            yield encoded(Image.new(mode, LARGE), "TIFF", compression=compression)
    for turn in (3, 6):
        yield strips(LARGE, TURN=turn)
        image = Image.new("CMYK", LARGE)
        yield encoded(image, "TIFF", compression="tiff_lzw", tiffinfo={TURN: turn})
    yield encoded(noise((2900, 2800)), "TIFF", compression="tiff_lzw")
    yield encoded(noise((2900, 2800)), "TIFF")


def strips_and_tiles() -> Iterator[bytes]:
    """Many, huge, or none."""
    few = zlib.compress(bytes(64 * 3))
    for count in (1, 64, 10_000, 10_001, 1_000_000):
        yield strips(SIZE, few, ROWS=1, STRIPS=[8] * count, BYTES=[len(few)] * count)
    for compression in (DEFLATE, NONE):
        yield tiled((4000, 4000), (256, 256), compression=compression)
        yield tiled((4000, 4000), (16, 16), compression=compression)
        yield tiled((4000, 4000), (48, 48), compression=compression)
        yield tiled((100, 100), (4096, 4096), compression=compression)
        yield tiled((100, 100), (16, 16), count=1_000_000, compression=compression)
    yield tiled((64, 64), (1, 1))
    yield strips((250, 4900), few, ROWS=1, STRIPS=[8] * 4900, BYTES=[len(few)] * 4900)
    yield strips((640, 9900), few, ROWS=1, STRIPS=[8] * 9900, BYTES=[len(few)] * 9900)
    planes = bytes(5200 * 4200)
    yield strips(LARGE, zlib.compress(planes), PLANES=2, STRIPS=[8] * 3, BYTES=[22_000] * 3)
    yield strips(
        (2000, 2000), bytes(4_000_000), NONE, PLANES=2, STRIPS=[8] * 3, BYTES=[4_000_000] * 3
    )


def inflated() -> Iterator[bytes]:
    """A strip that inflates to far more than the picture takes, or is deep."""
    bomb = zlib.compress(bytes(2_000_000_000), 1)[:24_000_000]
    yield strips((2000, 2000), bomb)
    yield strips((2000, 2000), bomb, ROWS=1)
    yield strips((4000, 4000), b"\x80\x0b\x60\x50" + b"\xff" * 5_000_000, LZW)
    yield strips((4000, 4000), b"\x80\x00" * 5_000_000, LZW)
    yield strips((4000, 4000), b"\x80" * 20_000_000, PACKBITS)
    yield strips((4000, 4000), b"\x81\x00" * 10_000_000, PACKBITS)


def tag_floods() -> Iterator[bytes]:
    many = struct.pack("<H", 65_535) + struct.pack("<HHII", 700, UNDEFINED, 20_000_000, 8) * 65_535
    yield b"II*\0" + struct.pack("<I", 8) + many + bytes(4)
    for tag in (34665, 34853, 330):
        yield _with_list(tag, many)
    for tag in (700, 34377, 34675, 33723, 37500):
        yield _with_bytes(tag, bytes(24_000_000))
    yield _with_bytes(34377, (b"8BIM" + bytes(8)) * 2_000_000)
    yield _with_bytes(34675, srgb_profile() + bytes(9_000_000))


def _with_list(tag: int, listed: bytes) -> bytes:
    """A picture whose tag points to a list of others."""
    content = zlib.compress(bytes(64 * 64 * 3))
    at = 8 + len(content)
    tags = _plain(content) | {tag: at}
    return page(tags, data=content + listed)


def _with_bytes(tag: int, value: bytes) -> bytes:
    content = zlib.compress(bytes(64 * 64 * 3))
    return page(_plain(content) | {tag: value}, data=content)


def _plain(content: bytes) -> dict[int, object]:
    return {
        WIDTH: 64,
        HEIGHT: 64,
        BITS: (8, 8, 8),
        COMPRESSION: DEFLATE,
        COLORS: 2,
        STRIPS: 8,
        SAMPLES: 3,
        ROWS: 64,
        BYTES: len(content),
    }


def many_pages() -> Iterator[bytes]:
    """Pages in an endless chain, of which only the first counts."""
    data = strips()
    start = struct.unpack_from("<I", data, 4)[0]
    end = start + 2 + 12 * 10
    yield data[:end] + struct.pack("<I", start) + data[end + 4 :]
    yield data[:end] + struct.pack("<I", 2**32 - 1) + data[end + 4 :]
    small = Image.new("RGB", SIZE)
    yield encoded(small, "TIFF", save_all=True, append_images=[small] * 1000)


def other_kinds() -> Iterator[bytes]:
    """What TIFF can hold besides photos."""
    for compression in (FAX, OLD_JPEG, JPEG, LERC, ZSTD, WEBP, 0, 65_535):
        yield strips(compression=compression)
    for colors in (0, 1, 3, 4, 5, 6, 8, 32803, 65_535):
        yield strips(COLORS=colors)
    for bits in (1, 2, 4, 12, 16, 32, 64, (8, 16, 8)):
        yield strips(BITS=bits)
    for meaning in (2, 3, 4, 6):
        yield strips(MEANING=meaning)
    data = strips()
    yield data.replace(b"II*\0", b"II+\0")
    yield data.replace(b"II*\0", b"MM*\0")
    yield data.replace(b"II*\0", b"II\0*")
    yield page(_plain(b"") | {50706: 1}, data=b"")
    yield page(_plain(b"") | {254: 1}, data=b"")
    yield page({}, data=b"")
    yield b"II*\0" + bytes(4)
    yield b"MM\0*" + b"\xff" * 4


KINDS = (
    declared_sizes,
    pixel_bombs,
    strips_and_tiles,
    inflated,
    tag_floods,
    many_pages,
    other_kinds,
)
