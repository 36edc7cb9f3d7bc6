"""Geometry by a network that answers what the test says; the real one where its file is at hand."""

import numpy as np
import pytest
from django.conf import settings
from PIL import Image
from skimage import data

from ml.faces.detectors import find_faces, load_detector
from ml.faces.yunet import YuNet, from_points
from ml.preprocessing import ALIGNED_CENTER, ALIGNED_SIDE, BOX_SIDE

FILE = settings.BASE_DIR.parent / "shared/data/yunet/face_detection_yunet_2023mar.onnx"
# Both eyes, the nose, both corners of the mouth, where CelebA's aligned pictures have them.
ALIGNED = np.array([[69.745, 111], [107.237, 111], [88, 132], [73, 152.514], [103.864, 152.514]])


class Network:
    """Finds the same faces in every picture, as cv2.FaceDetectorYN does."""

    def __init__(self, *faces: np.ndarray) -> None:
        self.rows = np.array([[0, 0, 1, 1, *face.ravel(), 0.9] for face in faces], np.float32)

    def setInputSize(self, size: tuple[int, int]) -> None:
        self.size = size

    def detect(self, pixels: np.ndarray) -> tuple[int, np.ndarray | None]:
        assert pixels.shape == (self.size[1], self.size[0], 3)
        return 1, self.rows if len(self.rows) else None


def turned(points: np.ndarray, degrees: float, scale: float) -> np.ndarray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return scale * points @ np.array([[cos, sin], [-sin, cos]])


@pytest.fixture(scope="module")
def yunet() -> YuNet:
    if not FILE.is_file():
        pytest.skip("YuNet's file is not at hand")
    return YuNet.from_file(FILE)


def test_points_as_celeba_aligns_them_give_celebas_frame():
    face = from_points(ALIGNED, 0.9)

    assert face.angle == pytest.approx(0, abs=0.1)
    assert face.side == pytest.approx(ALIGNED_SIDE * 178 * BOX_SIDE, rel=0.001)
    assert (face.x, face.y) == pytest.approx((89, ALIGNED_CENTER * 218), abs=0.1)


@pytest.mark.parametrize("degrees", [-30, 15, 90])
def test_turned_and_scaled_points_turn_and_scale_the_box(degrees):
    upright, face = from_points(ALIGNED, 0.9), from_points(turned(ALIGNED, degrees, 2), 0.9)

    assert face.angle - upright.angle == pytest.approx(degrees)
    assert face.side == pytest.approx(2 * upright.side)
    center = turned(np.array([[upright.x, upright.y]]), degrees, 2)[0]
    assert (face.x, face.y) == pytest.approx(center)


def test_points_in_a_picture_that_was_scaled_down_are_scaled_up():
    boxes = find_faces(Image.new("RGB", (1280, 1280)), YuNet(Network(ALIGNED * 2)))

    assert [box.detector for box in boxes] == ["yunet"]
    assert boxes[0].w * 1280 == pytest.approx(4 * ALIGNED_SIDE * 178 * BOX_SIDE, rel=0.01)


def test_a_second_face_within_the_first_is_no_face():
    inner = (ALIGNED - ALIGNED.mean(0)) / 3 + ALIGNED.mean(0)

    assert len(YuNet(Network(ALIGNED, inner)).find(Image.new("RGB", (300, 300)))) == 1


def test_a_network_that_finds_nothing_leaves_the_whole_picture():
    boxes = find_faces(Image.new("RGB", (300, 200)), YuNet(Network()))

    assert [box.detector for box in boxes] == ["whole"]


def test_a_file_that_is_not_there_or_another_is_an_os_error(tmp_path):
    other = tmp_path / "other.onnx"
    other.write_bytes(b"not a network")

    for path in (other, tmp_path / "none.onnx"):
        with pytest.raises(OSError, match=path.name):
            load_detector(path)


@pytest.mark.parametrize("degrees", [-30, -15, 0, 15, 30])
def test_yunet_tells_how_far_a_face_is_turned(yunet, degrees):
    picture = Image.fromarray(data.astronaut())
    (upright,) = yunet.find(picture)
    (face,) = yunet.find(picture.rotate(-degrees, Image.Resampling.BICUBIC))

    assert face.angle - upright.angle == pytest.approx(degrees, abs=7)
    assert face.side == pytest.approx(upright.side, rel=0.1)
