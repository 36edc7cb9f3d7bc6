"""Hostile JPEG files, a function for each kind."""

import struct
from collections.abc import Iterator

from tests.hostile.parts import (
    LARGE,
    LONG,
    RATIONAL,
    encoded,
    end_of,
    noise,
    segment,
    srgb_profile,
    tiff,
)

START, END = b"\xff\xd8", b"\xff\xd9"
BASELINE, PROGRESSIVE = 0xC0, 0xC2
PLAIN = ((1, 1), (1, 1), (1, 1))  # sampling factors: a color for each pixel
FEW = ((2, 2), (1, 1), (1, 1))  # a color for four pixels
ZERO, RUN, DENSE = 0x00, 0xE0, 0x01  # what the one code for coefficients means


def quantization(value: int = 1) -> bytes:
    return segment(0xDB, b"\0" + bytes([value]) * 64)


def huffman(symbol: int, kind: int = 0x10) -> bytes:
    """A table with one code, of one bit: 0."""
    return segment(0xC4, bytes([kind, 1]) + bytes(15) + bytes([symbol]))


def frame(size: tuple[int, int], sampling=PLAIN, kind: int = BASELINE, depth: int = 8) -> bytes:
    wide, high = size
    layers = b"".join(bytes([n, h << 4 | v, 0]) for n, (h, v) in enumerate(sampling, start=1))
    head = struct.pack(">BHHB", depth, high & 0xFFFF, wide & 0xFFFF, len(sampling))
    return segment(kind, head + layers)


def scan(layers, band: tuple[int, int] = (0, 63), bits: int = 0, data: bytes = b"") -> bytes:
    """A scan of these layers, and of these coefficients."""
    which = b"".join(bytes([layer, 0]) for layer in layers)
    return segment(0xDA, bytes([len(which) // 2]) + which + bytes([*band, bits])) + data


def blocks(size: tuple[int, int], sampling) -> list[int]:
    """How many blocks of 8 x 8 each layer has, if each is in a scan of its own."""
    most = [max(factor) for factor in zip(*sampling, strict=True)]
    return [
        -(-size[0] * h // (8 * most[0])) * -(-size[1] * v // (8 * most[1])) for h, v in sampling
    ]


def flat(
    size: tuple[int, int], sampling=PLAIN, kind: int = BASELINE, bits: int = 2, **how
) -> bytes:
    """A picture of one color, or, with 127 bits a block, of coefficients that are all 1."""
    count = sum(blocks((-(-size[0] // 32) * 32, -(-size[1] // 32) * 32), sampling))
    tables = huffman(ZERO, 0) + huffman(DENSE if bits > 2 else ZERO)
    head = quantization(how.get("quantum", 1)) + frame(size, sampling, kind) + tables
    layers = range(1, len(sampling) + 1)
    return (
        START + head + how.get("extra", b"") + scan(layers, data=bytes(count * bits // 8 + 1)) + END
    )


def progressive(size: tuple[int, int], scans: list[bytes], sampling=PLAIN, symbol=RUN) -> bytes:
    head = quantization() + frame(size, sampling, PROGRESSIVE)
    first = scan(
        range(1, len(sampling) + 1), (0, 0), data=bytes(sum(blocks(size, sampling)) // 8 + 2)
    )
    return START + head + huffman(ZERO, 0) + huffman(symbol) + first + b"".join(scans) + END


def separate(size: tuple[int, int], sampling=PLAIN) -> bytes:
    """A scan for each layer, though it isn't progressive."""
    each = enumerate(blocks(size, sampling), start=1)
    scans = [scan([number], data=bytes(count // 4 + 1)) for number, count in each]
    head = quantization() + frame(size, sampling) + huffman(ZERO, 0) + huffman(ZERO)
    return START + head + b"".join(scans) + END


def runs(layer: int, bits: int, band: tuple[int, int] = (1, 63)) -> bytes:
    """A scan that says of all blocks at once that nothing is in them."""
    return scan([layer], band, bits, bytes(200))


# --- The kinds


def declared_sizes() -> Iterator[bytes]:
    """A picture of 96 x 64 that says it has another size."""
    data = flat((96, 64))
    for size in [(7000, 7000), (65500, 65500), (65535, 1), (1, 65535), (0, 64), (96, 0), (32, 640)]:
        yield data.replace(frame((96, 64)), frame(size))
        yield data.replace(frame((96, 64)), frame(size, kind=PROGRESSIVE))


def two_frames() -> Iterator[bytes]:
    small, large = frame((96, 64)), frame((7000, 7000))
    data = flat((96, 64))
    yield data.replace(small, small + large)
    yield data.replace(small, large + small)
    yield data[:-2] + large + data[data.index(b"\xff\xda") :]
    yield data[:-2] + flat(LARGE)[2:]


def progressive_scans() -> Iterator[bytes]:
    """Few bytes that have a decoder go over all pixels, again and again."""
    size = (7200, 5200)
    yield progressive(size, [])  # nothing but the means: the decoder smooths them
    yield progressive(size, [runs(1, 0x01)])
    yield progressive(size, [runs(1, 0x10)] * 38)
    yield progressive(size, [runs(1 + n % 3, 0x10) for n in range(36)])
    yield progressive(LARGE, [runs(1, 0x10)] * 15, FEW)
    yield progressive(LARGE, [runs(1, 0x10)] * 38, FEW)
    yield progressive(size, [runs(1, (n % 13 + 1) << 4 | n % 13) for n in range(18)])
    dense = scan([1], (1, 63), data=bytes(12_000_000))
    yield progressive((7000, 7000), [dense, *[runs(1, 0x10)] * 30], FEW, DENSE)
    yield progressive((4000, 3000), [dense[:3_000_000]], symbol=DENSE)
    yield progressive((300, 200), [runs(4, 0x10)])
    yield progressive((300, 200), [runs(1, 0x10, (63, 1)), runs(1, 0xFF), runs(1, 0, (5, 200))])


def large_progressive() -> Iterator[bytes]:
    """All the coefficients are held until the last scan."""
    for sampling in (FEW, PLAIN, (*PLAIN, (1, 1))):
        yield progressive(LARGE, [], sampling)
        yield progressive((6000, 4900), [], sampling)


def separate_scans() -> Iterator[bytes]:
    """Their coefficients are all held, as those of progressive pictures are."""
    for size in (LARGE, (7000, 5000), (6000, 4900)):
        for sampling in (PLAIN, FEW, (*PLAIN, (1, 1))):
            yield separate(size, sampling)


def odd_sampling() -> Iterator[bytes]:
    yield flat(LARGE, ((1, 1), (4, 4), (1, 1)))
    yield flat(LARGE, ((4, 1), (1, 1), (1, 4)))
    yield flat(LARGE, ((1, 2), (2, 1), (1, 1)))
    yield flat(LARGE, ((3, 1), (1, 1), (1, 1)))
    yield flat(LARGE, ((3, 2), (2, 3), (1, 1)))
    yield flat((320, 240), ((4, 4), (4, 4), (4, 4)))
    yield flat((320, 240), ((0, 1), (1, 1), (1, 1)))
    yield flat((320, 240), ((1, 1), (15, 15), (1, 1)))


def many_layers() -> Iterator[bytes]:
    for count in (1, 2, 4, 5, 200):
        yield flat((320, 240), ((1, 1),) * count)
    yield flat(LARGE, ((1, 1),) * 4)
    yield flat((320, 240), PLAIN).replace(b"\x02\x11\0", b"\x01\x11\0", 1)


def restart_markers() -> Iterator[bytes]:
    size = (4000, 3000)
    count = sum(blocks(size, PLAIN)) // 3
    right = b"".join(b"\0\xff" + bytes([0xD0 + n % 8]) for n in range(count))
    head = flat(size, extra=segment(0xDD, b"\0\1"))
    head = head[: head.index(b"\xff\xda")]
    for data in (
        right,
        right.replace(b"\xd3", b"\xd6"),
        bytes(count),
        right[::-1],
        b"\xff\xd0" * count,
    ):
        yield head + scan([1, 2, 3], data=data) + END
    yield flat(size, extra=segment(0xDD, b"\xff\xff"))
    yield flat((96, 64), extra=segment(0xDD, b"\0\1") * 5000)


def huffman_tables() -> Iterator[bytes]:
    flood = segment(0xC4, (b"\x13\1" + bytes(15) + b"\0") * 3600)
    for extra in (flood * 200, flood, segment(0xC4, b"\x10" + b"\xff" * 16 + bytes(255 * 16))):
        yield flat((320, 240), extra=extra)
    yield flat((320, 240), extra=segment(0xC4, b"\x10" + bytes(15) + b"\xff" + bytes(range(255))))
    yield flat((320, 240), extra=segment(0xC4, b"\x10\2\3" + bytes(14) + bytes(5)))
    yield flat((320, 240), extra=segment(0xC4, b"\x1f\1" + bytes(16)))
    yield flat((320, 240)).replace(huffman(ZERO), b"")
    yield flat((320, 240), extra=segment(0xCC, b"\0\x10" * 30))


def quantization_tables() -> Iterator[bytes]:
    flood = segment(0xDB, (b"\3" + bytes(64)) * 1007)
    for extra in (flood * 300, flood * 8, segment(0xDB, b"\x10" + b"\xff" * 128), quantization(0)):
        yield flat((320, 240), extra=extra)
    yield flat((320, 240)).replace(quantization(), b"")
    yield flat((320, 240), extra=segment(0xDB, b"\0\1"))


def segment_floods() -> Iterator[bytes]:
    """Twenty megabytes beside a small picture."""
    resources = b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5400
    icc = b"ICC_PROFILE\0" + b"\1\xff" + bytes(60_000)
    for kind, body, count in (
        (0xED, resources, 300),
        (0xE1, b"Exif\0\0" + bytes(2400), 8000),
        (0xE1, b"Exif\0\0" + bytes(60_000), 330),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"<" * 60_000, 330),
        (0xE2, icc, 255),
        (0xE2, b"MPF\0" + bytes(60_000), 330),
        (0xE5, bytes(60_000), 330),
        (0xFE, b"a", 9000),
    ):
        yield flat((320, 240), extra=segment(kind, body) * count)


def index_of_pictures() -> Iterator[bytes]:
    """The index of a multi-picture file, whose values overlap or are absurd."""
    rows, place = 3000, end_of(3000)
    overlapping = [(n, RATIONAL, 3400, place) for n in range(1, rows + 1)]
    for entries in (overlapping, [(0xB001, LONG, 1, 4_000_000_000), (0xB002, 7, 16, 8)]):
        index = b"MPF\0" + tiff(*entries, rest=bytes(28_000))
        yield flat((320, 240), extra=segment(0xE2, index))


def other_codings() -> Iterator[bytes]:
    """Arithmetic, lossless and hierarchical coding, which libjpeg knows and no camera writes."""
    for kind in (0xC1, 0xC3, 0xC5, 0xC7, 0xC9, 0xCA, 0xCB, 0xCF):
        yield flat((2000, 1500), kind=kind)
    yield flat(LARGE, kind=0xC9)
    yield flat(LARGE, bits=20, kind=0xC9)
    yield flat((320, 240)).replace(frame((320, 240)), frame((320, 240), depth=12))


def dense_pictures() -> Iterator[bytes]:
    """Each coefficient counts: decoding takes long, and what is written anew is large."""
    yield flat(LARGE, FEW, bits=127)
    yield flat(LARGE, FEW, bits=127, quantum=255)
    yield flat((6000, 4800), bits=127, quantum=255)
    yield encoded(noise((5200, 4000)), "JPEG", quality=60)
    yield flat(LARGE, FEW, bits=127, quantum=255, extra=exif_of(6))
    yield flat(LARGE, FEW, bits=127, extra=profile_of(srgb_profile("LAB")))


def exif_of(orientation: int) -> bytes:
    return segment(0xE1, b"Exif\0\0" + tiff((0x112, 3, 1, orientation)))


def profile_of(profile: bytes) -> bytes:
    return segment(0xE2, b"ICC_PROFILE\0\1\1" + profile)


KINDS = (
    declared_sizes,
    two_frames,
    progressive_scans,
    large_progressive,
    separate_scans,
    odd_sampling,
    many_layers,
    restart_markers,
    huffman_tables,
    quantization_tables,
    segment_floods,
    index_of_pictures,
    other_codings,
    dense_pictures,
)
