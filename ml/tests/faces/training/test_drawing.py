import numpy as np
import pytest

from ml.data.celeba import read_celeba
from ml.faces.boxes import Candidate
from ml.faces.proposals import LARGEST, SMALLEST, STRIDE, TURN, USUAL
from ml.faces.training.drawing import SIZES, SceneDrawer
from ml.faces.training.scenes import HUGE, Scene, Source


@pytest.fixture
def source(celeba) -> Source:
    return Source.read(read_celeba(celeba).files[0])


def with_face(source: Source, **face) -> Scene:
    scene = Scene(np.zeros((64, 96), np.float32))
    place = {"x": 45.0, "y": 30.0, "side": 20.0, "angle": 10.0, "score": 1.0}
    scene.add(source, Candidate(**{**place, **face}), "whole")
    return scene


def test_a_scene_says_where_its_face_is_how_large_and_how_turned(source):
    scene = with_face(source)

    targets = scene.targets()

    rows, columns = np.nonzero(targets[0] == 1)
    assert scene.pixels.max() > 0
    assert scene.visible(0) == pytest.approx(1, abs=0.05)
    assert len(rows) >= 1
    for row, column in zip(rows, columns, strict=True):
        across, down, larger, turned = targets[1:, row, column]
        assert (column + across) * STRIDE + 0.5 == pytest.approx(45)
        assert (row + down) * STRIDE + 0.5 == pytest.approx(30)
        assert USUAL * 2**larger == pytest.approx(20)
        assert turned * TURN == pytest.approx(10)
    assert (targets[0] == 0).sum() > 60


@pytest.mark.parametrize(
    "face",
    [{"side": SMALLEST - 1}, {"side": LARGEST + 1}, {"angle": 80.0}, {"x": 1.0, "y": 1.0}],
)
def test_nothing_is_asked_of_a_face_that_may_or_may_not_be_found(source, face):
    targets = with_face(source, **face).targets()

    assert not (targets[0] == 1).any()
    assert np.isnan(targets[0]).any()
    assert np.isnan(targets[1:]).all()


@pytest.mark.parametrize("face", [{"side": HUGE + 1}, {"x": -9.0}])
def test_a_face_that_is_too_large_or_nearly_outside_is_not_to_be_found(source, face):
    assert (with_face(source, **face).targets()[0] == 0).all()


def test_a_face_that_another_one_covers_is_not_to_be_found(source):
    scene = with_face(source)
    scene.add(source, Candidate(47, 30, 24, 0, 1), "whole")

    assert scene.visible(0) == 0
    rows, columns = np.nonzero(scene.targets()[0] == 1)
    assert 2 ** scene.targets()[3, rows[0], columns[0]] * USUAL == pytest.approx(24)


@pytest.mark.parametrize("with_others", [True, False])
def test_batches_hold_faces_and_other_things_of_every_kind(celeba, with_others):
    sources = [Source.read(file) for file in read_celeba(celeba).files[:10]]
    others = [np.full((150, 200), 90, np.uint8)] if with_others else []
    drawer = SceneDrawer(sources, others, seed=0)

    batches = [drawer.batch() for _ in range(6)]

    sizes = {pictures.shape[2:] for pictures, _ in batches}
    assert sizes <= {size for size, _ in SIZES} and len(sizes) > 1
    for pictures, targets in batches:
        assert pictures.dtype == targets.dtype == np.float32
        assert np.isfinite(pictures).all()
        assert targets.shape == (len(pictures), 5, *(n // STRIDE for n in pictures.shape[2:]))
        assert {0.0, 1.0} <= set(np.unique(targets[:, 0][~np.isnan(targets[:, 0])]))
