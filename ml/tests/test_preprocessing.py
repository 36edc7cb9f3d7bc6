import numpy as np
import pytest
import torch
from PIL import Image

from ml.preprocessing import celeba_square, crop_square, to_input


@pytest.mark.parametrize(
    ("size", "square"),
    [
        ((178, 218), (2.84, 37.61, 172.33)),
        ((89, 109), (1.42, 18.81, 86.16)),
        ((160, 170), (0, 5, 160)),
    ],
)
def test_the_square_of_a_celeba_picture_holds_its_face(size, square):
    assert celeba_square(*size) == pytest.approx(square, abs=0.01)


def gradient(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.tile(np.arange(width, dtype=np.uint8), (height, 1)))


def test_a_square_inside_the_picture_is_cut_out_as_it_is():
    crop = crop_square(gradient(100, 80), (10, 20, 30), 30, channels=1)

    assert np.array_equal(crop[0, :, 0], np.arange(10, 40))


def test_beyond_the_picture_its_edge_is_repeated():
    crop = crop_square(gradient(100, 80), (-10, -10, 40), 40, channels=1)

    assert (crop[:, :10] == 0).all()
    assert np.array_equal(crop[0, 10:, 0], np.arange(30))


def test_a_crop_has_the_size_and_channels_asked_for():
    assert crop_square(gradient(100, 80), (0, 0, 80), 24).shape == (24, 24, 3)


def test_the_networks_input_is_about_zero():
    faces = to_input(torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 2, 1, 1))

    assert faces.flatten().tolist() == [-2, 2]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (64, 64), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("I;16", (64, 64), 128 * 257), (128, 128, 128)),
        (Image.new("I;16B", (64, 64), 128 * 257), (128, 128, 128)),
    ],
)
def test_what_is_transparent_is_white_and_16_bits_are_scaled(image, expected):
    assert tuple(crop_square(image, (0, 0, 64), 32)[0, 0]) == expected
