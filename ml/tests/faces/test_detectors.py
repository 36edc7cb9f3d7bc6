from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from skimage import data

from ml.faces.boxes import WHOLE_PICTURE, FaceBox, crop_face
from ml.faces.detectors import find_and_crop, find_faces, load_detector


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


def test_the_face_of_a_portrait_is_found(astronaut):
    faces = find_faces(astronaut)

    assert len(faces) == 1
    assert faces[0].detector == "finder"
    assert faces[0].x + faces[0].w / 2 == pytest.approx(0.44, abs=0.03)
    assert faces[0].y + faces[0].h / 2 == pytest.approx(0.22, abs=0.03)
    assert 0 < faces[0].score <= 1


def test_what_is_found_is_cut_out(astronaut):
    sighting = find_and_crop(astronaut, load_detector())

    (box,) = sighting.found
    assert list(sighting.crops) == [box]
    assert sighting.crops[box].tobytes() == crop_face(astronaut, box).tobytes()


def test_other_boxes_than_those_found_may_be_chosen(astronaut):
    drawn = FaceBox(0.1, 0.1, 0.2, 0.2, 1.0, "person")

    sighting = find_and_crop(astronaut, load_detector(), lambda found: [*found, drawn])

    assert list(sighting.crops) == [*sighting.found, drawn]


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


@pytest.mark.parametrize("degrees", [-30, -15, 15, 30])
def test_a_turned_face_is_found_with_its_angle(astronaut, degrees):
    (upright,) = find_faces(astronaut)
    (face,) = find_faces(astronaut.rotate(-degrees, Image.Resampling.BICUBIC))

    assert face.angle - upright.angle == pytest.approx(degrees, abs=10)
    assert face.w == pytest.approx(upright.w, rel=0.2)


def test_a_face_that_fills_the_picture_is_found(astronaut):
    close = astronaut.crop((160, 40, 290, 170))

    assert [face.detector for face in find_faces(close)] == ["finder"]


def test_every_face_of_a_montage_is_found_once(astronaut):
    tile = astronaut.crop((100, 0, 356, 256))
    montage = Image.new("RGB", (768, 768))
    for number in range(9):
        montage.paste(tile, (number % 3 * 256, number // 3 * 256))

    faces = find_faces(montage)
    places = {(int((f.x + f.w / 2) * 3), int((f.y + f.h / 2) * 3)) for f in faces}

    assert len(faces) == len(places) == 9


@pytest.mark.parametrize("name", ["coffee", "rocket", "chelsea", "brick", "gravel", "text"])
def test_a_picture_of_something_else_has_no_face(name):
    picture = Image.fromarray(getattr(data, name)()).convert("RGB")

    assert find_faces(picture) == [WHOLE_PICTURE]


def test_a_detector_is_loaded_once_and_said(caplog):
    load_detector.cache_clear()

    with caplog.at_level("INFO", logger="ml"):
        assert load_detector() is load_detector()

    said = [record.message for record in caplog.records]
    assert said == ["faces are found by the built-in networks"]


def test_threads_that_share_a_detector_find_the_same_faces(astronaut):
    detector, pictures = load_detector(), [astronaut, Image.new("RGB", (90, 90)), astronaut]
    alone = [find_faces(picture, detector) for picture in pictures]

    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(find_faces, 4 * pictures, 12 * [detector]))

    assert together == 4 * alone
