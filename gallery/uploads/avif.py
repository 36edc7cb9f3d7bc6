"""The cost of decoding an AVIF file, read beforehand from its boxes and its pictures' data.

The data itself says how large a picture is, whatever the boxes say. It can hold any number of
frames, and a decoder computes all those before the one that is shown. So this reads what is
decoded: the sequence headers, and the number of frames that follow. The layout is that of the AV1
bitstream specification, sections 5.3 to 5.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gallery.uploads.heif import Items, read_items
from gallery.uploads.structure import MAX_PARTS, StructureError

SEQUENCES = (b"avis", b"msf1")  # brands of image sequences
HEADER, FRAME_HEADER, FRAME = 1, 3, 6  # kinds of units
MOST_BYTES = 12_000_000  # of one file's pictures: photos have a few MB; 15 MB of noise take 2 s
MOST_FRAMES = 4  # of one picture: layers of increasing detail; most have one


class Film(ValueError):
    """The file is a sequence of pictures."""


@dataclass(frozen=True)
class Picture:
    """A decoder's work: the pixels to compute, and the codes of the colors, if the file has any."""

    pixels: int
    colors: tuple[int, int] | None  # primaries and curve, by ITU-T H.273


def read_avif(data: bytes) -> Picture | None:
    """The cost of decoding the main picture; None if this is not an AVIF file.

    Raises:
        StructureError: the boxes or the data are not as programs write them.
        Film: it is a sequence of pictures.
    """
    if data[4:8] != b"ftyp":
        return None
    items = read_items(data)
    if not items.are_av1 and data[8:12] not in (b"avif", b"avis"):
        return None
    if items.is_sequence or data[8:12] in SEQUENCES:
        raise Film
    boxes, coded, size, colors = items.pixels(items.main), 0, 0, None
    for item in _decoded(items, items.main):
        content = _data_of(data, items, item)
        frames = _read_frames(content)
        coded, size, colors = coded + frames.pixels, size + len(content), colors or frames.colors
    if size > MOST_BYTES:
        raise StructureError("pictures in an AVIF file of more bytes than photos have")
    return Picture(max(boxes, coded), items.colors.get(items.main, colors))


def _decoded(items: Items, item: int) -> Iterator[int]:
    """The pictures that are decoded for one; none comes twice, as `pixels` has checked.

    An item that is made of others has no picture data of its own.
    """
    parts = items.parts.get(item, [])
    for other in (*parts, *items.alphas.intersection(items.helpers.get(item, []))):
        yield from _decoded(items, other)
    if not parts:
        yield item


def _data_of(data: bytes, items: Items, item: int) -> bytes:
    if item not in items.places:
        raise StructureError("a picture in an AVIF file that has no data")
    found = []
    for is_within, offset, length in items.places[item]:
        start = offset + (items.inner if is_within else 0)
        found.append(data[start : start + length] if length else data[start:])
    return b"".join(found)


def _read_frames(data: bytes) -> Picture:
    """The cost of a picture's frames, by the largest of its sequence headers."""
    area, frames, colors = 0, 0, None
    for kind, body in _units(data):
        if kind == HEADER:
            wide, high, said = _read_header(_Bits(body))
            area, colors = max(area, wide * high), colors or said
        frames += kind in (FRAME_HEADER, FRAME)
    if not area or not 0 < frames <= MOST_FRAMES:
        raise StructureError("a picture in an AVIF file without a frame, or with too many")
    return Picture(area * frames, colors)


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The units of a picture's data: their kinds, and the first bytes of each."""
    place = 0
    for _ in range(MAX_PARTS):
        if place >= len(data):
            return
        head = data[place]
        place += 1 + (head >> 2 & 1)
        length = len(data) - place
        if head & 2:
            length, place = _length(data, place)
        yield head >> 3 & 15, data[place : min(place + length, place + 64)]
        place += length
    raise StructureError("too many units in an AVIF file")


def _length(data: bytes, place: int) -> tuple[int, int]:
    """Read a number with seven bits in each byte. Returns it, and the place after it."""
    value = 0
    for shift in range(0, 56, 7):
        if place >= len(data):
            break
        byte, place = data[place], place + 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise StructureError("a unit in an AVIF file ends too early")


class _Bits:
    """Reads one number after the other, each of any number of bits."""

    def __init__(self, data: bytes) -> None:
        self._bits, self._left = int.from_bytes(data), 8 * len(data)

    def take(self, count: int = 1) -> int:
        self._left -= count
        if self._left < 0:
            raise StructureError("a header in an AVIF file ends too early")
        return self._bits >> self._left & ((1 << count) - 1)


def _read_header(bits: _Bits) -> tuple[int, int, tuple[int, int] | None]:
    """The largest width and height of a sequence's frames, and the codes of its colors."""
    profile, _, is_reduced = bits.take(3), bits.take(), bits.take()
    if is_reduced:
        bits.take(5)
    else:
        _skip_operating_points(bits)
    across, down = bits.take(4) + 1, bits.take(4) + 1
    wide, high = bits.take(across) + 1, bits.take(down) + 1
    if not is_reduced and bits.take():  # frames have numbers
        bits.take(7)
    bits.take(3)
    if not is_reduced:
        _skip_tools(bits)
    bits.take(3)
    return wide, high, _read_colors(bits, profile)


def _skip_operating_points(bits: _Bits) -> None:
    has_model, length = 0, 0
    if bits.take():  # times
        bits.take(32), bits.take(32)
        if bits.take() and not _skip_exponential(bits):
            raise StructureError("times in an AVIF file that are none")
        if has_model := bits.take():
            length = bits.take(5) + 1
            bits.take(32), bits.take(10)
    has_delays = bits.take()
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take()
        if has_model and bits.take():
            bits.take(2 * length + 1)
        if has_delays and bits.take():
            bits.take(4)


def _skip_exponential(bits: _Bits) -> bool:
    """Skip a number whose length is coded before it. Returns whether it is valid."""
    zeros = 0
    while not bits.take():
        zeros += 1
    bits.take(min(zeros, 32))
    return zeros < 32


def _skip_tools(bits: _Bits) -> None:
    bits.take(4)
    has_order = bits.take()
    if has_order:
        bits.take(2)
    screen = 2 if bits.take() else bits.take()
    if screen and not bits.take():
        bits.take()
    if has_order:
        bits.take(3)


def _read_colors(bits: _Bits, profile: int) -> tuple[int, int] | None:
    is_deep = bits.take()
    if profile == 2 and is_deep:
        bits.take()
    if profile != 1:
        bits.take()  # gray
    if not bits.take():
        return None
    return bits.take(8), bits.take(8)
