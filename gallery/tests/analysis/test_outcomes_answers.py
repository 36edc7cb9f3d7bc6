"""A second analysis: what people said stays said."""

from pathlib import Path

import pytest

from gallery.analysis.model import ActiveModel
from gallery.answers.corrections import answer, withdraw
from gallery.models import Correction
from gallery.tests.conftest import activate
from gallery.tests.fakes import Lab, box, only, places
from ml.tests.conftest import make_checkpoint

pytestmark = pytest.mark.django_db


def test_an_answer_survives_and_the_new_models_number_stands_beside_it(lab, person):
    photo = lab.analysed(box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    lab.says(0.75)

    (face,) = lab.analyse(photo)

    assert (face.smiling, face.male) == (1, 0.75)
    correction = Correction.objects.get()
    assert (correction.is_yes, correction.probability, correction.person) == (True, 0.75, person)


def test_an_answer_that_is_withdrawn_later_leaves_the_new_models_number(lab, person):
    photo = lab.analysed(box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    lab.says(0.75)
    lab.analyse(photo)

    withdraw(photo.faces.all(), "Smiling")

    assert photo.faces.get().smiling == 0.75


def test_an_answered_face_that_is_found_no_more_stays_and_is_scored_at_its_old_box(lab, person):
    photo = lab.analysed(box(0.1), box(0.7))
    answered = photo.faces.first()
    answer(only(answered), "Smiling", True, person)
    lab.finds(box(0.7))
    lab.says(0.75)

    lab.analyse(photo)

    answered.refresh_from_db()
    assert (round(answered.x, 4), answered.smiling, answered.male) == (0.1, 1, 0.75)
    assert photo.faces.count() == 2


def test_an_answered_face_leaves_no_room_for_the_whole_picture(lab, person):
    photo = lab.analysed(box(0.1))
    answer(photo.faces.all(), "Smiling", False, person)
    lab.finds()

    (face,) = lab.analyse(photo)

    assert (face.detector, face.smiling) == ("finder", 0)


def test_the_whole_pictures_answers_go_to_the_one_face_that_is_found_later(lab, person):
    photo = lab.analysed()
    answer(photo.faces.all(), "Smiling", True, person)
    lab.finds(box(0.1))

    (face,) = lab.analyse(photo)

    assert (face.detector, face.smiling) == ("finder", 1)


def test_among_several_faces_the_whole_pictures_answers_stay_with_the_whole_picture(lab, person):
    photo = lab.analysed()
    answer(photo.faces.all(), "Smiling", True, person)
    lab.finds(box(0.1), box(0.7))

    faces = lab.analyse(photo)

    assert [(face.is_whole, face.smiling) for face in faces] == [
        (True, 1),
        (False, 0.25),
        (False, 0.25),
    ]


def test_without_answers_the_whole_picture_goes_when_faces_are_found(lab):
    photo = lab.analysed()
    lab.finds(box(0.1), box(0.7))

    lab.analyse(photo)

    assert places(photo) == [0.1, 0.7]


def test_answers_survive_a_new_model_and_rolled_back_all_is_as_before(version, tmp_path, person):
    lab = Lab(ActiveModel())
    photo = lab.analysed(box(0.1), box(0.7))
    answer(only(photo.faces.first()), "Smiling", True, person)
    before = list(photo.faces.values())
    said = list(Correction.objects.values())
    activate(make_checkpoint(tmp_path / "newer", seed=1))
    lab.analyse(photo)
    assert [face["male"] for face in photo.faces.values()] != [face["male"] for face in before]
    assert photo.faces.first().smiling == 1

    activate(Path(version.folder))
    lab.analyse(photo)

    assert list(photo.faces.values()) == before
    assert list(Correction.objects.values()) == said
