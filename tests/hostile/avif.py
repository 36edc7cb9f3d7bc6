"""Hostile AVIF files, a function for each kind."""

import struct
from collections.abc import Iterator
from functools import cache

from PIL import Image

from tests.hostile.boxes import START as HEIC
from tests.hostile.boxes import Item, grid, heic, ispe, refers, tiles
from tests.hostile.parts import box, encoded, full, noise, srgb_profile

START = box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf")
TILE = 512  # pixels a side
LARGE = (4400, 3300)  # as many pixels as an AVIF may have, nearly
ALPHA = full(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
FAST = {"speed": 10, "max_threads": 2}


@cache
def coded(size: tuple[int, int] = (TILE, TILE), mode: str = "RGB") -> tuple[bytes, bytes]:
    """The decoder's settings, and the data, of a picture of one color, or of noise."""
    image = noise(size) if mode == "noise" else Image.new(mode, size, 200)
    file = encoded(image, "AVIF", quality=90, **FAST)
    settings, data = file.index(b"av1C") - 4, file.index(b"mdat") - 4
    length = int.from_bytes(file[settings : settings + 4])
    return file[settings : settings + length], file[
        data + 8 : data + int.from_bytes(file[data : data + 4])
    ]


def picture(
    size=(TILE, TILE), told=None, extra: tuple[bytes, ...] = (), mode: str = "RGB", times: int = 1
) -> Item:
    settings, data = coded(size, mode)
    return Item(b"av01", data * times, (ispe(told or size), settings, *extra))


def avif(items: dict[int, Item], *references: bytes, extra: bytes = b"") -> bytes:
    return heic(items, *references, extra=extra).replace(HEIC, START, 1)


def unit(kind: int, body: bytes = b"") -> bytes:
    """One of a picture's data."""
    length, rest = b"", len(body)
    while rest > 127:
        length, rest = length + bytes([rest & 127 | 128]), rest >> 7
    return bytes([kind << 3 | 2]) + length + bytes([rest]) + body


def declared_sizes() -> Iterator[bytes]:
    for told in [(7000, 7000), (64, 64), (8, 8), (0, 0), (2**32 - 1, 2**32 - 1), (30_000, 30_000)]:
        yield avif({1: picture(told=told)})
    settings, data = coded()
    yield avif({1: Item(b"av01", data, (settings,))})
    yield avif({1: Item(b"av01", data, (ispe((TILE, TILE)),))})
    yield avif({1: picture(LARGE, told=(64, 64))})
    yield avif({1: picture((8000, 6000), told=(64, 64))})
    yield avif({1: picture((8000, 6000), told=(4000, 3000))})


def large_pictures() -> Iterator[bytes]:
    yield avif({1: picture(LARGE)})
    yield avif({1: picture((8000, 6000))})
    yield encoded(noise(LARGE, cell=8), "AVIF", quality=80, **FAST)
    yield encoded(noise(LARGE), "AVIF", quality=70, subsampling="4:4:4", **FAST)
    yield encoded(noise((3000, 2300), "RGBA"), "AVIF", quality=70, subsampling="4:4:4", **FAST)
    both = {1: picture(LARGE), 2: picture(LARGE, extra=(ALPHA,), mode="L")}
    yield avif(both, refers(b"auxl", 2, 1))
    yield avif({1: picture(LARGE, extra=(box(b"irot", b"\1"),))})


def many_frames() -> Iterator[bytes]:
    """Pictures whose data holds others, which a decoder computes before the one that counts."""
    for times in (2, 4, 5, 100, 10_000):
        yield avif({1: picture(times=times)})
    yield avif({1: picture(LARGE, times=4)})
    yield avif({1: picture(LARGE, times=1000)})
    small = coded((64, 64))[1]
    settings, data = coded(LARGE)
    yield avif({1: Item(b"av01", small + data, (ispe((64, 64)), settings))})
    yield avif({1: Item(b"av01", data + small, (ispe((64, 64)), settings))})
    films = [Image.new("RGB", (64, 64), (n, 0, 0)) for n in range(30)]
    yield encoded(films[0], "AVIF", save_all=True, append_images=films[1:], **FAST)


def tiled_pictures() -> Iterator[bytes]:
    for rows, columns in [(2, 2), (5, 7), (12, 16), (30, 30)]:
        numbers = range(2, 2 + rows * columns)
        size = (columns * TILE, rows * TILE)
        yield avif(
            {1: grid(rows, columns, size), **dict.fromkeys(numbers, picture())}, tiles(numbers)
        )
        yield avif({1: grid(rows, columns, size), 2: picture()}, tiles([2] * rows * columns))
    yield avif({1: grid(1, 1, (30_000, 30_000)), 2: picture()}, tiles([2]))
    yield avif(
        {1: grid(2, 2, (64, 64)), **dict.fromkeys(range(2, 6), picture())}, tiles(range(2, 6))
    )
    yield avif({1: grid(2, 2, (1024, 1024)), 2: picture()})
    yield avif({1: grid(2, 2, (1024, 1024)), 2: grid(2, 2, (512, 512))}, tiles([2]), tiles([1], 2))


def units() -> Iterator[bytes]:
    """Data of millions of units, or of odd ones."""
    settings, data = coded()
    wide = ispe((TILE, TILE)), settings
    for flood in (unit(15) * 10_000_000, unit(5, bytes(3)) * 4_000_000, unit(2) * 9000):
        yield avif({1: Item(b"av01", flood + data, wide)})
        yield avif({1: Item(b"av01", data + flood, wide)})
    for odd in (unit(15, bytes(20_000_000)), bytes(1000), b"\xff" * 1000, b"\x0a" + b"\x80" * 50):
        yield avif({1: Item(b"av01", odd + data, wide)})
        yield avif({1: Item(b"av01", odd, wide)})
    for kind in range(16):
        yield avif({1: Item(b"av01", unit(kind, bytes(40)) + data, wide)})
        yield avif({1: Item(b"av01", unit(kind, b"\xff" * 40) + data, wide)})
    for place in range(2, 30):
        changed = bytearray(data)
        changed[place] ^= 0xFF
        yield avif({1: Item(b"av01", bytes(changed), wide)})


def extents() -> Iterator[bytes]:
    settings, data = coded()
    for count in (2, 31, 1000, 65_535):
        yield avif({1: Item(b"av01", data, (ispe((TILE, TILE)), settings), count)})
    file = avif({1: picture()})
    at = file.index(b"iloc") + 12
    for offset, length in [(0, 0), (2**32 - 1, 2**32 - 1), (0, 2**31), (len(file), 99), (5, 99)]:
        yield file[: at + 8] + struct.pack(">II", offset, length) + file[at + 16 :]
    for method in (0, 2, 3, 9):
        yield file[: at + 2] + struct.pack(">H", method) + file[at + 4 :]


def colors_and_metadata() -> Iterator[bytes]:
    for kind, body in [
        (b"nclx", struct.pack(">HHHB", 9, 16, 9, 0x80)),
        (b"nclx", struct.pack(">HHHB", 99, 999, 9999, 0)),
        (b"nclx", b""),
        (b"prof", b"profile"),
        (b"prof", srgb_profile() + bytes(9_000_000)),
        (b"odd?", b""),
    ]:
        yield avif({1: picture(extra=(box(b"colr", kind, body),))})
    for size in (5_000_000, 20_000_000):
        beside = Item(b"Exif", bytes(size))
        yield avif({1: picture(), 2: beside}, refers(b"cdsc", 2, 1))
    for turns in (box(b"irot", b"\xff"), box(b"imir", b"\xff"), box(b"irot", b"\1") * 200):
        yield avif({1: picture(extra=(turns,))})


def odd_boxes() -> Iterator[bytes]:
    file = avif({1: picture()})
    for brand in (b"mif1", b"msf1", b"avis", b"heic", b"jpeg", bytes(4)):
        yield file.replace(b"ftypavif", b"ftyp" + brand)
    yield file.replace(b"av01", b"hvc1")
    yield file.replace(b"av01", b"jpeg")
    yield file + box(b"moov", bytes(100))
    yield avif({1: picture()}, extra=box(b"free") * 2_400_000)
    yield avif({1: picture(), 2: Item(b"hvc1", b"")})
    yield START


KINDS = (
    declared_sizes,
    large_pictures,
    many_frames,
    tiled_pictures,
    units,
    extents,
    colors_and_metadata,
    odd_boxes,
)
