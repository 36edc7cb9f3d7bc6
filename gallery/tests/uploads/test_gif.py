"""GIF: its first picture, and the cost of all of them, before a decoder sees the file."""

import pytest
from PIL import Image

from gallery.tests.pictures import (
    clean,
    corner_of_red,
    decoders_memory,
    draw,
    encode,
    mean,
    picture,
    refusal,
)
from gallery.uploads.gif import declared_pixels
from gallery.uploads.structure import StructureError
from tests.hostile.gif import gif, parts, plain
from tests.hostile.gif import picture as block


def test_the_first_picture_of_an_animation_is_taken():
    others = [Image.new("RGB", (96, 64), (n, 0, 255)) for n in range(20)]
    data = encode(draw(), "GIF", save_all=True, append_images=others)

    assert corner_of_red(picture(data)) == "top left"


def test_transparency_turns_white():
    data = encode(Image.new("P", (64, 64)), "GIF", transparency=0)

    assert mean(picture(data)) == (255, 255, 255)


def test_the_screen_is_as_large_as_its_pictures():
    assert declared_pixels(gif(block())) == 64 * 64
    assert declared_pixels(gif(block((100, 50), at=(10, 20)))) == 110 * 70
    assert declared_pixels(gif(block(), block((65_535, 65_535)))) == 65_535**2
    assert declared_pixels(b"no picture") == 0


def test_what_lies_far_beyond_the_screen_is_refused_without_memory():
    with decoders_memory() as memory:
        assert "million pixels" in refusal(gif(block(), block((65_535, 65_535))))
        assert "million pixels" in refusal(plain((12_000, 12_000)))

    assert memory() < 50_000_000


@pytest.mark.parametrize(
    "data",
    [
        gif(),
        gif(end=b""),
        gif(b"!\xfe\0" * 20_000, block()),
        gif(b"!\xfe" + parts(bytes(20_000), 1), block()),
        gif(bytes(20_000), block()),
    ],
)
def test_what_no_program_writes_is_refused_before_a_decoder_sees_it(data):
    with pytest.raises(StructureError):
        declared_pixels(data)


def test_a_large_animation_costs_no_more_than_its_first_picture():
    data = plain((96, 64))
    film = data[:-1] + data[data.index(b",") : -1] * 5000 + b";"

    assert clean(film).width == 96
