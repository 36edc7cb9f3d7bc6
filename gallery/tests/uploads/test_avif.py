"""AVIF: the cost of decoding a file is known before it is decoded."""

import pytest
from PIL import Image

from gallery.tests.pictures import decoders_memory, draw, encode, mean, picture, refusal
from gallery.uploads.avif import Film, read_avif
from gallery.uploads.structure import StructureError
from tests.hostile import avif
from tests.hostile.boxes import Item, grid, ispe, refers, tiles

SIZE = (avif.TILE, avif.TILE)
AREA = avif.TILE**2


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_its_pixels_and_colors_are_read_from_its_data(mode, subsampling):
    image = draw((320, 192), mode)
    if mode == "RGBA":
        image.putalpha(100)  # libavif leaves out what is opaque all over
    data = encode(image, "AVIF", subsampling=subsampling)

    found = read_avif(data)

    assert found and found.pixels == 320 * 192 * (1 + (mode == "RGBA"))
    assert found.colors and found.colors[1] == 13  # sRGB's curve


def test_the_data_counts_and_not_what_the_boxes_say():
    assert read_avif(avif.avif({1: avif.picture(told=(64, 64))})).pixels == AREA
    assert read_avif(avif.avif({1: avif.picture(told=(1024, 1024))})).pixels == 4 * AREA


def test_each_frame_counts_and_many_are_refused():
    assert read_avif(avif.avif({1: avif.picture(times=3)})).pixels == 3 * AREA
    with pytest.raises(StructureError):
        read_avif(avif.avif({1: avif.picture(times=5)}))


def test_tiles_and_alpha_planes_count():
    both = {1: avif.picture(), 2: avif.picture(extra=(avif.ALPHA,), mode="L")}
    whole = grid(2, 2, (1024, 1024))
    numbers = range(2, 6)

    assert read_avif(avif.avif(both, refers(b"auxl", 2, 1))).pixels == 2 * AREA
    tiled = avif.avif({1: whole, **dict.fromkeys(numbers, avif.picture())}, tiles(numbers))
    assert read_avif(tiled).pixels == 4 * AREA
    assert picture(tiled).size == (1024, 1024)


def test_a_small_file_that_would_decode_to_billions_of_pixels_is_refused_unread():
    settings, data = avif.coded((4000, 3000))
    item = Item(b"av01", data * 4, (ispe((64, 64)), settings))

    with decoders_memory() as memory:
        assert "million pixels" in refusal(avif.avif({1: item}))

    assert memory() < 50_000_000


def test_one_tile_many_times_is_refused():
    with pytest.raises(StructureError):
        read_avif(avif.avif({1: grid(2, 2, (1024, 1024)), 2: avif.picture()}, tiles([2] * 4)))


def test_a_film_is_refused_in_words():
    film = encode(draw(), "AVIF", save_all=True, append_images=[Image.new("RGB", (96, 64))])

    with pytest.raises(Film):
        read_avif(film)
    assert refusal(film) == "This is a video. Save one of its pictures and upload that."


def test_transparency_turns_white():
    assert mean(picture(encode(Image.new("RGBA", (64, 64)), "AVIF"))) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        avif.unit(15) * 20_000,
        avif.unit(1, b"\xff" * 30),
        avif.unit(1),
        avif.coded()[1][:2],
        b"\x0a" + b"\x80" * 50,
    ],
)
def test_data_that_is_no_picture_is_refused(data):
    item = Item(b"av01", data, (ispe(SIZE), avif.coded()[0]))

    with pytest.raises(StructureError):
        read_avif(avif.avif({1: item}))


def test_other_files_are_none():
    assert read_avif(encode(draw(), "HEIF")) is None
    assert read_avif(encode(draw(), "JPEG")) is None
