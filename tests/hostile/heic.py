"""Hostile HEIC files, a function for each kind."""

import struct
from collections.abc import Iterator
from itertools import pairwise

from tests.hostile.boxes import (
    FAST,
    SIZES,
    START,
    TILE,
    Item,
    coded,
    grid,
    grids,
    heic,
    ispe,
    names,
    overlay,
    picture,
    refers,
    tiles,
)
from tests.hostile.parts import LARGE, box, encoded, full, noise, srgb_profile, tiff


def declared_sizes() -> Iterator[bytes]:
    for told in [(7000, 7000), (64, 64), (8, 8), (0, 0), (2**32 - 1, 2**32 - 1), (30_000, 30_000)]:
        yield heic({1: picture(told=told)})
    settings, data = coded()
    yield heic({1: Item(b"hvc1", data, (settings,))})
    yield heic({1: Item(b"hvc1", data, (ispe((TILE, TILE)),))})
    yield heic({1: Item(b"hvc1", data, (ispe((64, 64)), ispe((TILE, TILE)), settings))})
    yield heic({1: picture(LARGE, told=(64, 64))})
    yield heic({1: picture(LARGE, told=(4000, 3000))})


def large_pictures() -> Iterator[bytes]:
    yield heic({1: picture(LARGE)})
    yield encoded(noise(LARGE, cell=64), "HEIF", quality=80, enc_params=FAST)
    alpha = full(b"auxC", b"urn:mpeg:hevc:2015:auxid:1\0")
    both = {1: picture((6000, 5000)), 2: picture((6000, 5000), extra=(alpha,), mode="L")}
    yield heic(both, refers(b"auxl", 2, 1))
    yield heic({1: picture(LARGE), 2: both[2]}, refers(b"auxl", 2, 1))


def tiled(rows: int, columns: int, mode: str = "RGB", told=None, size=None) -> bytes:
    """A grid of as many tiles as it needs."""
    numbers = range(2, 2 + rows * columns)
    whole = grid(rows, columns, size or (columns * TILE, rows * TILE), told)
    return heic({1: whole, **dict.fromkeys(numbers, picture(mode=mode))}, tiles(numbers))


def tiles_as_cameras_write_them() -> Iterator[bytes]:
    yield tiled(12, 16)
    yield tiled(12, 16, told=(1024, 768))
    yield tiled(11, 15, size=(15 * TILE - 500, 11 * TILE - 500))
    yield tiled(12, 16, size=(4 * TILE, 4 * TILE))
    yield tiled(3, 3, mode="noise")
    yield tiled(7, 8, mode="noise")


def one_tile_900_times() -> Iterator[bytes]:
    for side in (4096, 11_900):
        tile = picture(told=(side, side))
        yield heic({1: grid(30, 30, (30 * side, 30 * side)), 2: tile}, tiles([2] * 900))


def grids_of_tiles() -> Iterator[bytes]:
    for rows, columns, size in [
        (12, 16, (16 * TILE, 12 * TILE)),
        (12, 16, (16 * TILE - 500, 12 * TILE - 500)),
        (1, 1, (30_000, 30_000)),
        (1, 1, (7000, 7000)),
        (2, 2, (64, 64)),
        (30, 30, (30 * TILE, 30 * TILE)),
        (256, 256, (7000, 7000)),
    ]:
        count = rows * columns % 65_536
        for told in (size, (1024, 768)):
            yield heic({1: grid(rows, columns, size, told), 2: picture()}, tiles([2] * count))
    yield heic(
        {1: grid(12, 16, (16 * TILE, 12 * TILE)), 2: picture(mode="noise")}, tiles([2] * 192)
    )
    yield heic({1: grid(2, 2, (1024, 1024)), 2: picture()}, tiles([2, 2, 2]))
    yield heic({1: grid(2, 2, (1024, 1024)), 2: picture()}, tiles([2, 2, 2, 9]))
    yield heic({1: grid(2, 2, (1024, 1024)), 2: picture()})
    yield heic({1: grid(1, 1, (4096, 4096)), 2: picture((4096, 4096), told=(64, 64))}, tiles([2]))


def cycles() -> Iterator[bytes]:
    """Grids of grids of grids, of which some are in themselves."""
    yield grids((1, [1]))
    yield grids((1, [2]), (2, [1]))
    yield grids((1, [2]), (2, [3]), (3, [4]), (4, [5]), (5, [6]))
    for width in (8, 60, 120):
        levels = [range(start, start + width) for start in range(2, 2 + 3 * width, width)]
        pairs = [(1, list(levels[0]))]
        pairs += [(n, list(below)) for above, below in pairwise(levels) for n in above]
        yield grids(*pairs)
    yield heic({1: Item(b"iden", b"", (ispe((64, 64)),))}, tiles([1]))
    yield heic({1: Item(b"iden", b"", (ispe((TILE, TILE)),)), 2: picture()}, tiles([2]))
    yield heic({1: picture(), 2: picture()}, refers(b"auxl", 1, 1), refers(b"auxl", 2, 2))
    yield heic({1: picture(), 2: picture()}, refers(b"thmb", 1, 2), refers(b"thmb", 2, 1))


def overlays() -> Iterator[bytes]:
    for count, size, place in [
        (1, (7000, 7000), (0, 0)),
        (1, (5500, 5500), (0, 0)),
        (250, (1024, 1024), (0, 0)),
        (250, (7000, 7000), (0, 0)),
        (3, (30_000, 30_000), (0, 0)),
        (3, (64, 64), (-(2**31), 2**31 - 1)),
        (0, (1024, 1024), (0, 0)),
    ]:
        yield heic({1: overlay(count, size, place), 2: picture()}, tiles([2] * count))


def extents() -> Iterator[bytes]:
    """Data that is put together from the same bytes many times, or from elsewhere."""
    tile = picture()
    for count in (2, 31, 33, 1000, 65_535):
        yield heic({1: Item(tile.kind, tile.data, tile.properties, count)})
    data = heic({1: tile})
    at = data.index(b"iloc") + 12
    for offset, length in [(0, 0), (2**32 - 1, 2**32 - 1), (0, 2**31), (len(data), 99), (5, 99)]:
        yield data[: at + 8] + SIZES.pack(offset, length) + data[at + 16 :]
    for method in (0, 2, 3, 9):
        yield data[: at + 2] + struct.pack(">H", method) + data[at + 4 :]


def large_metadata() -> Iterator[bytes]:
    """Items that say they are hundreds of megabytes, made of a few."""
    for kind, size, count in [
        (b"Exif", 5_000_000, 30),
        (b"Exif", 20_000_000, 31),
        (b"mime", 9_000_000, 30),
    ]:
        beside = Item(kind, bytes(size), (), count, shared=True)
        yield heic({1: picture(), 2: beside}, refers(b"cdsc", 2, 1))
        items = {1: picture(), **dict.fromkeys(range(2, 40), beside)}
        yield heic(items, *(refers(b"cdsc", n, 1) for n in range(2, 40)))
    turned = Item(b"Exif", b"\0\0\0\0" + tiff((0x112, 3, 1, 6), after=8))
    yield heic({1: picture(), 2: turned}, refers(b"cdsc", 2, 1))


def transforms() -> Iterator[bytes]:
    """Cropped, turned and mirrored, in odd ways."""
    for values in [
        (1024, 1, 64, 1, 0, 1, 0, 1),
        (64, 1, 64, 1, 2**31, 1, 0, 1),
        (64, 0, 64, 1, 0, 1, 0, 1),
        (0, 1, 0, 1, 0, 1, 0, 1),
        (2**32 - 1, 1, 2**32 - 1, 2**32 - 1, 1, 1, 1, 1),
        (64, 1, 64, 1, 0, 1, 0, 1),
    ]:
        yield heic({1: picture(extra=(box(b"clap", struct.pack(">8I", *values)),))})
    yield heic({1: picture(extra=(box(b"irot", b"\xff"), box(b"imir", b"\xff")))})
    yield heic({1: picture(extra=(box(b"irot", b"\1"),) * 200)})
    yield heic({1: picture((6000, 5000), extra=(box(b"irot", b"\1"), box(b"imir", b"\1")))})
    yield heic({1: picture(LARGE, extra=(box(b"irot", b"\1"),))})


def colors() -> Iterator[bytes]:
    for kind, body in [
        (b"nclx", struct.pack(">HHHB", 9, 16, 9, 0x80)),
        (b"nclx", struct.pack(">HHHB", 99, 999, 9999, 0)),
        (b"nclx", b""),
        (b"prof", b"profile"),
        (b"prof", srgb_profile()[:200]),
        (b"prof", srgb_profile() + bytes(9_000_000)),
        (b"rICC", srgb_profile("LAB")),
        (b"odd?", b""),
    ]:
        yield heic({1: picture(extra=(box(b"colr", kind, body),))})
    yield heic({1: picture((6000, 5000), extra=(box(b"colr", b"prof", srgb_profile("LAB")),))})


def alpha_planes() -> Iterator[bytes]:
    alpha = full(b"auxC", b"urn:mpeg:hevc:2015:auxid:1\0")
    plane = picture(extra=(alpha,), mode="L")
    yield heic({1: picture(), 2: plane}, refers(b"auxl", 2, 1))
    yield heic({1: picture((64, 64)), 2: plane}, refers(b"auxl", 2, 1))
    yield heic(
        {1: picture(), 2: picture(LARGE, (TILE, TILE), (alpha,), "L")}, refers(b"auxl", 2, 1)
    )
    pairs = {1: grid(6, 8, (8 * TILE, 6 * TILE))}
    pairs |= dict.fromkeys(range(2, 50), picture()) | dict.fromkeys(range(52, 100), plane)
    yield heic(pairs, tiles(range(2, 50)), *(refers(b"auxl", n + 50, n) for n in range(2, 50)))
    many = range(2, 400)
    yield heic({1: picture(), **dict.fromkeys(many, plane)}, *(refers(b"auxl", n, 1) for n in many))
    wide = {1: picture(), 2: grid(30, 30, (30 * TILE, 30 * TILE)), 3: picture()}
    yield heic(wide, tiles([3] * 900, 2), refers(b"auxl", 2, 1))


def box_floods() -> Iterator[bytes]:
    """Millions of boxes, links and counts, all in one file."""
    tile = {1: picture()}
    data = heic(tile)
    few = box(b"free") * 9000
    yield heic(tile, extra=box(b"free") * 2_400_000)
    yield data + full(b"meta", few) * 270
    yield data + box(b"free") * 9000
    yield heic(tile, *[refers(b"dimg", n % 60_000 + 2, 1) for n in range(1_500_000)])
    yield heic(tile, *[refers(b"auxl", 2, *[1] * 60_000)] * 190)
    yield heic(tile, refers(b"dimg", 1, *range(2, 60_000)))
    links = full(
        b"ipma", struct.pack(">I", 9000), (struct.pack(">HB", 1, 255) + b"\1" * 255) * 9000
    )
    yield heic(tile, extra=box(b"iprp", box(b"ipco"), links * 9))
    yield heic(tile, extra=box(b"iprp", box(b"ipco", ispe((9, 9)) * 1_000_000)))
    for count in (0, 2, 60_000):
        yield data.replace(names(tile), names(tile, count))
    many = {1: picture(), **dict.fromkeys(range(2, 9000), Item(b"mime", b"a"))}
    yield heic(many)
    yield heic({1: picture(extra=(box(b"free"),) * 200)})


def odd_boxes() -> Iterator[bytes]:
    data = heic({1: picture()})
    meta = data[len(START) :]
    for size in (0, 1, 7, 8, 2**31, 2**32 - 1):
        yield START + box(b"free", bytes(40), size=size) + meta
        yield START + struct.pack(">I", size) + meta[4:]
    large = struct.pack(">I4sQ", 1, b"meta", 2**63) + meta[8:]
    yield START + large
    deep = b""
    for _ in range(3000):
        deep = box(b"meta", bytes(4), deep)
    yield START + deep
    yield START
    yield START + meta + meta
    yield START + meta + heic({1: picture(LARGE)})[len(START) :]
    yield START + heic({1: picture(LARGE)})[len(START) :] + meta
    for brand in (b"mif1", b"msf1", b"hevc", b"mif3", b"avif", b"jpeg", bytes(4)):
        yield data.replace(b"ftypheic", b"ftyp" + brand)
    yield box(b"ftyp", b"mif3", b"heic", b"mif3") + box(b"mini", bytes(range(200)))
    yield box(b"ftyp", b"heic", bytes(4), b"heic" * 1_000_000) + meta


KINDS = (
    declared_sizes,
    large_pictures,
    tiles_as_cameras_write_them,
    grids_of_tiles,
    one_tile_900_times,
    cycles,
    overlays,
    extents,
    large_metadata,
    transforms,
    colors,
    alpha_planes,
    box_floods,
    odd_boxes,
)
