"""How many pixels a WebP file says that it has, read before any decoder reserves memory for them.

Pillow reserves it while it opens the file: 42 bytes of lossless WebP can claim 268 megapixels. The
layout is that of RFC 9649, section 2.
"""


def declared_pixels(data: bytes) -> int:
    """The pixels of the picture, or of an animation's canvas; 0 if this is no WebP file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return 0
    kind, body = data[12:16], data[20:30].ljust(10, b"\0")
    if kind == b"VP8X":
        wide, high = (int.from_bytes(body[at : at + 3], "little") for at in (4, 7))
        return (wide + 1) * (high + 1)
    if kind == b"VP8L":
        sides = int.from_bytes(body[1:5], "little")
        return (1 + (sides & 0x3FFF)) * (1 + (sides >> 14 & 0x3FFF))
    wide, high = (int.from_bytes(body[at : at + 2], "little") for at in (6, 8))  # a lossy picture
    return (wide & 0x3FFF) * (high & 0x3FFF)
