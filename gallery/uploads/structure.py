"""Refuse files whose structure would keep a decoder busy for long, before a decoder sees them.

Pillow reads the segments of a JPEG and the chunks of a PNG one by one in Python, and libjpeg goes
over the whole picture for each scan, although each takes only a few bytes: 200 needless scans in
300 kB cost six seconds, 25 MB of them hours. The decoders have no limits of their own.
"""

import re
import struct
from collections import Counter

MAX_PARTS = 10_000  # segments or chunks: a PNG of 25 MB in chunks of 4 kB has 6,400
MOST = {  # of a JPEG
    "parts": MAX_PARTS,
    "padding": 10_000,  # bytes between the segments of its header, or filling up its scans
    "scans": 40,  # encoders write about ten, and each goes over all pixels
    "EXIF segments": 10,  # Pillow appends each to those before: 10,000 take half a minute
}

JPEG_START = b"\xff\xd8"
PNG_START = b"\x89PNG\r\n\x1a\n"

# Within a scan, a 0xff is followed by 0x00 or a restart marker; a run of 0xff is padding.
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
WITHOUT_LENGTH = b"\x01\xc8\xd8\xd9" + bytes(range(0xF0, 0xFE))  # or treated so by Pillow
END_OF_IMAGE = 0xD9
START_OF_SCAN = 0xDA
TABLES, EXIF, PHOTOSHOP = 0xDB, 0xE1, 0xED
TABLE = 65  # bytes of one for quantization


class StructureError(ValueError):
    """The file has more parts than any real picture."""


def check_structure(data: bytes) -> None:
    """Raise StructureError if a JPEG or PNG has an absurd number of parts."""
    if data.startswith(JPEG_START):
        _check_jpeg(data)
    elif data.startswith(PNG_START):
        _check_png(data)


def _check_jpeg(data: bytes) -> None:
    """Walk the markers of the first picture; decoders ignore what follows it."""
    position = len(JPEG_START)
    counts: Counter[str] = Counter()
    while marker := MARKER.search(data, position):
        kind, end = data[marker.start() + 1], marker.start()
        # Within a scan stands what is decoded; two 0xff in a row are none of it.
        is_scan = counts["scans"] > 0
        counts["padding"] += data.count(b"\xff\xff", position, end) if is_scan else end - position
        if kind == END_OF_IMAGE and is_scan:
            return
        position = marker.end()
        if kind not in WITHOUT_LENGTH:
            position += int.from_bytes(data[position : position + 2])
        counts["scans"] += kind == START_OF_SCAN
        counts["EXIF segments"] += kind == EXIF and data.startswith(b"Exif", marker.end() + 2)
        counts["parts"] += 1 + _parts_within(kind, data, marker.end(), position)
        for what, most in MOST.items():
            if counts[what] > most:
                raise StructureError(f"too many {what} in a JPEG")
    if not counts["scans"] and len(data) - position > MOST["padding"]:
        raise StructureError("a JPEG without a picture")


def _parts_within(kind: int, data: bytes, start: int, end: int) -> int:
    """The parts of a segment that Pillow reads one by one in Python."""
    if kind == TABLES:
        return (end - start) // TABLE
    return data.count(b"8BIM", start, end) if kind == PHOTOSHOP else 0


def _check_png(data: bytes) -> None:
    """Walk the chunks. A second color profile would only be more to decompress."""
    position = len(PNG_START)
    profiles = parts = 0
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        parts += 1
        profiles += kind == b"iCCP"
        if parts > MAX_PARTS or profiles > 1:
            raise StructureError("too many chunks in a PNG")
        if kind == b"IEND":
            return
        position += 12 + length
