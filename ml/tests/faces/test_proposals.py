import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.faces.proposals import FILE, LEAST, STRIDE, TURN, USUAL, decode, propose
from ml.faces.pyramid import Pyramid
from ml.hardware.sessions import load_network

PROPOSER = load_network(FILE)


def gray(side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(data.astronaut()).convert("L").resize((side, side)))


def test_a_cell_says_where_its_face_is_how_large_and_how_turned():
    outputs = np.full((5, 4, 6), LEAST - 1.0)
    outputs[:, 2, 3] = (1.5, 0.25, -0.5, 1.0, -0.2)

    (face,) = decode(outputs, 2.0)

    assert face.x == pytest.approx((3.25 * STRIDE + 0.5) * 2)
    assert face.y == pytest.approx((1.5 * STRIDE + 0.5) * 2)
    assert face.side == pytest.approx(2 * USUAL * 2)
    assert face.angle == pytest.approx(-0.2 * TURN)
    assert face.score == 1.5


@pytest.mark.parametrize("side", [60, 100, 170, 300, 480])
def test_a_face_of_any_size_is_proposed_most_strongly_once(side):
    best, *others = propose(Pyramid(gray(side)), PROPOSER)

    assert (best.x / side, best.y / side) == pytest.approx((0.44, 0.22), abs=0.04)
    assert best.side / side == pytest.approx(0.19, abs=0.05)
    assert best.score > 0
    assert all(other.score < best.score for other in others)


def test_a_small_picture_without_a_face_has_no_proposal():
    assert propose(Pyramid(np.full((3, 40), 90, np.uint8)), PROPOSER) == []
