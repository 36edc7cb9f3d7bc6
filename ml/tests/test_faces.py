import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.faces import WHOLE_PICTURE, FaceBox, crop_face, find_faces


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


def test_the_face_of_a_portrait_is_found(astronaut):
    faces = find_faces(astronaut)

    assert len(faces) == 1
    assert faces[0].detector == "haar"
    assert faces[0].x + faces[0].w / 2 == pytest.approx(0.44, abs=0.03)
    assert faces[0].y + faces[0].h / 2 == pytest.approx(0.22, abs=0.03)
    assert 0 < faces[0].score <= 1


def test_two_faces_in_one_picture_are_both_found(astronaut):
    pair = Image.new("RGB", (1024, 512))
    pair.paste(astronaut, (0, 0))
    pair.paste(astronaut, (512, 0))

    assert sorted(round(face.x + face.w / 2, 1) for face in find_faces(pair)) == [0.2, 0.7]


def test_the_box_is_the_same_share_of_a_large_picture(astronaut):
    large = astronaut.resize((2048, 2048))

    assert find_faces(large)[0].w == pytest.approx(find_faces(astronaut)[0].w, abs=0.03)


@pytest.mark.parametrize("size", [(640, 480), (16, 16), (1, 1), (2000, 3)])
def test_a_picture_without_a_face_stands_in_as_a_whole(size):
    assert find_faces(Image.new("RGB", size, "green")) == [WHOLE_PICTURE]


def test_a_crop_is_a_square_around_the_face_in_celebas_frame():
    image = Image.new("RGB", (400, 300), "white")
    image.paste("red", (100, 100, 200, 200))
    crop = crop_face(image, FaceBox(0.25, 1 / 3, 0.25, 1 / 3, 1.0, "haar"))

    red = np.asarray(crop)[:, :, 1] < 128
    rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))

    assert crop.width == crop.height
    assert len(columns) / crop.width == pytest.approx(0.596, abs=0.02)
    assert columns.mean() / crop.width == pytest.approx(0.5, abs=0.02)
    assert rows.mean() / crop.height == pytest.approx(0.5, abs=0.02)


def test_a_face_at_the_edge_is_cropped_with_the_edge_repeated():
    image = Image.new("RGB", (100, 100), "blue")

    crop = crop_face(image, FaceBox(0.0, 0.0, 0.9, 0.9, 1.0, "haar"))

    assert crop.getextrema() == ((0, 0), (0, 0), (255, 255))


def test_the_whole_picture_is_cropped_to_its_middle_square():
    assert crop_face(Image.new("RGB", (300, 200)), WHOLE_PICTURE).size == (200, 200)
