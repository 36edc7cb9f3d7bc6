"""HEIC: what a file has a decoder compute is known before it is decoded."""

import struct

import pytest

from gallery.tests.pictures import draw, encode, refusal
from gallery.uploads.heif import decoded_pixels
from gallery.uploads.structure import StructureError


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *parts: bytes) -> bytes:
    """A box with a version and flags, both 0."""
    return box(kind, bytes(4), *parts)


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def heic(sizes: dict[int, tuple[int, int]], parts: dict[int, list[int]], main: int = 1) -> bytes:
    """The head of a file with items of these sizes, some of which are grids of others."""
    references = [box(b"dimg", numbers(item, len(tiles), *tiles)) for item, tiles in parts.items()]
    properties = [full(b"ispe", struct.pack(">II", *size)) for size in sizes.values()]
    owned = [
        struct.pack(">HBB", item, 1, 0x80 | place) for place, item in enumerate(sizes, start=1)
    ]
    associations = full(b"ipma", struct.pack(">I", len(owned)), *owned)
    return box(b"ftyp", b"heic", bytes(4), b"mif1heic") + full(
        b"meta",
        full(b"pitm", numbers(main)),
        full(b"iref", *references),
        box(b"iprp", box(b"ipco", *properties), associations),
    )


@pytest.mark.parametrize(
    ("sizes", "parts", "pixels"),
    [
        ({1: (300, 200)}, {}, 60_000),
        ({1: (1000, 500), 2: (512, 512), 3: (512, 512)}, {1: [2, 3]}, 2 * 512 * 512),
        ({1: (1000, 500), 2: (512, 512)}, {1: [2, 2, 2]}, 3 * 512 * 512),
        ({1: (9, 9), 2: (9, 9), 3: (10, 10)}, {1: [2] * 30, 2: [3] * 30}, 900 * 100),
    ],
)
def test_each_tile_counts_as_often_as_it_is_used(sizes, parts, pixels):
    assert decoded_pixels(heic(sizes, parts)) == pixels


@pytest.mark.parametrize("side", [4096, 11_900])
def test_a_small_file_that_decodes_to_billions_of_pixels_is_refused_unread(side):
    bomb = heic({1: (6000, 6000), 2: (side, side)}, {1: [2] * 900})

    assert "million pixels" in refusal(bomb)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_real_file_counts_its_picture_and_its_alpha_plane(mode):
    data = encode(draw((320, 192), mode), "HEIF")

    assert decoded_pixels(data) == 320 * 192 * (2 if mode == "RGBA" else 1)


@pytest.mark.parametrize(
    "data",
    [
        heic({1: (9, 9), 2: (9, 9)}, {1: [2], 2: [1]}),
        heic(dict.fromkeys(range(1, 9), (9, 9)), {n: [n + 1, n + 1] for n in range(1, 8)}),
        box(b"ftyp", b"heic") + struct.pack(">I4s", 9_999, b"meta"),
        box(b"ftyp", b"heic") + full(b"meta", full(b"pitm")),
        box(b"ftyp", b"heic") + box(b"free") * 20_000,
    ],
)
def test_boxes_that_do_not_fit_are_refused(data):
    with pytest.raises(StructureError):
        decoded_pixels(data)
    assert "built in a way that no camera" in refusal(data)


def test_another_format_has_none():
    assert decoded_pixels(encode(draw())) == 0
