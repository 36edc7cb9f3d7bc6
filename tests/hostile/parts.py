"""What the hostile files are put together from."""

import io
import struct
import zlib
from collections.abc import Iterator
from random import Random

import numpy as np
from PIL import Image, ImageCms

LARGE = (8000, 6000)  # as many pixels as a file may have, nearly


def noise(size: tuple[int, int], mode: str = "RGB", cell: int = 1) -> Image.Image:
    """Squares of random colors, so many pixels wide."""
    wide, high = (-(-side // cell) for side in size)
    pixels = np.random.default_rng(1).integers(0, 256, (high, wide, 3), np.uint8)
    return Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).convert(mode)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def truncated(data: bytes, count: int) -> Iterator[bytes]:
    """The file, cut off at so many places."""
    random = Random(len(data))
    for _ in range(count):
        yield data[: random.randrange(20, len(data) - 1)]


def flipped(data: bytes, count: int, bits: int = 20) -> Iterator[bytes]:
    """The file with so many of its bits changed, so many times."""
    random = Random(len(data))
    for _ in range(count):
        damaged = bytearray(data)
        for _ in range(bits):
            damaged[random.randrange(12, len(data))] ^= 1 << random.randrange(8)
        yield bytes(damaged)


def mutated(seeds: list[bytes], random: Random) -> Iterator[bytes]:
    """Files of which a few parts were changed, as a fuzzer does it, for ever."""
    while True:
        data = bytearray(random.choice(seeds))
        for _ in range(random.choice((1, 2, 5))):
            at = random.randrange(random.choice((64, len(data) + 1)))
            length = random.choice((1, 2, 4, 16, 200))
            donor = random.choice(seeds)
            start = random.randrange(len(donor))
            match random.randrange(5):
                case 0:
                    data[at : at + length] = random.randbytes(length)
                case 1:  # numbers at which programs stumble
                    value = random.choice(
                        (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x10000, 2**31, 2**32 - 1)
                    )
                    data[at : at + 4] = value.to_bytes(4, random.choice(("big", "little")))
                case 2:
                    del data[at : at + length]
                case 3:
                    data[at:at] = data[at : at + length]
                case 4:
                    data[at : at + length] = donor[start : start + length]
        yield bytes(data)


def srgb_profile(kind: str = "sRGB") -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()


# --- Boxes of the formats


def segment(kind: int, body: bytes = b"") -> bytes:
    """One of a JPEG."""
    return struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body


def chunk(kind: bytes, body: bytes = b"", crc: int | None = None) -> bytes:
    """One of a PNG, with the right check sum unless another one is given."""
    right = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc or right)


def riff(kind: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    """A chunk of a WebP, which may lie about its size."""
    told = len(body) if size is None else size
    return kind + struct.pack("<I", told) + body + b"\0" * (len(body) % 2)


def box(kind: bytes, *parts: bytes, size: int | None = None) -> bytes:
    """One of a HEIC file, which may lie about its size."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body) if size is None else size, kind) + body


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


# --- EXIF


SHORT, LONG, RATIONAL, UNDEFINED = 3, 4, 5, 7


def tiff(*entries: tuple[int, int, int, int], rest: bytes = b"", after: int = 0) -> bytes:
    """A directory of (tag, type, count, value or place), with bytes after it, at `end_of(entries)`.

    `after` is where the next directory is said to be.
    """
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries))
        + rows
        + struct.pack("<I", after)
        + rest
    )


def end_of(entries: int) -> int:
    """Where the bytes after a directory of so many entries are."""
    return 8 + 2 + 12 * entries + 4


class Bits:
    """Bytes from bits, of which the lowest of each byte comes first, as in lossless WebP."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def put(self, value: int, count: int) -> None:
        self.text.append(f"{value:0{count}b}"[::-1] if count else "")

    def code(self, value: int, count: int) -> None:
        """A Huffman code, whose highest bit comes first."""
        self.text.append(f"{value:0{count}b}")

    def bytes(self) -> bytes:
        bits = "".join(self.text)
        bits += "0" * (-len(bits) % 8)
        return int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
