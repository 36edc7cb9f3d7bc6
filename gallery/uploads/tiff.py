"""Reads what the first page of a TIFF is, before any decoder sees the file.

TIFF can hold anything: faxes, camera raw data, measurements, maps. This accepts what programs write
for photos: 8 bits per color, without compression, or with one that only repeats bytes. Pages
after the first are ignored. The layout is that of TIFF 6.0.
"""

import math
import struct
from dataclasses import dataclass

from gallery.uploads.structure import MAX_PARTS, StructureError
from gallery.uploads.words import Words, gettext_noop

ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
MOST_TAGS = 200  # of a page, or of a list that it points to: programs write about thirty
SIZES = {1: "B", 3: "H", 4: "I"}  # of the types of numbers that are read here

KIND, WIDTH, HEIGHT, BITS, COMPRESSION, COLORS = 254, 256, 257, 258, 259, 262
STRIPS, SAMPLES, STRIP_ROWS, PLANES = 273, 277, 278, 284
TILE_WIDTH, TILE_HEIGHT, TILES, MEANING = 322, 323, 324, 339
EXIF, PLACE, INTEROP, PAGES, RAW = 34665, 34853, 40965, 330, 50706

# No JPEG: its data would need the checks of a JPEG, and no photo program writes it by default.
# Nothing for faxes.
COMPRESSIONS = (1, 5, 8, 32946, 32773)  # none, LZW, deflate, PackBits
MOST_SAMPLES = {0: 2, 1: 2, 2: 4, 3: 1, 5: 4}  # gray, gray, RGB, palette, CMYK; with transparency


class OtherKind(ValueError):
    """The file is a TIFF of a kind that is not accepted; `words` say why."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.words = Words(message, values)

    def __str__(self) -> str:
        return str(self.words)


@dataclass(frozen=True)
class _Tag:
    type: int
    count: int
    place: int  # where its values are


class _Reader:
    """A file in one byte order."""

    def __init__(self, data: bytes, order: str) -> None:
        self.data, self.order = data, order

    def unpack(self, format: str, place: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + format, self.data, place)

    def tags(self, place: int) -> dict[int, _Tag]:
        """The tags of a page. A second one with the same number is ignored."""
        (count,) = self.unpack("H", place)
        if count > MOST_TAGS:
            raise StructureError("too many tags in a TIFF")
        found: dict[int, _Tag] = {}
        for number in range(count):
            at = place + 2 + 12 * number
            tag, kind, length = self.unpack("HHI", at)
            is_short = kind in SIZES and length * struct.calcsize(SIZES[kind]) <= 4
            where = at + 8 if is_short else self.unpack("I", at + 8)[0]
            found.setdefault(tag, _Tag(kind, length, where))
        return found

    def numbers(self, tag: _Tag | None, default: int) -> tuple[int, ...]:
        if tag is None:
            return (default,)
        if tag.type not in SIZES or not 0 < tag.count <= MAX_PARTS:
            raise StructureError("a list in a TIFF that is too long, or has no numbers")
        return self.unpack(f"{tag.count}{SIZES[tag.type]}", tag.place)


def declared_pixels(data: bytes) -> int:
    """The pixels that decoding the first page computes, including those beyond its edges.

    Returns 0 if this is not a TIFF.

    Raises:
        StructureError: it has more parts than any program writes, or ends too early.
        OtherKind: it is of a kind that is not accepted.
    """
    if data[:2] not in (b"II", b"MM"):
        return 0
    if data[:4] not in ORDERS:
        raise OtherKind(gettext_noop("BigTIFF, or none at all"))
    reader = _Reader(data, ORDERS[data[:4]])
    try:
        return _pixels(reader, reader.tags(reader.unpack("I", 4)[0]))
    except struct.error as error:
        raise StructureError("a TIFF that ends too early") from error


def _pixels(reader: _Reader, page: dict[int, _Tag]) -> int:
    def first(tag: int, default: int = 0) -> int:
        return reader.numbers(page.get(tag), default)[0]

    _check_kind(reader, page)
    _check_lists(reader, page)
    wide, high = first(WIDTH), first(HEIGHT)
    if TILES in page:
        # The decoder holds a whole tile, and decodes each.
        across, down = first(TILE_WIDTH), first(TILE_HEIGHT)
        if not across or not down:
            raise StructureError("a TIFF with tiles of no size")
        wide, high = _up(wide, across), _up(high, down)
        parts = (wide // across) * (high // down)
    else:
        parts = math.ceil(high / max(first(STRIP_ROWS, high), 1))
    listed = page.get(TILES) or page.get(STRIPS)
    if parts > MAX_PARTS or listed is None or listed.count > MAX_PARTS:
        raise StructureError("too many strips or tiles in a TIFF, or none")
    return wide * high


def _up(length: int, unit: int) -> int:
    return math.ceil(length / unit) * unit


def _check_kind(reader: _Reader, page: dict[int, _Tag]) -> None:
    """Raise OtherKind unless the page is a photo as programs write them."""
    bits = reader.numbers(page.get(BITS), 1)
    meaning = reader.numbers(page.get(MEANING), 1)
    (compression, *_) = reader.numbers(page.get(COMPRESSION), 1)
    (colors, *_) = reader.numbers(page.get(COLORS), 0)
    (samples, *_) = reader.numbers(page.get(SAMPLES), 1)
    (planes, *_) = reader.numbers(page.get(PLANES), 1)
    if RAW in page or reader.numbers(page.get(KIND), 0)[0] & 1:
        raise OtherKind(gettext_noop("a camera's raw data"))
    if set(bits) == {1}:
        raise OtherKind(gettext_noop("1 bit per color instead of 8"))
    if set(bits) != {8}:
        raise OtherKind(gettext_noop("%(bits)s bits per color instead of 8"), bits=max(bits))
    if set(meaning) != {1}:
        raise OtherKind(gettext_noop("values that are no colors"))
    if compression not in COMPRESSIONS:
        raise OtherKind(gettext_noop("a compression other than LZW, ZIP or PackBits"))
    if not 1 <= samples <= MOST_SAMPLES.get(colors, 0) or planes not in (1, 2):
        raise OtherKind(gettext_noop("colors other than gray, RGB or CMYK"))


def _check_lists(reader: _Reader, page: dict[int, _Tag]) -> None:
    """Raise StructureError for too many tags in the lists that Pillow also reads."""
    for tag in (EXIF, PLACE):
        if tag in page:
            (at, *_) = reader.numbers(page[tag], 0)
            inner = reader.tags(at)
            if INTEROP in inner:
                reader.tags(reader.numbers(inner[INTEROP], 0)[0])
