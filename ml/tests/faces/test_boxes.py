import numpy as np
import pytest
from PIL import Image, ImageDraw

from ml.faces.boxes import WHOLE_PICTURE, Candidate, FaceBox, crop_face, without_doubles


def test_a_crop_is_a_square_around_the_face_in_celebas_frame():
    image = Image.new("RGB", (400, 300), "white")
    image.paste("red", (100, 100, 200, 200))
    crop = crop_face(image, FaceBox(0.25, 1 / 3, 0.25, 1 / 3, 1.0, "finder"))

    red = np.asarray(crop)[:, :, 1] < 128
    rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))

    assert crop.width == crop.height
    assert len(columns) / crop.width == pytest.approx(0.596, abs=0.02)
    assert columns.mean() / crop.width == pytest.approx(0.5, abs=0.02)
    assert rows.mean() / crop.height == pytest.approx(0.5, abs=0.02)


def test_a_face_at_the_edge_is_cropped_with_the_edge_repeated():
    image = Image.new("RGB", (100, 100), "blue")

    for angle in (0.0, 20.0):
        crop = crop_face(image, FaceBox(0.0, 0.0, 0.9, 0.9, 1.0, "finder", angle))
        assert crop.getextrema() == ((0, 0), (0, 0), (255, 255))


def test_the_whole_picture_is_cropped_to_its_middle_square():
    assert crop_face(Image.new("RGB", (300, 200)), WHOLE_PICTURE).size == (200, 200)


@pytest.mark.parametrize("angle", [-30, 15, 45])
def test_a_turned_face_is_cropped_upright(angle):
    upright = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(upright).rectangle((150, 170, 249, 189), fill="black")
    upright.paste("red", (180, 220, 220, 240))
    turned = upright.rotate(-angle, Image.Resampling.BICUBIC, fillcolor="white")  # clockwise
    box = (0.35, 0.35, 0.3, 0.3, 1.0, "finder")

    difference = np.abs(
        np.asarray(crop_face(upright, FaceBox(*box, 0.0)), float)
        - np.asarray(crop_face(turned, FaceBox(*box, angle)), float)
    )

    assert difference.mean() < 3


def test_a_turned_crop_that_is_made_smaller_does_not_alias():
    stripes = Image.fromarray(np.tile(np.uint8([0, 255]), (600, 300)))

    crop = crop_face(stripes, FaceBox(0.3, 0.3, 0.4, 0.4, 1.0, "finder", 10.0), 64)

    assert np.asarray(crop).std() < 10


def test_a_crop_has_at_most_the_side_that_is_asked_for():
    box = FaceBox(0.3, 0.3, 0.2, 0.2, 1.0, "finder", 5.0)

    assert crop_face(Image.new("RGB", (900, 900)), box, 200).size == (200, 200)


def test_a_box_that_reaches_outside_is_moved_inside():
    box = Candidate(x=190, y=10, side=50, angle=0, score=1).box((200, 100), "finder")

    assert (box.x, box.y, box.w, box.h) == (0.75, 0.0, 0.25, 0.5)


def test_of_two_boxes_of_one_face_the_surer_stays():
    one, other = Candidate(100, 100, 50, 0, 0.9), Candidate(110, 100, 55, 0, 0.5)
    apart = Candidate(160, 100, 50, 0, 0.4)

    assert without_doubles([one, other, apart]) == [one, apart]


def test_a_face_of_a_turned_crop_is_put_back_into_the_picture():
    frame = Candidate(x=100, y=50, side=40, angle=90, score=1)

    face = Candidate(x=10, y=0, side=20, angle=5, score=0.8).within(frame, scale=2)

    assert (face.x, face.y) == pytest.approx((100, 70))
    assert (face.side, face.angle, face.score) == (40, 95, 0.8)
