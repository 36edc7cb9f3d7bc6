"""How many pixels a HEIC or AVIF file has a decoder compute, read from its boxes beforehand.

A picture can be a grid of tiles, and one tile could stand in it any number of times: 42 kB would
keep a decoder busy for minutes. So can an item's data be the same bytes many times over, and a few
bytes lay one tile on a canvas as large as a picture may be. No camera writes any of these. The
boxes are those of ISO/IEC 14496-12 and 23008-12.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gallery.uploads.structure import MAX_PARTS, StructureError

PARTS_OF, HELPS = b"dimg", b"auxl"  # references: a grid to its tiles, an alpha plane to its picture
AV1 = b"av01"  # a kind of item
OVERLAY = b"iovl"  # a kind of item: pictures laid on a canvas, which takes memory a second time
SINGLE = {b"meta", b"pitm", b"iloc", b"iref", b"iprp", b"ipco"}  # boxes: who reads a second one?
ALPHA = b"auxid:1\0", b"auxiliary:alpha\0"  # how the kind of an alpha plane ends
DEEPEST = 4  # pictures within pictures
OVERLAP = 2  # times the file's size that all items may have: none of them has to share bytes


class _Reader:
    """The boxes of a file, of which only so many are looked at, whatever lies in which."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left = MAX_PARTS
        self._known: set[bytes] = set()

    def take(self, count: int = 1) -> None:
        """Count boxes, or numbers in a list."""
        self._left -= count
        if self._left < 0:
            raise StructureError("too many boxes in a HEIC file")

    def unpack(self, format: str, place: int) -> tuple[int, ...]:
        return struct.unpack_from(f">{format}", self.data, place)

    def boxes(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """The kind of each box, where its body begins, and where it ends."""
        while start + 8 <= end:
            self.take()
            size, kind = struct.unpack_from(">I4s", self.data, start)
            body = start + 8
            if size == 1:
                (size,) = self.unpack("Q", body)
                body += 8
            stop = end if size == 0 else start + size
            if not body <= stop <= end or kind in self._known:
                raise StructureError("boxes in a HEIC file that do not fit, or come twice")
            self._known |= {kind} & SINGLE
            yield kind, body, stop
            start = stop


# Whether data lies within the boxes, where it begins, and how long it is.
Extent = tuple[bool, int, int]


@dataclass
class Items:
    """The pictures in a file, by number."""

    main: int = 0
    areas: dict[int, int] = field(default_factory=dict)  # in pixels
    parts: dict[int, list[int]] = field(default_factory=dict)  # the tiles of a grid, in order
    helpers: dict[int, list[int]] = field(default_factory=dict)  # alpha planes and the like
    alphas: set[int] = field(default_factory=set)
    places: dict[int, list[Extent]] = field(default_factory=dict)
    colors: dict[int, tuple[int, int]] = field(default_factory=dict)  # primaries and curve
    inner: int = 0  # where the data within the boxes begins
    are_av1: bool = False
    is_sequence: bool = False
    _met: set[int] = field(default_factory=set)

    def pixels(self, item: int, depth: int = 0) -> int:
        """What decoding an item takes: a grid, its tiles and their alpha planes, each only once."""
        if item in self._met or depth == DEEPEST:
            raise StructureError("a picture in a HEIC file that is decoded again and again")
        self._met.add(item)
        parts = self.parts.get(item, [])
        alphas = self.alphas.intersection(self.helpers.get(item, []))
        own = 0 if parts else self.areas.get(item, 0)
        return own + sum(self.pixels(other, depth + 1) for other in (*parts, *alphas))


def decoded_pixels(data: bytes) -> int:
    """The pixels that decoding the main picture computes; 0 if this is no HEIC file.

    Raises:
        StructureError: its boxes do not fit into each other, or there are too many.
    """
    if data[4:8] != b"ftyp":
        return 0
    items = read_items(data)
    return items.pixels(items.main)


def read_items(data: bytes) -> Items:
    """What the boxes of a HEIC or AVIF file say of its pictures.

    Raises:
        StructureError: the boxes do not fit into each other, or there are too many.
    """
    try:
        return _read(_Reader(data))
    except (struct.error, IndexError) as error:
        raise StructureError("a box in a HEIC file ends too early") from error


def _read(reader: _Reader) -> Items:
    items = Items()
    for kind, start, end in reader.boxes(0, len(reader.data)):
        items.is_sequence |= kind == b"moov"
        if kind != b"meta":
            continue
        for inner, body, stop in reader.boxes(start + 4, end):
            if inner == b"pitm":
                (items.main,) = reader.unpack("I" if reader.data[body] else "H", body + 4)
            elif inner == b"iinf":
                if reader.data.find(OVERLAY, body, stop) >= 0:
                    raise StructureError("a canvas in a HEIC file, on which pictures are laid")
                items.are_av1 |= reader.data.find(AV1, body, stop) >= 0
            elif inner == b"iloc":
                _read_places(reader, body, items)
            elif inner == b"idat":
                items.inner = body
            elif inner == b"iref":
                _read_references(reader, body, stop, items)
            elif inner == b"iprp":
                _read_properties(reader, body, stop, items)
    return items


def _read_places(reader: _Reader, start: int, items: Items) -> None:
    """Read where items are; refuse items that have more bytes than the file."""
    version, (sizes, more) = reader.data[start], reader.data[start + 4 : start + 6]
    index = more & 15 if version else 0  # bytes of it, before those of the offset

    def take(place: int, length: int) -> int:
        return int.from_bytes(reader.data[place : place + length])

    number = "I" if version > 1 else "H"
    (count,) = reader.unpack(number, start + 6)
    place = start + 6 + struct.calcsize(f">{number}")
    total = 0
    for _ in range(count):
        (item,) = reader.unpack(number, place)
        place += struct.calcsize(f">{number}")
        is_within = version > 0 and take(place, 2) & 15 != 0
        place += 4 if version else 2
        base = take(place, more >> 4)
        place += more >> 4
        (extents,) = reader.unpack("H", place)
        place += 2
        reader.take(1 + extents)
        for _ in range(extents):
            offset, place = base + take(place + index, sizes >> 4), place + index + (sizes >> 4)
            length, place = take(place, sizes & 15), place + (sizes & 15)
            items.places.setdefault(item, []).append((is_within, offset, length))
            total += length
    if total > OVERLAP * len(reader.data):
        raise StructureError("items in a HEIC file that are made of the same bytes")


def _read_references(reader: _Reader, start: int, end: int, items: Items) -> None:
    number = "I" if reader.data[start] else "H"
    for kind, body, _ in reader.boxes(start + 4, end):
        source, count = reader.unpack(f"{number}H", body)
        reader.take(count)
        place = body + struct.calcsize(f">{number}H")
        targets = list(reader.unpack(f"{count}{number}", place))
        if kind == PARTS_OF:
            items.parts.setdefault(source, []).extend(targets)
        elif kind == HELPS:
            for target in targets:
                items.helpers.setdefault(target, []).append(source)


def _read_properties(reader: _Reader, start: int, end: int, items: Items) -> None:
    """Read what the items are, of which sizes, alpha planes and codes of colors matter."""
    areas = [0]  # properties count from 1
    alphas: set[int] = set()
    colors: dict[int, tuple[int, int]] = {}
    for kind, body, stop in reader.boxes(start, end):
        if kind == b"ipco":
            for what, place, last in reader.boxes(body, stop):
                sides = reader.unpack("II", place + 4) if what == b"ispe" else (0, 0)
                if what == b"auxC" and any(name in reader.data[place:last] for name in ALPHA):
                    alphas.add(len(areas))
                if what == b"colr" and reader.data[place : place + 4] == b"nclx":
                    primaries, curve = reader.unpack("HH", place + 4)
                    colors[len(areas)] = primaries, curve
                areas.append(math.prod(sides))
        elif kind == b"ipma":
            for item, properties in _associations(reader, body):
                most = max((areas[index] for index in properties), default=0)
                items.areas[item] = max(most, items.areas.get(item, 0))
                if alphas.intersection(properties):
                    items.alphas.add(item)
                for index in properties:
                    if index in colors:
                        items.colors[item] = colors[index]


def _associations(reader: _Reader, start: int) -> Iterator[tuple[int, list[int]]]:
    """Each item with the numbers of its properties, whose highest bit means something else."""
    version, is_wide = reader.data[start], reader.data[start + 3] & 1
    item, index = ("I" if version else "H"), ("H" if is_wide else "B")
    mask = 0x7FFF if is_wide else 0x7F
    (count,) = reader.unpack("I", start + 4)
    place = start + 8
    for _ in range(count):
        number, length = reader.unpack(f"{item}B", place)
        reader.take(1 + length)
        place += struct.calcsize(f">{item}B")
        indices = reader.unpack(f"{length}{index}", place)
        place += struct.calcsize(f">{length}{index}")
        yield number, [value & mask for value in indices]
