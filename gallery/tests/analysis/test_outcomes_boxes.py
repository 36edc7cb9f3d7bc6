"""A second analysis: boxes that people drew or took away stay so."""

import pytest

from gallery.answers.boxes import draw_face, remove_face
from gallery.answers.corrections import answer
from gallery.tests.fakes import box, places

pytestmark = pytest.mark.django_db


def test_a_drawn_face_is_scored_and_no_analysis_takes_it_away(lab, person):
    photo = lab.analysed(box(0.1))
    draw_face(photo, (0.6, 0.6, 0.2, 0.2), person)

    lab.analyse(photo)
    faces = lab.analyse(photo)

    assert [(face.detector, round(face.x, 4)) for face in faces] == [
        ("finder", 0.1),
        ("person", 0.6),
    ]
    assert faces[1].smiling == 0.25


def test_a_drawn_face_that_is_found_later_is_one_face_at_the_drawn_box(lab, person):
    photo = lab.analysed()
    draw_face(photo, (0.6, 0.6, 0.2, 0.2), person)
    lab.analyse(photo)
    drawn = photo.faces.get()
    lab.finds(box(0.63, y=0.6))

    (face,) = lab.analyse(photo)

    assert (face.pk, face.detector, round(face.x, 4)) == (drawn.pk, "person", 0.6)


def test_a_box_moved_by_hand_is_one_face_with_its_answers(lab, person):
    photo = lab.analysed(box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    draw_face(photo, (0.15, 0.12, 0.2, 0.2), person)

    (face,) = lab.analyse(photo)

    assert (face.detector, round(face.x, 4), face.smiling) == ("person", 0.15, 1)


def test_a_face_stays_though_it_overlaps_a_box_that_is_none(lab, person):
    photo = lab.analysed(box(0.1), box(0.2))
    remove_face(photo.faces.first(), person)

    lab.analyse(photo)

    assert places(photo) == [0.2]


def test_what_is_no_face_is_not_found_again_by_another_detector(lab, person):
    photo = lab.analysed(box(0.1), box(0.7))
    remove_face(photo.faces.first(), person)
    lab.finds(box(0.12), box(0.09), box(0.7), by="yunet")

    lab.analyse(photo)

    assert places(photo) == [0.7]


def test_where_people_took_the_only_face_away_the_photo_has_none(lab, person):
    photo = lab.analysed(box(0.1))
    remove_face(photo.faces.get(), person)

    assert lab.analyse(photo) == []

    lab.finds()
    assert lab.analyse(photo) == []


def test_the_whole_picture_taken_away_hides_no_face_that_is_found_later(lab, person):
    photo = lab.analysed()
    remove_face(photo.faces.get(), person)
    assert lab.analyse(photo) == []

    lab.finds(box(0.02, y=0.02, side=0.96))

    assert len(lab.analyse(photo)) == 1
