"""How many pixels a HEIC file has a decoder compute, read from its boxes beforehand.

A picture can be a grid of tiles, and one tile can stand in it any number of times: 42 kB then keep
a decoder busy for minutes. The boxes are those of ISO/IEC 14496-12 and 23008-12.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gallery.uploads.structure import MAX_PARTS, StructureError

PARTS_OF, HELPS = b"dimg", b"auxl"  # references: a grid to its tiles, an alpha plane to its picture


@dataclass
class _Items:
    """The pictures in a file, by number."""

    main: int = 0
    areas: dict[int, int] = field(default_factory=dict)  # in pixels
    parts: dict[int, list[int]] = field(default_factory=dict)  # the tiles of a grid, in order
    helpers: dict[int, list[int]] = field(default_factory=dict)  # alpha planes and the like

    def pixels(self, item: int, within: tuple[int, ...] = ()) -> int:
        """What decoding an item takes: a grid, each of its tiles as often as it stands in it."""
        if item in within or len(within) > 3:
            raise StructureError("pictures within pictures in a HEIC file")
        if item not in self.parts:
            return self.areas.get(item, 0)
        parts = self.parts[item]
        each = {part: self.pixels(part, (*within, item)) for part in set(parts)}
        return sum(each[part] for part in parts)


def decoded_pixels(data: bytes) -> int:
    """The pixels that decoding the main picture computes; 0 if this is no HEIC file.

    Raises:
        StructureError: its boxes do not fit into each other, or there are too many.
    """
    if data[4:8] != b"ftyp":
        return 0
    try:
        items = _read(data)
    except (struct.error, IndexError) as error:
        raise StructureError("a box in a HEIC file ends too early") from error
    decoded = [items.main, *items.helpers.get(items.main, ())]
    return sum(items.pixels(item) for item in decoded)


def _read(data: bytes) -> _Items:
    items = _Items()
    for start, end in _named(data, 0, len(data), b"meta"):
        for kind, body, stop in _boxes(data, start + 4, end):
            if kind == b"pitm":
                (items.main,) = struct.unpack_from(">I" if data[body] else ">H", data, body + 4)
            elif kind == b"iref":
                _read_references(data, body, stop, items)
            elif kind == b"iprp":
                _read_sizes(data, body, stop, items)
    return items


def _read_references(data: bytes, start: int, end: int, items: _Items) -> None:
    number = "I" if data[start] else "H"
    for kind, body, _ in _boxes(data, start + 4, end):
        source, count = struct.unpack_from(f">{number}H", data, body)
        place = body + struct.calcsize(f">{number}H")
        targets = list(struct.unpack_from(f">{count}{number}", data, place))
        if kind == PARTS_OF:
            items.parts[source] = targets
        elif kind == HELPS:
            for target in targets:
                items.helpers.setdefault(target, []).append(source)


def _read_sizes(data: bytes, start: int, end: int, items: _Items) -> None:
    """Read the properties, and which items have which: those that matter are sizes."""
    areas = [0]  # properties count from 1
    for body, stop in _named(data, start, end, b"ipco"):
        for kind, place, _ in _boxes(data, body, stop):
            sides = struct.unpack_from(">II", data, place + 4) if kind == b"ispe" else (0, 0)
            areas.append(math.prod(sides))
    for body, _ in _named(data, start, end, b"ipma"):
        for item, properties in _associations(data, body):
            items.areas[item] = max((areas[index] for index in properties), default=0)


def _associations(data: bytes, start: int) -> Iterator[tuple[int, list[int]]]:
    """Each item with the numbers of its properties, whose highest bit means something else."""
    version, is_wide = data[start], data[start + 3] & 1
    item, index = ("I" if version else "H"), ("H" if is_wide else "B")
    mask = 0x7FFF if is_wide else 0x7F
    (count,) = struct.unpack_from(">I", data, start + 4)
    place = start + 8
    for _ in range(min(count, MAX_PARTS)):
        number, length = struct.unpack_from(f">{item}B", data, place)
        place += struct.calcsize(f">{item}B")
        indices = struct.unpack_from(f">{length}{index}", data, place)
        place += struct.calcsize(f">{length}{index}")
        yield number, [value & mask for value in indices]


def _named(data: bytes, start: int, end: int, name: bytes) -> Iterator[tuple[int, int]]:
    """Where the boxes of that kind begin, after their heads, and end."""
    return ((body, stop) for kind, body, stop in _boxes(data, start, end) if kind == name)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The kind of each box, where its body begins, and where it ends."""
    for _ in range(MAX_PARTS):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        stop = end if size == 0 else start + size
        if not body <= stop <= end:
            raise StructureError("a box in a HEIC file that reaches out of the one around it")
        yield kind, body, stop
        start = stop
    raise StructureError("too many boxes in a HEIC file")
