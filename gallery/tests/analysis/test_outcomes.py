"""A second analysis: faces stay the same rows, whatever people do meanwhile."""

import pytest

from gallery.answers.boxes import draw_face, remove_face
from gallery.answers.corrections import answer
from gallery.models import BoxCorrection, Correction, Face, Photo
from gallery.tests.factories import reload
from gallery.tests.fakes import box, only, places
from ml.attributes import FIELDS

pytestmark = pytest.mark.django_db


# --- Faces that are found again


def test_a_face_found_again_keeps_its_row_and_takes_the_new_box_and_numbers(lab):
    photo = lab.analysed(box(0.1))
    before = photo.faces.get()
    lab.finds(box(0.13), by="yunet")
    lab.says(0.75)

    (after,) = lab.analyse(photo)

    assert (after.pk, after.uuid) == (before.pk, before.uuid)
    assert (after.detector, round(after.x, 4)) == ("yunet", 0.13)
    assert [getattr(after, field) for field in FIELDS] == [0.75] * 40


def test_faces_keep_their_order_and_new_ones_come_last(lab):
    photo = lab.analysed(box(0.1), box(0.7))
    lab.finds(box(0.4, y=0.6), box(0.71), box(0.11))

    lab.analyse(photo)

    assert places(photo) == [0.11, 0.71, 0.4]


def test_a_face_that_is_found_no_more_goes(lab):
    photo = lab.analysed(box(0.1), box(0.7))
    lab.finds(box(0.1))

    lab.analyse(photo)

    assert places(photo) == [0.1]


def test_a_batch_of_reruns_costs_the_same_few_queries(lab, person, django_assert_max_num_queries):
    photos = [lab.analysed(box(0.1), box(0.7)) for _ in range(5)]
    answer(Face.objects.all(), "Smiling", True, person)
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)

    with django_assert_max_num_queries(21):
        lab.analyst.analyse_batch()

    assert Photo.objects.ready().count() == len(photos)


# --- What people do while the worker looks


def test_an_answer_given_in_mid_analysis_stands(lab, person):
    photo = lab.analysed(box(0.1))
    lab.says(0.75, lambda: answer(photo.faces.all(), "Smiling", True, person))

    (face,) = lab.analyse(photo)

    assert face.smiling == 1
    assert Correction.objects.get().probability == 0.75


def test_a_face_taken_away_in_mid_analysis_does_not_come_back(lab, person):
    photo = lab.analysed(box(0.1), box(0.7))
    face = photo.faces.first()
    lab.says(0.75, lambda: remove_face(face, person))

    lab.analyse(photo)

    assert places(photo) == [0.7]


def test_a_photo_is_looked_at_again_when_an_answer_keeps_a_face_that_was_to_go(lab, person):
    photo = lab.analysed(box(0.1), box(0.7))
    face = photo.faces.first()
    lab.finds(box(0.7))
    lab.says(0.75, lambda: answer(only(face), "Smiling", True, person))
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)

    lab.analyst.analyse_batch()
    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 0)
    lab.analyse(photo)

    face.refresh_from_db()
    assert (face.smiling, face.male) == (1, 0.75)


def test_a_face_drawn_in_mid_analysis_makes_the_photo_be_looked_at_again(lab, person, caplog):
    photo = lab.analysed(box(0.1))
    lab.says(0.75, lambda: draw_face(photo, (0.6, 0.6, 0.2, 0.2), person))
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)

    lab.analyst.analyse_batch()
    assert reload(photo).status == Photo.Status.QUEUED
    assert "1 late results were discarded" in caplog.text
    lab.says(0.75)
    lab.analyse(photo)

    assert places(photo) == [0.1, 0.6]


def test_a_rerun_that_fails_leaves_faces_and_answers_as_they_were(lab, person):
    photo = lab.analysed(box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    before = photo.faces.values().get()
    photo.delete_files()
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)

    for _ in range(3):
        lab.analyst.analyse_batch()

    assert reload(photo).status == Photo.Status.FAILED
    assert photo.faces.values().get() == before
    assert not BoxCorrection.objects.exists()
