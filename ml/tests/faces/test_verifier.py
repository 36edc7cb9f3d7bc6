import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.faces.boxes import Candidate, FaceBox, crop_face
from ml.faces.pyramid import Pyramid
from ml.faces.verifier import FILE, SIDE, assess, fit
from ml.hardware.sessions import load_network

FACE = Candidate(x=224, y=115, side=90, angle=0, score=0)
VERIFIER = load_network(FILE)


@pytest.fixture(scope="module")
def astronaut() -> Pyramid:
    return Pyramid(np.asarray(Image.fromarray(data.astronaut()).convert("L")))


def test_more_speaks_for_a_face_than_for_anything_beside_it(astronaut):
    others = [Candidate(x, y, 90, 0, 0) for x, y in ((100, 300), (400, 100), (224, 215))]

    face, *rest = assess(astronaut, [FACE, *others], VERIFIER)[:, 0]

    assert face > 0 > max(rest)


def test_less_speaks_for_a_face_upside_down(astronaut):
    upright, turned = assess(astronaut, [FACE, Candidate(224, 115, 90, 180, 0)], VERIFIER)[:, 0]

    assert upright > 0 > turned


@pytest.mark.parametrize("angle", [-15, 0, 15])
@pytest.mark.parametrize("larger", [0.8, 1.25])
@pytest.mark.parametrize(("across", "down"), [(10, -10), (-14, 3), (7, 14)])
def test_a_window_beside_its_face_is_moved_onto_it(astronaut, across, down, larger, angle):
    (best,) = fit(astronaut, [FACE], VERIFIER)

    beside = Candidate(best.x + across, best.y + down, best.side * larger, angle, 0)
    (moved,) = fit(astronaut, [beside], VERIFIER)

    assert (moved.x, moved.y) == pytest.approx((best.x, best.y), abs=0.15 * best.side)
    assert moved.side == pytest.approx(best.side, rel=0.25)
    assert moved.angle == pytest.approx(best.angle, abs=12)


def test_a_face_is_found_as_turned_as_its_picture(astronaut):
    picture = Image.fromarray(astronaut.levels[0])
    (upright,) = fit(astronaut, [FACE], VERIFIER)
    turned = picture.rotate(-20, center=(upright.x, upright.y))  # clockwise

    (found,) = fit(Pyramid(np.asarray(turned)), [FACE], VERIFIER)

    assert found.angle - upright.angle == pytest.approx(20, abs=8)


def test_of_no_windows_nothing_is_told(astronaut):
    assert fit(astronaut, [], VERIFIER) == []


@pytest.mark.parametrize("angle", [0.0, 20.0])
def test_a_window_is_the_frame_that_the_network_sees(angle):
    picture = Image.fromarray(data.astronaut())
    box = FaceBox(0.35, 0.15, 0.2, 0.2, 1.0, "finder", angle)
    face = Candidate(0.45 * 512, 0.25 * 512, 0.2 * 512, angle, 0)
    crop = np.asarray(crop_face(picture, box, SIDE).convert("L"), float)

    window = Pyramid(np.asarray(picture.convert("L"))).window(face, SIDE)

    assert np.abs(crop - window).mean() < 6
