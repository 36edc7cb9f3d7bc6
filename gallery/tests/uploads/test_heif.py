"""HEIC: what a file has a decoder compute is known before it is decoded."""

import struct

import pytest

from gallery.tests.pictures import decoders_memory, draw, encode, refusal
from gallery.uploads.heif import decoded_pixels
from gallery.uploads.structure import StructureError
from tests.hostile import boxes


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
        ({1: (9, 9), 2: (9, 9), 3: (10, 10)}, {1: [2], 2: [3]}, 100),
    ],
)
def test_the_tiles_of_a_grid_count_and_not_what_it_says_itself(sizes, parts, pixels):
    assert decoded_pixels(heic(sizes, parts)) == pixels


@pytest.mark.parametrize("side", [4096, 11_900])
def test_a_small_file_that_decodes_to_billions_of_pixels_is_refused_unread(side):
    tiles = dict.fromkeys(range(2, 100), (side, side))

    assert "million pixels" in refusal(heic({1: (6000, 6000), **tiles}, {1: list(tiles)}))


@pytest.mark.parametrize("side", [4096, 11_900])
def test_one_tile_that_stands_900_times_in_a_grid_is_refused_unread(side):
    data = heic({1: (6000, 6000), 2: (side, side)}, {1: [2] * 900})

    with decoders_memory() as memory:
        assert "built in a way that no camera" in refusal(data)

    assert memory() < 10_000_000


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_real_file_counts_its_picture_and_its_alpha_plane(mode):
    data = encode(draw((320, 192), mode), "HEIF")

    assert decoded_pixels(data) == 320 * 192 * (2 if mode == "RGBA" else 1)


@pytest.mark.parametrize(
    "data",
    [
        heic({1: (9, 9), 2: (9, 9)}, {1: [2], 2: [1]}),
        heic({1: (9, 9), 2: (9, 9)}, {1: [2, 2]}),
        heic({1: (9, 9), 2: (9, 9), 3: (9, 9), 4: (9, 9)}, {1: [2, 3], 2: [4], 3: [4]}),
        heic({1: (9, 9)}, {}) + heic({1: (9, 9)}, {}),
        heic({1: (9, 9), 2: (9, 9)}, {1: [2], 5: [1] * 60_000}),
        boxes.heic({1: boxes.picture(), 2: boxes.Item(b"Exif", bytes(5000), (), 30)}),
        boxes.heic({1: boxes.picture()}, extra=full(b"meta", *[box(b"free")] * 9000) * 2),
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


@pytest.mark.parametrize("size", [(1024, 768), (7000, 7000)])
def test_pictures_laid_on_a_canvas_are_refused_unread(size):
    items = {1: boxes.overlay(1, size), 2: boxes.picture()}
    data = boxes.heic(items, boxes.tiles([2]))

    with pytest.raises(StructureError, match="canvas"):
        decoded_pixels(data)
    assert "built in a way that no camera or program does" in refusal(data)


def test_the_alpha_planes_of_tiles_count():
    alpha = boxes.full(b"auxC", b"urn:mpeg:hevc:2015:auxid:1\0")
    plane = boxes.picture((64, 64), extra=(alpha,), mode="L")
    items = {1: boxes.grid(1, 1, (512, 512)), 2: boxes.picture(), 3: plane, 4: boxes.picture()}

    data = boxes.heic(items, boxes.tiles([2]), boxes.refers(b"auxl", 3, 2))

    assert decoded_pixels(data) == 512 * 512 + 64 * 64


def test_a_picture_beside_the_main_one_that_is_no_alpha_plane_does_not_count():
    data = boxes.heic({1: boxes.picture(), 2: boxes.picture()}, boxes.refers(b"auxl", 2, 1))

    assert decoded_pixels(data) == 512 * 512


def test_another_format_has_none():
    assert decoded_pixels(encode(draw())) == 0
