import json
import types
from typing import get_args

import pytest

from gallery.answers.corrections import answer
from gallery.exchange import rows as exports
from gallery.exchange.rows import HEADER, coco_chunks, csv_rows, decider, json_lines
from gallery.filters.terms import Decision, decision_bounds
from gallery.models import Correction, Face
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user, make_version
from ml.attributes import NAMES

pytestmark = pytest.mark.django_db


def read_export(version=None) -> list[dict]:
    header, *rows = csv_rows(Face.objects.all(), version)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_an_export_without_faces_is_its_header():
    rows = list(csv_rows(Face.objects.all(), make_version()))

    assert rows == [list(HEADER)]
    assert ",".join(rows[0][:11]) == "photo,file,face,x,y,w,h,angle,detector,score,model"
    assert rows[0][11:51] == list(NAMES)
    assert rows[0][51:91] == [f"{name}_decision" for name in NAMES]
    assert rows[0][91:] == ["corrections"]


def test_a_row_holds_the_face_its_probabilities_and_decisions():
    version = make_version()
    face = make_face(smiling=0.6, male=0.3999, young=0.5999, five_o_clock_shadow=1, x=0.1)

    (row,) = read_export(version)

    assert (row["photo"], row["face"]) == (face.photo.uuid, face.uuid)
    assert (row["file"], row["model"]) == (face.photo.original_name, str(version))
    assert (row["x"], row["w"], row["detector"], row["score"]) == (0.1, 0.5, "haar", 0.9)
    assert (row["Smiling"], row["Male"], row["Young"]) == (0.6, 0.3999, 0.5999)
    assert (row["Smiling_decision"], row["Male_decision"]) == ("yes", "no")
    assert (row["Young_decision"], row["5_o_Clock_Shadow_decision"]) == ("unsure", "yes")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("me.jpg", "me.jpg"),
        ("=1+1.jpg", "'=1+1.jpg"),
        ("+me.jpg", "'+me.jpg"),
        ("-me.jpg", "'-me.jpg"),
        ("@me.jpg", "'@me.jpg"),
        ("\t =me.jpg", "'\t =me.jpg"),
    ],
)
def test_a_name_that_a_spreadsheet_would_run_is_written_as_text(name, written):
    make_face(make_photo(original_name=name))

    (row,) = read_export(make_version())

    assert row["file"] == written


def test_decisions_are_empty_without_a_model_version():
    make_face()

    (row,) = read_export()

    assert {row[f"{name}_decision"] for name in NAMES} == {""}


def test_an_export_is_two_queries_a_chunk_read_little_by_little(django_assert_num_queries):
    version = make_version()
    for _ in range(3):
        make_face()

    rows = csv_rows(Face.objects.all(), version)

    assert isinstance(rows, types.GeneratorType)
    with django_assert_num_queries(2):
        assert len(list(rows)) == 4


def test_more_faces_than_a_chunk_are_never_held_together(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(exports, "CHUNK", 2)
    for _ in range(5):
        make_face()

    rows = exports.read_rows(Face.objects.all())

    with django_assert_num_queries(2):
        next(rows)
    assert len(list(rows)) == 4


def test_an_export_holds_what_its_faces_hold():
    me = make_user()
    mine = make_face(make_photo(gallery=make_gallery(owner=me)))
    make_face()

    _, *rows = csv_rows(Face.objects.visible_to(me), make_version())

    assert [row[2] for row in rows] == [mine.uuid]


def test_a_decision_is_the_filters_own_at_every_probability():
    version = make_version()
    decisions, thresholds = decider(version), version.thresholds_of("Smiling")
    ranges = {decision: decision_bounds(decision, thresholds) for decision in get_args(Decision)}

    for step in range(0, 10_001):
        probability = step / 10_000
        (decided,) = set(decisions([probability] * 40))
        for decision, (low, high) in ranges.items():
            is_in_range = (low is None or probability >= low) and (
                high is None or probability < high
            )
            assert is_in_range is (decision == decided)


def corrected_face(**kwargs) -> Face:
    """A face that a person has answered twice about: smiling, and not male."""
    face = make_face(smiling=0.25, male=0.75, **kwargs)
    person = make_user("Ann")
    answer(Face.objects.filter(pk=face.pk), "Smiling", True, person)
    answer(Face.objects.filter(pk=face.pk), "Male", False, person)
    return face


def test_a_row_holds_what_people_answered():
    corrected_face(angle=12.5)

    (row,) = read_export(make_version())

    assert row["corrections"] == "Male=no;Smiling=yes"
    assert (row["Smiling"], row["Male"], row["Male_decision"], row["angle"]) == (1, 0, "no", 12.5)


def test_a_json_line_holds_the_face_and_its_photo():
    face = make_face(smiling=0.6, x=0.1, angle=12.5)

    (line,) = map(json.loads, json_lines(Face.objects.all(), make_version()))

    photo = face.photo
    assert (line["photo"], line["face"]) == (str(photo.uuid), str(face.uuid))
    assert (line["sha256"], line["file"]) == (photo.sha256, photo.original_name)
    assert (line["box"], line["angle"]) == ({"x": 0.1, "y": 0.25, "w": 0.5, "h": 0.5}, 12.5)
    assert (line["width"], line["height"], line["detector"]) == (640, 480, "haar")
    assert line["model"]["hash"] == face.model_version.short
    assert (line["probabilities"]["Smiling"], line["decisions"]["Smiling"]) == (0.6, "yes")
    assert line["corrections"] == {}


def test_a_json_line_says_who_answered_when_and_what_the_model_had_said():
    corrected_face()

    (line,) = map(json.loads, json_lines(Face.objects.all(), make_version()))

    given = Correction.objects.get(attribute="Smiling")
    assert list(line["corrections"]) == ["Male", "Smiling"]
    assert line["corrections"]["Smiling"] == {
        "answer": "yes",
        "probability": 0.25,
        "by": "Ann",
        "at": given.created_at.isoformat(),
    }
    assert line["decisions"]["Smiling"] == "yes"


def test_json_decisions_are_null_without_a_model_version():
    make_face()

    (line,) = map(json.loads, json_lines(Face.objects.all(), None))

    assert line["decisions"] is None


def read_coco(version=None) -> dict:
    return json.loads("".join(coco_chunks(Face.objects.all(), version or make_version())))


def test_coco_boxes_are_in_pixels_and_end_at_the_pictures_border():
    make_face(x=0.5, y=0.25, w=0.6, h=0.5)

    content = read_coco()

    (image,), (annotation,) = content["images"], content["annotations"]
    assert (image["width"], image["height"]) == (640, 480)
    assert annotation["bbox"] == [320, 120, 320, 240]
    assert (annotation["area"], annotation["iscrowd"]) == (320 * 240, 0)
    assert annotation["image_id"] == image["id"]
    assert [each["name"] for each in content["categories"]] == ["face"]


def test_coco_names_each_photo_once_and_what_its_faces_are():
    photo = make_photo(status="ready")
    for smiling in (0.1, 0.9):
        make_face(photo, smiling=smiling)
    make_face()

    content = read_coco()

    assert [image["id"] for image in content["images"]] == [1, 2]
    assert [annotation["image_id"] for annotation in content["annotations"]] == [1, 1, 2]
    assert [a["attributes"]["Smiling"] for a in content["annotations"]] == ["no", "yes", "unsure"]
    assert content["images"][0]["file_name"] == f"{photo.uuid}.jpg"


def test_coco_has_no_box_where_no_face_was_found():
    make_face(detector="whole")

    content = read_coco()

    assert (len(content["images"]), content["annotations"]) == (1, [])


def test_coco_of_no_faces_is_a_document_too():
    assert read_coco()["images"] == read_coco()["annotations"] == []
