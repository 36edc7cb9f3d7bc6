"""Counts the pixels of the pictures in a GIF, of which only the first is decoded.

A picture may extend beyond the screen that the file declares; the screen then grows. Pillow reads
the blocks before the first picture one by one, in Python. The layout is that of the GIF89a
specification.
"""

import struct
from collections.abc import Iterator

from gallery.uploads.structure import MAX_PARTS, StructureError

STARTS = (b"GIF87a", b"GIF89a")
EXTENSION, PICTURE, END = 0x21, 0x2C, 0x3B
HAS_COLORS = 0x80  # a flag; the last three bits give the number of colors
MOST_DATA = 200_000  # parts of one picture: 25 MB in the usual parts of 255 bytes make half as many


def declared_pixels(data: bytes) -> int:
    """The pixels of a screen that all pictures fit on; 0 if this is no GIF.

    Raises:
        StructureError: there are more blocks before the first picture than any program writes, or
            there is no picture.
    """
    if not data.startswith(STARTS):
        return 0
    wide = high = count = 0
    try:
        wide, high, flags = struct.unpack_from("<HHB", data, 6)
        for left, top, across, down in _pictures(data, 13 + _colors(flags)):
            wide, high, count = max(wide, left + across), max(high, top + down), count + 1
    except (struct.error, IndexError):  # it ends early: the decoder checks the first picture
        pass
    if not count:
        raise StructureError("a GIF without a picture, or with too much before it")
    return wide * high


def _pictures(data: bytes, place: int) -> Iterator[tuple[int, ...]]:
    """The places and sizes of the pictures on the screen, up to a limit."""
    for _ in range(MAX_PARTS):
        kind, place = data[place], place + 1
        if kind == END:
            return
        if kind == EXTENSION:
            place = _behind(data, place + 1, MAX_PARTS)
        elif kind == PICTURE:
            yield struct.unpack_from("<4H", data, place)
            place = _behind(data, place + 10 + _colors(data[place + 8]), MOST_DATA)


def _colors(flags: int) -> int:
    """The length in bytes of a color table, if the flags announce one."""
    return 6 << (flags & 7) if flags & HAS_COLORS else 0


def _behind(data: bytes, place: int, most: int) -> int:
    """The place after the parts of a block, which end with an empty one."""
    for _ in range(most):
        length, place = data[place], place + 1
        if not length:
            return place
        place += length
    return len(data)
