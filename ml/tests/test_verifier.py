import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.boxes import Candidate, FaceBox, crop_face
from ml.verifier import SIDE, Pyramid, evidence, fit

FACE = Candidate(x=224, y=115, side=90, angle=0, score=0)


@pytest.fixture(scope="module")
def astronaut() -> Pyramid:
    return Pyramid(np.asarray(Image.fromarray(data.astronaut()).convert("L")))


def test_more_speaks_for_a_face_than_for_anything_beside_it(astronaut):
    others = [Candidate(x, y, 90, 0, 0) for x, y in ((100, 300), (400, 100), (224, 215))]

    face, *rest = evidence(astronaut, [FACE, *others])

    assert face > 0 > max(rest)


def test_less_speaks_for_a_face_upside_down(astronaut):
    upright, turned = evidence(astronaut, [FACE, Candidate(224, 115, 90, 180, 0)])

    assert upright > 0 > turned


def test_a_window_beside_its_face_is_moved_onto_it(astronaut):
    best = fit(astronaut, FACE)

    beside = Candidate(best.x + 12, best.y - 10, best.side * 1.2, 15, 0)
    moved = fit(astronaut, beside)

    assert moved.score > evidence(astronaut, [beside])[0] + 1
    assert (moved.x, moved.y) == pytest.approx((best.x, best.y), abs=0.12 * best.side)
    assert moved.side == pytest.approx(best.side, rel=0.2)


@pytest.mark.parametrize("angle", [0.0, 20.0])
def test_a_window_is_the_frame_that_the_network_sees(angle):
    picture = Image.fromarray(data.astronaut())
    box = FaceBox(0.35, 0.15, 0.2, 0.2, 1.0, "haar", angle)
    face = Candidate(0.45 * 512, 0.25 * 512, 0.2 * 512, angle, 0)
    crop = np.asarray(crop_face(picture, box, SIDE).convert("L"), float)

    window = Pyramid(np.asarray(picture.convert("L"))).window(face)

    assert np.abs(crop - window).mean() < 6
