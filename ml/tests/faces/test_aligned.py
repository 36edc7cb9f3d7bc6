import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.faces.aligned import HEIGHT, WIDTH, align_face
from ml.faces.boxes import Frame
from ml.preprocessing import celeba_square, crop_square


def box(x=0.34, y=0.12, w=0.2, h=0.2, angle=0.0, detector="finder") -> SimpleNamespace:
    return SimpleNamespace(x=x, y=y, w=w, h=h, angle=angle, detector=detector)


def read_back(picture: Image.Image, size: int = 96) -> np.ndarray:
    """The square that training cuts out of a CelebA picture."""
    return crop_square(picture, celeba_square(*picture.size), size).astype(float)


def shown(image: Image.Image, face: SimpleNamespace, size: int = 96) -> np.ndarray:
    """The square that the network is shown of a face, without the way over CelebA's layout."""
    frame = Frame.around(face, *image.size)
    square = (frame.x - frame.side / 2, frame.y - frame.side / 2, frame.side)
    return crop_square(image, square, size).astype(float)


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


@pytest.mark.parametrize("scale", [1, 2, 6])
def test_an_aligned_face_read_back_shows_the_network_the_same_square(astronaut, scale):
    image = astronaut.resize((512 * scale, 512 * scale), Image.Resampling.BICUBIC)

    picture = align_face(image, Frame.around(box(), *image.size))

    assert picture.size == (WIDTH, HEIGHT)
    assert np.abs(read_back(picture) - shown(image, box())).mean() < 2  # of 255


@pytest.mark.parametrize("angle", [-30, 15, 90])
def test_a_tilted_face_is_turned_upright(astronaut, angle):
    upright = align_face(astronaut, Frame.around(box(), 512, 512))
    center = (0.44 * 512, 0.22 * 512)
    tilted = astronaut.rotate(-angle, Image.Resampling.BICUBIC, center=center)  # clockwise

    picture = align_face(tilted, Frame.around(box(angle=angle), 512, 512))

    assert np.abs(read_back(picture) - read_back(upright)).mean() < 4


def test_beyond_the_picture_its_edge_is_repeated():
    image = Image.new("RGB", (100, 100), "blue")

    picture = align_face(image, Frame.around(box(0.0, 0.0, 0.9, 0.9, angle=20), 100, 100))

    assert np.unique(np.asarray(picture).reshape(-1, 3), axis=0).tolist() == [[0, 0, 255]]


def test_where_no_face_was_found_the_frame_is_the_middle():
    frame = Frame.around(box(0, 0, 1, 1, detector="whole"), 640, 480)

    assert (frame.x, frame.y, frame.side, frame.angle) == (320, 240, 480, 0)


@pytest.mark.parametrize("size", [(1, 1), (40, 3), (3, 400)])
def test_the_smallest_pictures_have_an_aligned_face_too(size):
    whole = box(0, 0, 1, 1, detector="whole")

    assert align_face(Image.new("L", size), Frame.around(whole, *size)).size == (WIDTH, HEIGHT)


@pytest.mark.slow
def test_aligning_takes_neither_torch_nor_opencv():
    code = "import sys, ml.faces.aligned; print({'torch', 'cv2'} & set(sys.modules))"

    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert outcome.stdout == "set()\n"
