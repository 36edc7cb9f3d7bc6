"""Hostile EXIF data and color profiles, a function for each kind."""

import struct
import zlib
from collections.abc import Iterator

from tests.hostile import jpeg, png, webp
from tests.hostile.parts import (
    LONG,
    RATIONAL,
    SHORT,
    UNDEFINED,
    chunk,
    end_of,
    riff,
    segment,
    srgb_profile,
    tiff,
)

EXIF, GPS, INTEROP, MAKER, RESOLUTION = 0x8769, 0x8825, 0xA005, 0x927C, 0x11A
SIZE = (320, 240)


def with_exif(data: bytes) -> Iterator[bytes]:
    """A picture of each format with this EXIF data; a JPEG takes it in pieces."""
    pieces = [data[start : start + 65_000] for start in range(0, len(data), 65_000)]
    extra = b"".join(segment(0xE1, b"Exif\0\0" + piece) for piece in pieces)
    yield jpeg.flat(SIZE, extra=extra)
    yield png.png(SIZE, extra=chunk(b"eXIf", data))
    yield webp.webp(webp.extended(SIZE, webp.EXIF), webp.lossy(SIZE), riff(b"EXIF", data))


def with_profile(data: bytes, size: tuple[int, int] = SIZE) -> Iterator[bytes]:
    """A picture of each format with this profile."""
    pieces = [data[start : start + 65_000] for start in range(0, len(data), 65_000)][:255]
    told = bytes([len(pieces)])
    extra = b"".join(
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number]) + told + piece)
        for number, piece in enumerate(pieces, start=1)
    )
    yield jpeg.flat(size, extra=extra)
    yield png.png(size, extra=chunk(b"iCCP", b"a\0\0" + zlib.compress(data)))
    yield webp.webp(webp.extended(SIZE, webp.COLORS), riff(b"ICCP", data), webp.lossy(SIZE))


# --- EXIF


def loops() -> Iterator[bytes]:
    """Directories that contain each other, or follow themselves."""
    for entries, after in [
        ([(EXIF, LONG, 1, 8)], 8),
        ([(EXIF, LONG, 1, 8), (GPS, LONG, 1, 8), (INTEROP, LONG, 1, 8)], 8),
        ([(EXIF, SHORT, 1, 8), (0x112, SHORT, 1, 6)], 2**32 - 1),
        ([(EXIF, LONG, 5000, 8)], 0),
        ([(MAKER, UNDEFINED, 60, 8), (EXIF, LONG, 1, 8)], 8),
    ]:
        yield from with_exif(tiff(*entries, after=after))


def huge_counts() -> Iterator[bytes]:
    """Values that are said to be more than the file holds."""
    for kind in (1, 2, SHORT, LONG, RATIONAL, UNDEFINED, 12, 13, 16, 99):
        yield from with_exif(tiff((RESOLUTION, kind, 2**32 - 1, 8), (0x112, kind, 2**31, 8)))
    for count in (0, 65_535):
        yield from with_exif(b"MM\0*\0\0\0\x08" + struct.pack(">H", count) + bytes(40))


def shared_values() -> Iterator[bytes]:
    """Thousands of values that are all the same bytes: 64 kB become hundreds of megabytes."""
    for kind, size in ((RATIONAL, 8), (SHORT, 2), (UNDEFINED, 1), (2, 1)):
        rows, length = 2500, 30_000
        first = [(n + 1, kind, length // size, end_of(rows)) for n in range(rows)]
        yield from with_exif(tiff(*first, rest=bytes(length)))
        inner = tiff(*first, rest=bytes(length))[8:]
        moved = [(EXIF, LONG, 1, end_of(1))]
        yield from with_exif(tiff(*moved, rest=inner))
    rows = 60_000
    wide = [(n + 1, RATIONAL, 100_000, end_of(rows)) for n in range(rows)]
    yield from with_exif(tiff(*wide, rest=bytes(800_000)))


def long_values() -> Iterator[bytes]:
    """One value of megabytes."""
    for tag in (RESOLUTION, 0x112, EXIF, 0x9286):
        for kind, size in ((RATIONAL, 8), (SHORT, 2)):
            entry = (tag, kind, 8_000_000 // size, end_of(1))
            yield from with_exif(tiff(entry, rest=bytes(8_000_000)))


# --- Profiles


def profile(
    *tags: tuple[bytes, bytes], told: int | None = None, kind: bytes = b"RGB XYZ "
) -> bytes:
    """Tags with their bodies, where one that comes again is stored once."""
    start = 128 + 4 + 12 * len(tags)
    bodies, table = b"", b""
    for name, body in tags:
        at = bodies.find(body)
        if at < 0:
            at, bodies = len(bodies), bodies + body + bytes(-len(body) % 4)
        table += struct.pack(">4sII", name, start + at, len(body))
    size = start + len(bodies) if told is None else told
    head = struct.pack(">I4sI4s", size, b"lcms", 0x04400000, b"mntr") + kind
    head = (
        head.ljust(36, b"\0") + b"acsp" + bytes(28) + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    )
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + bodies


XYZ = b"XYZ \0\0\0\0" + struct.pack(">III", 0x6FA2, 0x38F5, 0x390)
LINEAR = b"curv\0\0\0\0\0\0\0\0"


def matrix_profile(curve: bytes = LINEAR) -> bytes:
    points = [(name, XYZ) for name in (b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt")]
    return profile(*points, *((name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")))


def elements(count: int) -> bytes:
    """A tag that multiplies by the same matrix so many times."""
    matrix = struct.pack(">4sIHH12f", b"matf", 0, 3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)
    place = struct.pack(">II", 16 + 8 * count, len(matrix))
    return struct.pack(">4sIHHI", b"mpet", 0, 3, 3, count) + place * count + matrix


def table(side: int) -> bytes:
    """A table of so many colors a side."""
    head = struct.pack(">4sIBBBB", b"mft2", 0, 3, 3, side, 0)
    head += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    ramp = struct.pack(">HH", 0, 65535) * 3
    return head + struct.pack(">HH", 2, 2) + ramp + bytes(2 * 3 * side**3) + ramp


def broken_profiles() -> Iterator[bytes]:
    good = srgb_profile()
    for data in (good[:100], good[:140], good[:-40], bytes(3000), b"", good + bytes(1_000_000)):
        yield from with_profile(data)
    for told in (0, 128, 2**31, 2**32 - 1):
        yield from with_profile(profile((b"rXYZ", XYZ), told=told))
    for kind in (b"GRAYXYZ ", b"CMYKLab ", b"Lab Lab ", b"FCLRXYZ ", b"abcdefgh"):
        yield from with_profile(profile((b"kTRC", LINEAR), (b"A2B0", table(2)), kind=kind))


def looped_tags() -> Iterator[bytes]:
    """Tags that are the same bytes, the head, or the table of tags."""
    yield from with_profile(profile(*[(b"A2B0", table(9))] * 100))
    yield from with_profile(profile(*[(b"%04d" % n, XYZ) for n in range(5000)]))
    at = matrix_profile().replace(
        b"rTRC" + matrix_profile()[128 + 4 + 52 : 128 + 4 + 60], b"rTRC" + bytes(8)
    )
    yield from with_profile(at)
    yield from with_profile(matrix_profile()[:128] + b"\xff" * 4 + matrix_profile()[132:])


def huge_tables() -> Iterator[bytes]:
    for body in (table(33), table(120), table(150)):
        yield from with_profile(profile((b"A2B0", body), kind=b"RGB Lab "))
    yield from with_profile(profile((b"A2B0", table(33)), kind=b"RGB Lab "), (5700, 5700))
    for count in (65_535, 2**31):
        curve = b"curv\0\0\0\0" + struct.pack(">I", count) + bytes(131_070)
        yield from with_profile(matrix_profile(curve))
    yield from with_profile(matrix_profile(b"para\0\0\0\0\0\4\0\0" + b"\x7f\xff\xff\xff" * 7))


def chained_elements() -> Iterator[bytes]:
    """A few kilobytes that a converter goes through for each color that it looks up."""
    for count in (1, 500, 5000, 60_000):
        for name in (b"D2B0", b"A2B0"):
            yield from with_profile(profile((name, elements(count)), kind=b"RGB XYZ "))


KINDS = (
    loops,
    huge_counts,
    shared_values,
    long_values,
    broken_profiles,
    looped_tags,
    huge_tables,
    chained_elements,
)
