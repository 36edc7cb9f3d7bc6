"""Hostile PNG files, a function for each kind."""

import struct
import zlib
from collections.abc import Iterator
from random import Random

from tests.hostile.parts import LARGE, chunk, encoded, noise, srgb_profile

START, END = b"\x89PNG\r\n\x1a\n", chunk(b"IEND")
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
LAYERS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
COLORS = chunk(b"PLTE", bytes(range(48)))
SMALL = (96, 64)


def header(size: tuple[int, int], depth: int = 8, color: int = RGB, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, color, 0, 0, interlaced))


def pixels(size: tuple[int, int], depth: int = 8, color: int = RGB, filter: int = 0) -> bytes:
    """Rows of zeros, compressed, each with the number of a filter before it."""
    row = bytes([filter]) + bytes(-(-size[0] * depth * LAYERS[color] // 8))
    packer = zlib.compressobj(9)
    few = b"".join(packer.compress(row) for _ in range(size[1]))
    return few + packer.flush()


def png(size=SMALL, depth=8, color=RGB, interlaced=0, extra=b"", data=None, after=b"") -> bytes:
    """A picture of one color; `extra` goes before the pixels, `after` behind them."""
    rows = pixels(size, depth, color) if data is None else data
    body = header(size, depth, color, interlaced) + extra + chunk(b"IDAT", rows) + after
    return START + body + END


# --- The kinds


def declared_sizes() -> Iterator[bytes]:
    """A picture of 96 x 64 that says it has another size."""
    data = png()
    for size in [
        (7000, 7000),
        (30_000, 30_000),
        (2**31 - 1, 2**31 - 1),
        (2**32 - 1, 2**32 - 1),
        (2**31, 1),
        (0, 64),
        (96, 0),
        (32, 640),
        (64, 96),
    ]:
        yield data.replace(header(SMALL), header(size))


def odd_headers() -> Iterator[bytes]:
    for depth, color in [(16, PALETTE), (2, RGB), (32, RGB), (0, GRAY), (1, RGBA), (8, 7), (8, 5)]:
        yield png().replace(header(SMALL), header(SMALL, depth, color))
    for at in (10, 11, 12):  # compression, filter, interlacing
        body = bytearray(struct.pack(">IIBBBBB", *SMALL, 8, RGB, 0, 0, 0))
        body[at] = 9
        yield png().replace(header(SMALL), chunk(b"IHDR", bytes(body)))
    yield png(extra=header((7000, 7000)))
    yield START + END
    yield START + chunk(b"IHDR", bytes(4)) + END
    yield START + header(SMALL) + END


def interlaced() -> Iterator[bytes]:
    for size, depth, color in [
        (LARGE, 8, RGB),
        (LARGE, 1, GRAY),
        (LARGE, 8, PALETTE),
        ((4900, 3800), 16, RGBA),
        ((6000, 5000), 8, RGBA),
        ((4100, 3900), 16, GRAY),
        (SMALL, 2, GRAY),
    ]:
        extra = COLORS if color == PALETTE else b""
        yield png(size, depth, color, 1, extra, pixels((size[0] + 8, size[1] * 2), depth, color))
    yield png(LARGE, 8, RGB, 1, data=zlib.compress(bytes(50)))


def filters() -> Iterator[bytes]:
    """Rows that are each computed from the one above."""
    for size, depth, color in [(LARGE, 8, RGB), (LARGE, 16, RGB), ((5700, 5000), 16, RGBA)]:
        for number in (3, 4):
            yield png(size, depth, color, data=pixels(size, depth, color, number))
    yield png(data=pixels(SMALL, filter=5))
    yield png(data=pixels(SMALL, filter=255))


def deep_pictures() -> Iterator[bytes]:
    for size, depth, color in [
        (LARGE, 16, GRAY),
        ((5000, 4400), 16, GRAY),
        ((5000, 4400), 16, GRAY_ALPHA),
        ((5700, 5700), 8, RGBA),
        ((5700, 5700), 8, GRAY_ALPHA),
        (LARGE, 16, RGBA),
    ]:
        yield png(size, depth, color)
    yield encoded(noise((2800, 2800), "RGBA"), "PNG", compress_level=1)


def palettes() -> Iterator[bytes]:
    high = zlib.compress(b"".join(b"\0" + b"\xff" * 96 for _ in range(64)))
    yield png(color=PALETTE, extra=COLORS, data=high)
    yield png(color=PALETTE, data=high)
    for entries in (0, 1, 7, 768, 770, 3 * 2**16):
        yield png(color=PALETTE, extra=chunk(b"PLTE", bytes(entries)), data=high)
    yield png(color=PALETTE, extra=COLORS + chunk(b"PLTE", bytes(3)), data=high)
    yield png(color=PALETTE, data=high, after=COLORS)
    yield png(color=GRAY, extra=COLORS)
    yield png(LARGE, 8, PALETTE, extra=COLORS + chunk(b"tRNS", bytes(16)))
    yield png(LARGE, 1, PALETTE, extra=COLORS + chunk(b"tRNS", b"\x80"))


def transparency() -> Iterator[bytes]:
    for color, body in [
        (PALETTE, bytes(300)),
        (PALETTE, b""),
        (PALETTE, b"\xff\0\xff"),
        (RGB, bytes(6)),
        (RGB, b"\xff" * 6),
        (RGB, bytes(2)),
        (GRAY, b"\xff\xff"),
        (GRAY, b""),
        (RGBA, bytes(6)),
        (GRAY_ALPHA, b"\0\0"),
    ]:
        yield png(color=color, extra=COLORS + chunk(b"tRNS", body))
    yield png(color=PALETTE, extra=chunk(b"tRNS", b"\0") + COLORS)
    yield png((5700, 5700), 8, RGB, extra=chunk(b"tRNS", bytes(6)))
    yield png((5700, 5700), 1, GRAY, extra=chunk(b"tRNS", bytes(2)))


def frame(number: int, size=SMALL, place=(0, 0), dispose: int = 0) -> bytes:
    """The head of one of an animation's frames."""
    body = struct.pack(">IIIIIHHBB", number, *size, *place, 1, 10, dispose, 1)
    return chunk(b"fcTL", body)


def animations() -> Iterator[bytes]:
    many, two = (chunk(b"acTL", struct.pack(">II", count, 0)) for count in (2**31, 2))
    data = chunk(b"fdAT", struct.pack(">I", 1) + pixels(SMALL))
    yield png(extra=many + frame(0))
    yield png(extra=two * 2)
    yield png(extra=two + frame(7))
    yield png(extra=two + frame(0, (7000, 7000)))
    yield png(extra=two + frame(0, (2**31, 2**31), (2**31, 2**31)))
    yield png(extra=two + frame(0, (1, 1), (95, 63)))
    yield png(extra=two + frame(0, (0, 0)))
    yield png(extra=two + frame(0, dispose=1) + frame(1, dispose=2))
    yield png(extra=two, after=frame(0) + data)
    yield png(extra=two + frame(0) + data)
    yield png((6000, 6000), extra=two + frame(0, (6000, 6000), dispose=2))
    yield png(extra=two + frame(0), after=b"".join(frame(n) for n in range(1, 9000)))


def check_sums() -> Iterator[bytes]:
    head = struct.pack(">IIBBBBB", *SMALL, 8, RGB, 0, 0, 0)
    rows = pixels(SMALL)
    yield START + chunk(b"IHDR", head, crc=1) + chunk(b"IDAT", rows) + END
    yield START + chunk(b"IHDR", head) + chunk(b"IDAT", rows, crc=1) + END
    yield START + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", crc=1)
    for kind in (b"tEXt", b"iCCP", b"PLTE", b"prIv", b"PRIV"):
        yield png(extra=chunk(kind, b"a\0\0b", crc=1))
    yield png(data=rows[:-4] + b"\0\0\0\0")  # zlib's own check sum


def chunk_floods() -> Iterator[bytes]:
    random = Random(1)
    packed = zlib.compress(bytes(1_000_000), 9)
    yield png(extra=chunk(b"tEXt", b"a\0" + b"b" * 2000) * 9000)
    yield png(extra=b"".join(chunk(b"tEXt", b"%d\0" % n + bytes(7000)) for n in range(3000)))
    yield png(extra=b"".join(chunk(b"zTXt", b"%d\0\0" % n + packed) for n in range(60)))
    yield png(extra=b"".join(chunk(b"iTXt", b"%d\0\1\0\0\0" % n + packed) for n in range(60)))
    yield png(after=b"".join(chunk(b"iTXt", b"%d\0\1\0\0\0" % n + packed) for n in range(60)))
    yield png(extra=b"".join(chunk(b"pr%ct" % (65 + n % 26), bytes(2400)) for n in range(9000)))
    yield png(extra=chunk(b"gAMA", bytes(4)) * 9000)
    yield png(extra=chunk(b"sPLT", random.randbytes(20_000_000)))
    yield png(extra=chunk(b"eXIf", bytes(10_000)) * 2000)
    yield png(after=chunk(b"IDAT", bytes(2000)) * 9000)
    yield START + header(SMALL) + b"".join(chunk(b"IDAT", bytes([b])) for b in pixels(SMALL)) + END


def lying_lengths() -> Iterator[bytes]:
    data = png(extra=chunk(b"tEXt", b"a\0b"))
    for kind, length in [
        (b"tEXt", 2**31 - 1),
        (b"tEXt", 2**32 - 1),
        (b"tEXt", 0),
        (b"IDAT", 2**31),
        (b"IDAT", 0),
        (b"IHDR", 12),
        (b"IEND", 9),
    ]:
        at = data.index(kind)
        yield data[: at - 4] + struct.pack(">I", length) + data[at:]


def text_bombs() -> Iterator[bytes]:
    """Text and profiles of 60 MB."""
    body = zlib.compress(bytes(60_000_000))
    for kind, head in [(b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0"), (b"iCCP", b"a\0\0")]:
        yield png(extra=chunk(kind, head + body))


def pixel_bombs() -> Iterator[bytes]:
    """Pixels that inflate to more than the picture needs, or to less."""
    yield png(data=zlib.compress(bytes(200_000_000), 9))
    yield png(data=zlib.compress(bytes(5)))
    yield png(data=b"")
    yield png(data=b"\x78\x9c" + b"\xff" * 5000)
    yield png(data=pixels(SMALL) * 5000)
    yield png(data=pixels(SMALL)[:-30])


def large_with_a_tail() -> Iterator[bytes]:
    """A picture as large as is allowed, with bytes behind its pixels that belong to none."""
    yield png(LARGE, data=pixels(LARGE) + Random(1).randbytes(20_000_000))


def colors() -> Iterator[bytes]:
    yield png(extra=chunk(b"gAMA", bytes(4)) + chunk(b"cHRM", bytes(32)))
    yield png(extra=chunk(b"gAMA", b"\xff" * 4) + chunk(b"cHRM", b"\xff" * 32))
    yield png(extra=chunk(b"cHRM", struct.pack(">8I", *[33_333] * 8)))
    for codes in (b"\x09\x10\0\1", b"\xff\xff\xff\xff", b"\1\1\1\1", b"\x0c\x12\0\0"):
        yield png(extra=chunk(b"cICP", codes))
    yield png(extra=b"".join(chunk(b"cICP", b"\x09\x10\0\1") for _ in range(5000)))
    lab = chunk(b"iCCP", b"lab\0\0" + zlib.compress(srgb_profile("LAB")))
    yield png((5700, 5700), extra=lab)
    yield png((5700, 5700), extra=chunk(b"cICP", b"\x09\x10\0\1"))
    yield png((5700, 5700), color=RGBA, extra=lab)


KINDS = (
    declared_sizes,
    odd_headers,
    interlaced,
    filters,
    deep_pictures,
    palettes,
    transparency,
    animations,
    check_sums,
    chunk_floods,
    lying_lengths,
    text_bombs,
    pixel_bombs,
    large_with_a_tail,
    colors,
)
