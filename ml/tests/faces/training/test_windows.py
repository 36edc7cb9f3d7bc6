import numpy as np
import pytest

from ml.data.celeba import read_celeba
from ml.faces.boxes import Candidate
from ml.faces.proposals import STRIDE
from ml.faces.training.drawing import SceneDrawer
from ml.faces.training.scenes import Source
from ml.faces.training.windows import FAR, NEAR, Drawer, Offset
from ml.faces.verifier import SIDE, TURN

FACE = Candidate(60, 70, 40, 0, 0)


@pytest.mark.parametrize(
    "offset", [Offset(0, 0, 0, 0), Offset(0.2, -0.1, 0.5, 30), Offset(-1, 0.5, -1, -120)]
)
def test_an_offset_leads_from_its_window_to_the_face(offset):
    seen = Offset.between(offset.window_on(FACE), FACE)

    assert (seen.across, seen.down) == pytest.approx((offset.across, offset.down))
    assert (seen.larger, seen.turned) == pytest.approx((offset.larger, offset.turned))


def test_a_window_to_the_left_of_its_face_must_move_to_the_right():
    beside = Candidate(FACE.x - 10, FACE.y, FACE.side, 0, 0)

    offset = Offset.between(beside, FACE)

    assert offset.across > 0
    assert offset.down == 0


@pytest.mark.parametrize(
    ("offset", "answer"),
    [
        (Offset(0.05, 0, 0.1, 10), 1),
        (Offset(0.5, 0, 0, 0), 0),
        (Offset(0, 0, 1, 0), 0),
        (Offset(0, 0, 0, 90), 0),
        (Offset(0.2, 0, 0, 0), np.nan),
    ],
)
def test_a_window_is_a_faces_where_it_lies_on_it(offset, answer):
    assert offset.is_face == pytest.approx(answer, nan_ok=True)


def test_what_to_tell_is_nothing_where_too_little_of_the_face_is_seen():
    assert np.isnan(Offset(1, 0, 0, 0).moves).all()
    assert Offset(0.1, 0.2, -0.3, TURN).moves == (0.1, 0.2, -0.3, 1)


def test_windows_lie_on_faces_near_them_and_elsewhere(celeba):
    files = read_celeba(celeba).partition("train").files

    windows = Drawer(0).windows(files)

    assert {pixels.shape for pixels in windows.pixels} == {(SIDE, SIDE)}
    assert len(windows.pixels) == len(windows.is_face) == len(windows.moves)
    assert len(windows.pixels) > len(files) * (NEAR + FAR)
    answers = np.array(windows.is_face)
    assert (answers == 1).any()
    assert (answers == 0).sum() >= len(files) * FAR
    assert all(np.isnan(moves).all() for moves in windows.moves[-3:])  # of a mosaic


def test_hard_windows_are_wrong_ones_that_a_network_takes_for_faces(celeba):
    files = read_celeba(celeba).partition("train").files

    hard = Drawer(0).hard_windows(files, lambda windows: np.zeros((len(windows), 5)))

    assert len(hard.pixels) > len(files)
    assert set(hard.is_face) == {0.0}


def test_what_a_proposer_takes_for_faces_is_right_or_wrong(celeba):
    files = read_celeba(celeba).partition("train").files
    scenes = SceneDrawer([Source.read(file) for file in files], [], seed=0)

    def everywhere(pictures: np.ndarray) -> np.ndarray:
        height, width = pictures.shape[-2:]
        return np.zeros((1, 5, -(-height // STRIDE), -(-width // STRIDE)), np.float32)

    windows = Drawer(0).proposed(scenes, 20, everywhere)

    answers = np.array(windows.is_face)
    assert {pixels.shape for pixels in windows.pixels} == {(SIDE, SIDE)}
    assert (answers == 1).any() and (answers == 0).any()
