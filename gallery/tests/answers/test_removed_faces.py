"""A face that was taken away as none comes back by undo, as it was."""

import uuid

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from gallery.answers.boxes import draw_face, remove_face, undo
from gallery.answers.corrections import answer
from gallery.filters.look import Look
from gallery.models import BoxCorrection, Correction, Face, Gallery, Photo, RemovedFace
from gallery.tests.conftest import activate
from gallery.tests.factories import (
    make_api_client,
    make_face,
    make_gallery,
    make_ready,
    make_user,
    make_version,
    reload,
)
from gallery.tests.fakes import box, only
from ml.models import ModelVersion
from ml.tests.conftest import make_checkpoint

pytestmark = pytest.mark.django_db

SIDE = {"w": 0.2, "h": 0.2}
UNDO = "/api/v1/corrections/undo/"


@pytest.fixture
def person():
    return make_user()


def take_back(batch: uuid.UUID | None) -> int:
    assert batch
    return undo(Photo.objects.all(), batch)


def everything() -> dict[str, list[dict]]:
    """All that is known of faces."""
    rows = {model.__name__: model.objects for model in (Face, Correction, BoxCorrection)}
    return {name: list(objects.order_by("pk").values()) for name, objects in rows.items()}


def answered_face(person, **kwargs) -> Face:
    """A face that somebody called smiling, beside another face."""
    photo = make_ready(make_gallery())
    face = make_face(photo, x=0.7, y=0.7, smiling=0.25, male=0.125, angle=12.5, **SIDE, **kwargs)
    answer(only(face), "Smiling", True, person)
    return face


# --- As it was


def test_undo_brings_back_the_face_its_answers_and_the_count(person):
    face = answered_face(person)
    before = everything()
    batch = remove_face(face, person)
    assert Photo.objects.get().face_count == 1

    assert take_back(batch) == 1

    assert everything() == before
    assert Photo.objects.get().face_count == 2
    assert Photo.objects.get().status == Photo.Status.READY


def test_undo_again_finds_nothing(person):
    batch = remove_face(answered_face(person), person)
    take_back(batch)
    before = everything()

    assert take_back(batch) == 0

    assert everything() == before
    assert not RemovedFace.objects.exists()


def test_a_face_that_is_removed_undone_and_removed_can_be_undone_again(person):
    face = answered_face(person)
    before = everything()
    take_back(remove_face(face, person))

    take_back(remove_face(face, person))

    assert everything() == before


def test_undo_brings_back_only_its_own_face(person):
    faces = [make_face(x=0.1, y=0.1, **SIDE), make_face(x=0.7, y=0.7, **SIDE)]
    _, batch = [remove_face(face, person) for face in faces]

    take_back(batch)

    assert Face.objects.get() == faces[1]
    assert round(BoxCorrection.objects.get().x, 4) == 0.1


def test_two_boxes_of_one_face_come_back_one_by_one(person):
    photo = make_ready(make_gallery())
    Face.objects.all().delete()
    for x in (0.1, 0.2):  # they overlap
        make_face(photo, x=x, y=0.1, **SIDE)
    before = everything()
    first, second = [remove_face(face, person) for face in photo.faces.all()]

    take_back(first)
    take_back(second)

    assert everything() == before


def test_a_drawn_face_comes_back_with_what_was_said_of_its_box(person):
    photo = make_ready(make_gallery())
    draw_face(photo, (0.1, 0.1, 0.15, 0.2), person)
    drawn = BoxCorrection.objects.get()
    place = {"x": drawn.x, "y": drawn.y, "w": drawn.w, "h": drawn.h}
    face = make_face(photo, detector=Face.Detector.PERSON, **place)
    before = everything()

    assert take_back(remove_face(face, person)) == 1

    assert everything() == before


def test_an_answer_of_somebody_who_is_gone_comes_back_without_a_name(person):
    face = answered_face(make_user("passer-by"))
    batch = remove_face(face, person)
    get_user_model().objects.get(username="passer-by").delete()

    take_back(batch)

    assert Correction.objects.get().person is None


def test_facets_are_right_at_once(person):
    face = answered_face(person)
    version = ModelVersion.objects.active()

    def smiling() -> int:
        return Look().facets(Gallery.objects.all(), version).counts["Smiling"].yes

    assert smiling() == 1
    batch = remove_face(face, person)
    assert smiling() == 0

    take_back(batch)

    assert smiling() == 1


# --- What happened meanwhile


def test_a_later_analysis_keeps_the_face_that_came_back(lab, person):
    photo = lab.analysed(box(0.1), box(0.7))
    face = photo.faces.first()
    batch = remove_face(face, person)
    lab.analyse(photo)
    assert photo.faces.count() == 1

    take_back(batch)

    assert reload(photo).status == Photo.Status.READY
    assert [one.uuid for one in lab.analyse(photo)][0] == face.uuid


def test_after_another_model_the_face_comes_back_and_is_scored_anew(lab, tmp_path, person):
    photo = lab.analysed(box(0.1), box(0.7))
    face = photo.faces.first()
    answer(only(face), "Smiling", True, person)
    batch = remove_face(face, person)
    newer = activate(make_checkpoint(tmp_path / "newer", seed=1))
    lab.says(0.75)
    lab.analyse(photo)

    take_back(batch)

    queued = reload(photo)
    assert (queued.status, queued.priority) == (Photo.Status.QUEUED, Photo.Priority.UPLOAD)
    back = lab.analyse(photo)[0]
    assert (back.uuid, back.model_version, back.smiling) == (face.uuid, newer, 1)
    assert back.male != face.male


def test_a_face_of_a_version_that_is_no_more_is_scored_anew(person):
    face = make_face(smiling=0.9)
    batch = remove_face(face, person)
    old, newer = face.model_version, make_version(is_active=False)
    Photo.objects.update(model_version=newer)
    old.delete()

    take_back(batch)

    assert Face.objects.get().model_version == newer
    assert Photo.objects.get().status == Photo.Status.QUEUED


def test_a_face_drawn_there_meanwhile_stays_and_takes_the_answers(lab, person):
    photo = lab.analysed(box(0.1))
    answer(photo.faces.all(), "Smiling", True, person)
    answer(photo.faces.all(), "Male", True, person)
    batch = remove_face(photo.faces.get(), person)
    draw_face(photo, (0.12, 0.1, 0.2, 0.2), person)
    (drawn,) = lab.analyse(photo)
    answer(photo.faces.all(), "Male", False, person)

    take_back(batch)

    (face,) = lab.analyse(photo)
    assert (face.uuid, face.smiling, face.male) == (drawn.uuid, 1, 0)
    assert Correction.objects.get(attribute="Smiling").probability != 1
    assert BoxCorrection.objects.get().is_face


def test_where_a_detector_found_the_drawn_face_meanwhile_there_is_one_face_at_the_drawn_box(
    lab, person
):
    photo = lab.analysed()
    draw_face(photo, (0.6, 0.6, 0.2, 0.2), person)
    (drawn,) = lab.analyse(photo)
    batch = remove_face(drawn, person)
    lab.finds(box(0.63, y=0.6))
    (found,) = lab.analyse(photo)

    take_back(batch)

    (face,) = lab.analyse(photo)
    assert (face.uuid, face.detector, round(face.x, 4)) == (found.uuid, "person", 0.6)


def test_a_face_that_is_drawn_anew_is_drawn_once(lab, person):
    photo = lab.analysed()
    draw_face(photo, (0.6, 0.6, 0.2, 0.2), person)
    (drawn,) = lab.analyse(photo)
    batch = remove_face(drawn, person)
    draw_face(photo, (0.62, 0.6, 0.2, 0.2), person)

    take_back(batch)

    (face,) = lab.analyse(photo)
    assert (face.uuid, round(face.x, 4)) == (drawn.uuid, 0.62)


def test_the_whole_picture_comes_back_only_where_there_is_no_face(lab, person):
    photo = lab.analysed()
    batch = remove_face(photo.faces.get(), person)
    lab.finds(box(0.1))
    lab.analyse(photo)

    take_back(batch)

    assert [face.detector for face in lab.analyse(photo)] == ["finder"]


def test_an_undo_in_mid_analysis_makes_the_photo_be_looked_at_again(lab, person):
    photo = lab.analysed(box(0.1), box(0.7))
    face = photo.faces.first()
    batch = remove_face(face, person)
    Photo.objects.update(status=Photo.Status.QUEUED)
    lab.says(0.25, lambda: undo(Photo.objects.all(), batch))

    lab.analyst.analyse_batch()

    lab.says(0.25)
    assert reload(photo).status == Photo.Status.QUEUED
    assert face.uuid in [one.uuid for one in lab.analyse(photo)]


# --- Pages and REST


def remove(client, face: Face, **kwargs):
    return client.post(reverse("gallery:remove_face", args=[face.uuid]), **kwargs)


def test_the_page_offers_undo_which_leads_back_to_it(client, gallery):
    photo = make_ready(gallery)
    face = photo.faces.get()

    page = remove(client, face, follow=True).content.decode()

    batch = RemovedFace.objects.get().batch
    assert f'name="batch" value="{batch}"' in page
    there = photo.get_absolute_url()
    undone = client.post(reverse("gallery:undo"), {"batch": batch, "next": there}, follow=True)
    assert undone.redirect_chain == [(there, 302)]
    assert "The face is back." in undone.content.decode()
    assert Face.objects.get().uuid == face.uuid


def test_a_face_that_is_gone_already_has_no_undo(client, gallery):
    face = make_ready(gallery).faces.get()
    remove(client, face)

    assert remove(client, face).status_code == 404
    assert RemovedFace.objects.count() == 1


def test_nobody_brings_back_a_strangers_face(client, gallery, person):
    batch = remove_face(make_face(), person)

    assert client.post(reverse("gallery:undo"), {"batch": batch}).status_code == 404
    api = make_api_client(gallery.owner)
    assert api.post(UNDO, {"batch": str(batch)}, format="json").status_code == 404
    assert not Face.objects.exists()


def test_over_rest_a_deletion_names_its_batch_and_undo_takes_it(gallery):
    face = make_ready(gallery).faces.get()
    api = make_api_client(gallery.owner)
    address = f"/api/v1/faces/{face.uuid}/"
    shown = api.get(address).json()

    batch = api.delete(address).json()["batch"]
    undone = api.post(UNDO, {"batch": batch}, format="json")

    assert (undone.status_code, undone.json()) == (200, {"count": 1})
    assert api.get(address).json() == shown
    assert api.post(UNDO, {"batch": batch}, format="json").status_code == 404
