"""Faces as CSV."""

import types
from datetime import datetime

import pytest

from gallery.exchange.spreadsheet import HEADER, csv_rows
from gallery.models import Face
from gallery.tests.exchange.answered import answered_face
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
    assert rows[0][91:] == ["corrections", "taken"]


def test_a_row_holds_the_face_its_probabilities_and_decisions():
    version = make_version()
    face = make_face(smiling=0.6, male=0.3999, young=0.5999, five_o_clock_shadow=1, x=0.1)

    (row,) = read_export(version)

    assert (row["photo"], row["face"]) == (face.photo.uuid, face.uuid)
    assert (row["file"], row["model"]) == (face.photo.original_name, str(version))
    assert (row["x"], row["w"], row["detector"], row["score"]) == (0.1, 0.5, "finder", 0.9)
    assert (row["Smiling"], row["Male"], row["Young"]) == (0.6, 0.3999, 0.5999)
    assert (row["Smiling_decision"], row["Male_decision"]) == ("yes", "no")
    assert (row["Young_decision"], row["5_o_Clock_Shadow_decision"]) == ("unsure", "yes")
    assert row["taken"] == ""


def test_the_last_column_is_when_the_photo_was_taken():
    make_face(make_photo(taken_at=datetime(2024, 6, 3, 14, 5, 9), taken_offset=120))

    (row,) = read_export(make_version())

    assert row["taken"] == "2024-06-03 14:05:09"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("me.jpg", "me.jpg"),
        ("=1+1.jpg", "'=1+1.jpg"),
        ("+me.jpg", "'+me.jpg"),
        ("-me.jpg", "'-me.jpg"),
        ("@me.jpg", "'@me.jpg"),
        ("\t =me.jpg", "'\t =me.jpg"),
        ("\uff1d1+1.jpg", "'\uff1d1+1.jpg"),
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


def test_a_row_holds_what_people_answered():
    answered_face(angle=12.5)

    (row,) = read_export(make_version())

    assert row["corrections"] == "Male=no;Smiling=yes"
    assert (row["Smiling"], row["Male"], row["Male_decision"], row["angle"]) == (1, 0, "no", 12.5)


def test_an_export_holds_what_its_faces_hold():
    me = make_user()
    mine = make_face(make_photo(gallery=make_gallery(owner=me)))
    make_face()

    _, *rows = csv_rows(Face.objects.visible_to(me), make_version())

    assert [row[2] for row in rows] == [mine.uuid]


def test_an_export_is_two_queries_a_chunk_read_little_by_little(django_assert_num_queries):
    version = make_version()
    for _ in range(3):
        make_face()

    rows = csv_rows(Face.objects.all(), version)

    assert isinstance(rows, types.GeneratorType)
    with django_assert_num_queries(2):
        assert len(list(rows)) == 4
