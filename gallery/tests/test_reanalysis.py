"""A second analysis: faces stay the same rows, and what people said stays said."""

from pathlib import Path

import numpy as np
import pytest

from gallery import analysis
from gallery.boxes import draw_face, remove_face
from gallery.corrections import answer, withdraw
from gallery.models import BoxCorrection, Correction, Face, Photo
from gallery.tests.conftest import activate
from gallery.tests.factories import make_user, reload
from gallery.tests.reanalysis import analyse, analysed, box, finds, only
from ml.attributes import FIELDS
from ml.tests.conftest import make_checkpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def says(monkeypatch, version):
    """Makes the model say this probability of all that it sees, once `do` was done."""

    class Model:
        def __init__(self, probability, do):
            self.probability, self.do = probability, do

        def predict(self, images):
            self.do()
            return np.full((len(images), 40), self.probability)

    def says(probability, do=lambda: None):
        monkeypatch.setattr(analysis, "_engine_of", lambda version: Model(probability, do))

    says(0.25)
    return says


@pytest.fixture
def person():
    return make_user()


def places(photo: Photo) -> list[float]:
    """Where the photo's faces begin, from the left, in the order of the page."""
    return [round(face.x, 4) for face in photo.faces.all()]


# --- Faces that are found again


def test_a_face_found_again_keeps_its_row_and_takes_the_new_box_and_numbers(says, monkeypatch):
    photo = analysed(monkeypatch, box(0.1))
    before = photo.faces.get()
    finds(monkeypatch, box(0.13, detector="yunet"))
    says(0.75)

    (after,) = analyse(photo)

    assert (after.pk, after.uuid) == (before.pk, before.uuid)
    assert (after.detector, round(after.x, 4)) == ("yunet", 0.13)
    assert [getattr(after, field) for field in FIELDS] == [0.75] * 40


def test_faces_keep_their_order_and_new_ones_come_last(says, monkeypatch):
    photo = analysed(monkeypatch, box(0.1), box(0.7))
    finds(monkeypatch, box(0.4, y=0.6), box(0.71), box(0.11))

    analyse(photo)

    assert places(photo) == [0.11, 0.71, 0.4]


def test_a_face_that_is_found_no_more_goes(says, monkeypatch):
    photo = analysed(monkeypatch, box(0.1), box(0.7))
    finds(monkeypatch, box(0.1))

    analyse(photo)

    assert places(photo) == [0.1]


def test_a_batch_of_reruns_costs_the_same_few_queries(
    version, person, monkeypatch, django_assert_max_num_queries
):
    photos = [analysed(monkeypatch, box(0.1), box(0.7)) for _ in range(5)]
    answer(Face.objects.all(), "Smiling", True, person)
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)

    with django_assert_max_num_queries(20):
        analysis.analyse_batch()

    assert Photo.objects.ready().count() == len(photos)


# --- Answers


def test_an_answer_survives_and_the_new_models_number_stands_beside_it(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    says(0.75)

    (face,) = analyse(photo)

    assert (face.smiling, face.male) == (1, 0.75)
    correction = Correction.objects.get()
    assert (correction.is_yes, correction.probability, correction.person) == (True, 0.75, person)


def test_an_answer_that_is_withdrawn_later_leaves_the_new_models_number(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    says(0.75)
    analyse(photo)

    withdraw(photo.faces.all(), "Smiling")

    assert photo.faces.get().smiling == 0.75


def test_an_answered_face_that_is_found_no_more_stays_and_is_scored_at_its_old_box(
    says, monkeypatch, person
):
    photo = analysed(monkeypatch, box(0.1), box(0.7))
    answered = photo.faces.first()
    answer(only(answered), "Smiling", True, person)
    finds(monkeypatch, box(0.7))
    says(0.75)

    analyse(photo)

    answered.refresh_from_db()
    assert (round(answered.x, 4), answered.smiling, answered.male) == (0.1, 1, 0.75)
    assert photo.faces.count() == 2


def test_an_answered_face_leaves_no_room_for_the_whole_picture(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1))
    answer(photo.faces.all(), "Smiling", False, person)
    finds(monkeypatch)

    (face,) = analyse(photo)

    assert (face.detector, face.smiling) == ("haar", 0)


def test_the_whole_pictures_answers_go_to_the_one_face_that_is_found_later(
    says, monkeypatch, person
):
    photo = analysed(monkeypatch)
    answer(photo.faces.all(), "Smiling", True, person)
    finds(monkeypatch, box(0.1))

    (face,) = analyse(photo)

    assert (face.detector, face.smiling) == ("haar", 1)


def test_among_several_faces_the_whole_pictures_answers_stay_with_the_whole_picture(
    says, monkeypatch, person
):
    photo = analysed(monkeypatch)
    answer(photo.faces.all(), "Smiling", True, person)
    finds(monkeypatch, box(0.1), box(0.7))

    faces = analyse(photo)

    assert [(face.is_whole, face.smiling) for face in faces] == [
        *((True, 1), (False, 0.25), (False, 0.25))
    ]


def test_without_answers_the_whole_picture_goes_when_faces_are_found(says, monkeypatch):
    photo = analysed(monkeypatch)
    finds(monkeypatch, box(0.1), box(0.7))

    analyse(photo)

    assert places(photo) == [0.1, 0.7]


def test_answers_survive_a_new_model_and_rolled_back_all_is_as_before(
    version, monkeypatch, tmp_path, person
):
    photo = analysed(monkeypatch, box(0.1), box(0.7))
    answer(only(photo.faces.first()), "Smiling", True, person)
    before = list(photo.faces.values())
    said = list(Correction.objects.values())
    activate(make_checkpoint(tmp_path / "newer", seed=1))
    analyse(photo)
    assert [face["male"] for face in photo.faces.values()] != [face["male"] for face in before]
    assert photo.faces.first().smiling == 1

    activate(Path(version.folder))
    analyse(photo)

    assert list(photo.faces.values()) == before
    assert list(Correction.objects.values()) == said


# --- Boxes that people drew or took away


def test_a_drawn_face_is_scored_and_no_analysis_takes_it_away(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1))
    draw_face(photo, (0.6, 0.6, 0.2, 0.2), person)

    analyse(photo)
    faces = analyse(photo)

    assert [(face.detector, round(face.x, 4)) for face in faces] == [("haar", 0.1), ("person", 0.6)]
    assert faces[1].smiling == 0.25


def test_a_drawn_face_that_is_found_later_is_one_face_at_the_drawn_box(says, monkeypatch, person):
    photo = analysed(monkeypatch)
    draw_face(photo, (0.6, 0.6, 0.2, 0.2), person)
    analyse(photo)
    drawn = photo.faces.get()
    finds(monkeypatch, box(0.63, y=0.6))

    (face,) = analyse(photo)

    assert (face.pk, face.detector, round(face.x, 4)) == (drawn.pk, "person", 0.6)


def test_a_box_moved_by_hand_is_one_face_with_its_answers(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    draw_face(photo, (0.15, 0.12, 0.2, 0.2), person)

    (face,) = analyse(photo)

    assert (face.detector, round(face.x, 4), face.smiling) == ("person", 0.15, 1)


def test_a_face_stays_though_it_overlaps_a_box_that_is_none(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1), box(0.2))
    remove_face(photo.faces.first(), person)

    analyse(photo)

    assert places(photo) == [0.2]


def test_what_is_no_face_is_not_found_again_by_another_detector(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1), box(0.7))
    remove_face(photo.faces.first(), person)
    finds(monkeypatch, box(0.12, detector="yunet"), box(0.09), box(0.7))

    analyse(photo)

    assert places(photo) == [0.7]


def test_where_people_took_the_only_face_away_the_photo_has_none(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1))
    remove_face(photo.faces.get(), person)

    assert analyse(photo) == []

    finds(monkeypatch)
    assert analyse(photo) == []


def test_the_whole_picture_taken_away_hides_no_face_that_is_found_later(says, monkeypatch, person):
    photo = analysed(monkeypatch)
    remove_face(photo.faces.get(), person)
    assert analyse(photo) == []

    finds(monkeypatch, box(0.02, y=0.02, side=0.96))

    assert len(analyse(photo)) == 1


# --- What people do while the worker looks


def test_an_answer_given_in_mid_analysis_stands(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1))
    says(0.75, lambda: answer(photo.faces.all(), "Smiling", True, person))

    (face,) = analyse(photo)

    assert face.smiling == 1
    assert Correction.objects.get().probability == 0.75


def test_a_face_taken_away_in_mid_analysis_does_not_come_back(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1), box(0.7))
    face = photo.faces.first()
    says(0.75, lambda: remove_face(face, person))

    analyse(photo)

    assert places(photo) == [0.7]


def test_a_photo_is_looked_at_again_when_an_answer_keeps_a_face_that_was_to_go(
    says, monkeypatch, person
):
    photo = analysed(monkeypatch, box(0.1), box(0.7))
    face = photo.faces.first()
    finds(monkeypatch, box(0.7))
    says(0.75, lambda: answer(only(face), "Smiling", True, person))
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)

    analysis.analyse_batch()
    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 0)
    analyse(photo)

    face.refresh_from_db()
    assert (face.smiling, face.male) == (1, 0.75)


def test_a_face_drawn_in_mid_analysis_makes_the_photo_be_looked_at_again(
    says, monkeypatch, person, caplog
):
    photo = analysed(monkeypatch, box(0.1))
    says(0.75, lambda: draw_face(photo, (0.6, 0.6, 0.2, 0.2), person))
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)

    analysis.analyse_batch()
    assert reload(photo).status == Photo.Status.QUEUED
    assert "1 late results were discarded" in caplog.text
    says(0.75)
    analyse(photo)

    assert places(photo) == [0.1, 0.6]


def test_a_rerun_that_fails_leaves_faces_and_answers_as_they_were(says, monkeypatch, person):
    photo = analysed(monkeypatch, box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    before = photo.faces.values().get()
    photo.delete_files()
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)

    for _ in range(3):
        analysis.analyse_batch()

    assert reload(photo).status == Photo.Status.FAILED
    assert photo.faces.values().get() == before
    assert not BoxCorrection.objects.exists()
