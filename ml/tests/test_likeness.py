"""What pictures look like, in bits."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from skimage.data import astronaut, cat

from ml.likeness import DISTANCE, likeness_of

PORTRAIT = Image.fromarray(astronaut())


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def differing(one: Image.Image, other: Image.Image) -> int:
    """How many of the 128 bits differ."""
    both = zip(likeness_of(one), likeness_of(other), strict=True)
    return sum(((a ^ b) & (2**64 - 1)).bit_count() for a, b in both)


@pytest.mark.parametrize(
    "changed",
    [
        PORTRAIT.resize((200, 200)),
        PORTRAIT.resize((2048, 2048)),
        compressed(PORTRAIT, 60),
        PORTRAIT.crop((10, 10, 502, 502)),
        ImageEnhance.Brightness(PORTRAIT).enhance(1.2),
        PORTRAIT.convert("L"),
    ],
    ids=["smaller", "larger", "compressed", "cropped by 2 %", "brighter", "gray"],
)
def test_a_picture_that_was_changed_a_little_looks_alike(changed):
    assert differing(PORTRAIT, changed) <= DISTANCE


@pytest.mark.parametrize(
    "other",
    [
        Image.fromarray(cat()),
        PORTRAIT.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        PORTRAIT.crop((100, 0, 400, 300)),
    ],
    ids=["another", "mirrored", "a detail"],
)
def test_another_picture_does_not(other):
    assert differing(PORTRAIT, other) > 2 * DISTANCE


@pytest.mark.parametrize("size", [(32, 32), (600, 32), (32, 600), (1500, 1000)])
def test_the_numbers_fit_into_a_column_whatever_the_size(size):
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)

    for number in likeness_of(Image.fromarray(pixels)):
        assert -(2**63) <= number < 2**63


def test_a_picture_of_one_color_has_no_bit():
    assert likeness_of(Image.new("RGB", (64, 64), "red")) == (0, 0)
