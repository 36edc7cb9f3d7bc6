"""What hostile HEIC files are put together from: the boxes of ISO/IEC 14496-12 and 23008-12."""

import struct
from dataclasses import dataclass
from functools import cache

from PIL import Image
from pillow_heif import register_heif_opener

from tests.hostile.parts import box, encoded, full, noise

register_heif_opener()
START = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
TILE = 512  # pixels a side
ESSENTIAL, TRANSFORMS = 0x8000, (b"irot", b"imir", b"clap")  # libavif wants these marked
SIZES = struct.Struct(">II")
FAST = {"preset": "ultrafast"}  # of x265, which else takes a minute and 2 GB for a large picture


@dataclass(frozen=True)
class Item:
    kind: bytes
    data: bytes
    properties: tuple[bytes, ...] = ()
    extents: int = 1  # how often its data is said to follow itself
    shared: bool = False  # with the item before


def ispe(size: tuple[int, int]) -> bytes:
    return full(b"ispe", SIZES.pack(*size))


@cache
def coded(size: tuple[int, int] = (TILE, TILE), mode: str = "RGB") -> tuple[bytes, bytes]:
    """The decoder's settings, and the data, of a picture of one color, or of noise."""
    image = noise(size) if mode == "noise" else Image.new(mode, size, 200)
    file = encoded(image, "HEIF", quality=90, enc_params=FAST)
    settings, data = file.index(b"hvcC") - 4, file.index(b"mdat") - 4
    length = int.from_bytes(file[settings : settings + 4])
    return file[settings : settings + length], file[
        data + 8 : data + int.from_bytes(file[data : data + 4])
    ]


def picture(size=(TILE, TILE), told=None, extra: tuple[bytes, ...] = (), mode: str = "RGB") -> Item:
    settings, data = coded(size, mode)
    return Item(b"hvc1", data, (ispe(told or size), settings, *extra))


def grid(rows: int, columns: int, size: tuple[int, int], told=None) -> Item:
    head = bytes([0, 1, (rows - 1) & 0xFF, (columns - 1) & 0xFF])
    return Item(b"grid", head + SIZES.pack(*size), (ispe(told or size),))


def overlay(count: int, size: tuple[int, int], places=(0, 0)) -> Item:
    body = bytes([0, 1]) + b"\xff" * 8 + SIZES.pack(*size) + struct.pack(">ii", *places) * count
    return Item(b"iovl", body, (ispe(size),))


def refers(kind: bytes, source: int, *targets: int) -> bytes:
    return box(kind, struct.pack(f">HH{len(targets)}H", source, len(targets), *targets))


def names(items: dict[int, Item], count: int | None = None) -> bytes:
    each = [
        full(b"infe", struct.pack(">HH", n, 0), i.kind, b"\0", version=2) for n, i in items.items()
    ]
    return full(b"iinf", struct.pack(">H", (len(each) if count is None else count) & 0xFFFF), *each)


def places(items: dict[int, Item]) -> tuple[bytes, bytes]:
    """Where the items' data lies, and the data; what is said to be several extents, only once."""
    data, rows = bytearray(), []
    for number, item in items.items():
        start = data.rfind(item.data) if item.shared else -1
        if start < 0:
            start = len(data)
            data += item.data
        rows.append(struct.pack(">HHHH", number, 1, 0, item.extents))
        rows.append(SIZES.pack(start, len(item.data)) * item.extents)
    return full(b"iloc", b"\x44\0", struct.pack(">H", len(items)), *rows, version=1), box(
        b"idat", bytes(data)
    )


def owned(items: dict[int, Item]) -> bytes:
    properties: list[bytes] = []
    rows = []
    for number, item in items.items():
        properties += [one for one in item.properties if one not in properties]
        indices = [
            (properties.index(one) + 1) | (ESSENTIAL if one[4:8] in TRANSFORMS else 0)
            for one in item.properties
        ]
        rows.append(struct.pack(f">HB{len(indices)}H", number, len(indices), *indices))
    links = full(b"ipma", struct.pack(">I", len(rows)), *rows, flags=1)
    return box(b"iprp", box(b"ipco", *properties), links)


def heic(items: dict[int, Item], *references: bytes, main: int = 1, extra: bytes = b"") -> bytes:
    handler = full(b"hdlr", bytes(4), b"pict", bytes(13))
    first = full(b"pitm", struct.pack(">H", main))
    links = full(b"iref", *references) if references else b""
    parts = handler, first, *places(items), names(items), owned(items), links, extra
    return START + full(b"meta", *parts)


def tiles(numbers, target: int = 1) -> bytes:
    return refers(b"dimg", target, *numbers)


def grids(*pairs: tuple[int, list[int]], size=(1024, 1024)) -> bytes:
    """Grids of others, by their numbers; what is no grid is a tile."""
    parts = dict(pairs)
    numbers = sorted({*parts, *(n for each in parts.values() for n in each)})
    items = {n: grid(1, len(parts[n]), size) if n in parts else picture() for n in numbers}
    return heic(items, *(tiles(each, number) for number, each in pairs))
