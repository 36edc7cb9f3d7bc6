import numpy as np
import pytest

from ml.faces.boxes import Candidate
from ml.faces.pyramid import SMALLEST_SIDE, Pyramid, normalize
from ml.preprocessing import BOX_SIDE


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)


def test_a_picture_is_halved_until_its_shorter_side_is_small():
    pyramid = Pyramid(noise(100, 301))

    assert [level.shape for level in pyramid.levels] == [(100, 301), (50, 150), (25, 75)]
    assert pyramid.levels[1][3, 4] == round(pyramid.levels[0][6:8, 8:10].mean() + 0.01)
    assert len(Pyramid(noise(1, 9)).levels) == 1
    assert min(pyramid.levels[-1].shape) >= SMALLEST_SIDE


def test_a_window_of_the_pictures_own_scale_is_a_part_of_it():
    gray = noise(120, 160)
    face = Candidate(x=60, y=50, side=40 * BOX_SIDE, angle=0, score=0)

    assert (Pyramid(gray).window(face, 40) == gray[30:70, 40:80]).all()


def test_beyond_its_edge_a_picture_goes_on_as_at_it():
    gray = noise(50, 50)
    corner = Candidate(x=0, y=0, side=20 * BOX_SIDE, angle=0, score=0)

    window = Pyramid(gray).window(corner, 20)

    assert (window[:10, :10] == gray[0, 0]).all()
    assert (window[10:, 10:] == gray[:10, :10]).all()


def test_each_pixel_is_normalized_by_what_is_around_it():
    gray = noise(30, 40)
    around = gray[5:18, 7:20].astype(float)  # 13 by 13 pixels around row 11, column 13

    normalized = normalize(gray, 13)[11, 13]

    assert normalized == pytest.approx(
        (gray[11, 13] - around.mean()) / (around.std() + 6), abs=1e-3
    )


def test_a_normalized_picture_is_the_same_in_any_light():
    gray = noise(60, 80) // 2 + 60

    darker = normalize(gray // 2, 21)

    assert normalize(gray, 21).std() == pytest.approx(1, abs=0.15)
    assert np.abs(normalize(gray, 21) - darker).mean() < 0.2


def test_nothing_is_made_of_a_plain_picture():
    assert np.abs(normalize(np.full((30, 30), 77, np.uint8), 21)).max() == 0
