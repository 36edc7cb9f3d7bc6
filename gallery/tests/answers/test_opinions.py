"""Each person's own answers: kept beside the one that counts, and compared."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from gallery.answers import boxes
from gallery.answers.corrections import answer, withdraw
from gallery.answers.opinions import Consent, consents, second_look
from gallery.answers.undo import undo
from gallery.models import Correction, Face, Opinion, Photo, Role
from gallery.tests.factories import make_gallery, make_member, make_ready, make_user
from gallery.uploads.copying import copy_photos

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared():
    return make_gallery(owner=make_user("anna"))


@pytest.fixture
def anna(shared):
    return shared.owner


@pytest.fixture
def ben(shared):
    return make_member(shared, make_user("ben"), Role.EDITOR).person


@pytest.fixture
def face(shared) -> Face:
    return make_ready(shared, smiling=0.3).faces.get()


def only(face: Face):
    return Face.objects.filter(pk=face.pk)


def opinions() -> dict[str, bool]:
    return dict(Opinion.objects.values_list("person__username", "is_yes"))


def test_two_people_who_say_the_same_both_count(face, anna, ben):
    answer(only(face), "Smiling", True, anna)

    again = answer(only(face), "Smiling", True, ben)

    assert again.count == 0
    assert Correction.objects.get().person == anna
    assert opinions() == {"anna": True, "ben": True}


def test_the_latest_answer_counts_and_the_other_stays_an_opinion(face, anna, ben):
    answer(only(face), "Smiling", True, anna)
    answer(only(face), "Smiling", False, ben)

    assert Correction.objects.get().is_yes is False
    assert opinions() == {"anna": True, "ben": False}


def test_a_person_has_one_opinion_the_last(face, anna):
    for is_yes in (True, False, False):
        answer(only(face), "Smiling", is_yes, anna)

    assert opinions() == {"anna": False}


def test_whoever_agreed_can_take_that_back(face, anna, ben):
    answer(only(face), "Smiling", True, anna)
    again = answer(only(face), "Smiling", True, ben)

    assert undo(ben, again.batch).count == 1

    assert opinions() == {"anna": True}
    assert Correction.objects.get().person == anna


def test_an_undo_brings_back_what_the_person_thought_before(face, anna):
    answer(only(face), "Smiling", True, anna)
    changed = answer(only(face), "Smiling", False, anna)

    assert undo(anna, changed.batch).count == 1

    assert opinions() == {"anna": True}


def test_an_editor_undoes_their_own_answers_and_the_owner_all(face, anna, ben):
    hers = answer(only(face), "Smiling", True, anna)
    his = answer(only(face), "Young", True, ben)

    with pytest.raises(PermissionDenied, match="Only whoever gave these answers"):
        undo(ben, hers.batch)

    assert undo(anna, his.batch).count == 1
    assert undo(anna, hers.batch).count == 1
    assert opinions() == {}


def test_a_face_that_the_owner_removed_comes_back_for_no_editor(face, anna, ben):
    batch = boxes.remove_face(face, anna)

    assert not undo(ben, batch).is_known
    assert undo(anna, batch).boxes == 1


def test_a_person_who_withdraws_forgets_their_own_opinion_only(face, anna, ben):
    for person in (anna, ben):
        answer(only(face), "Smiling", True, person)

    withdraw(only(face), "Smiling", ben)

    assert opinions() == {"anna": True}
    assert not Correction.objects.exists()


def test_opinions_come_back_with_a_removed_face_and_go_along_with_a_copy(shared, face, anna, ben):
    for person in (anna, ben):
        answer(only(face), "Smiling", True, person)
    batch = boxes.remove_face(face, anna)
    assert opinions() == {}

    undo(anna, batch)

    assert opinions() == {"anna": True, "ben": True}


def test_a_deleted_person_has_no_opinion_but_the_answer_stays(face, anna, ben):
    answer(only(face), "Smiling", True, ben)
    batch = boxes.remove_face(face, anna)
    ben.delete()

    undo(anna, batch)

    assert opinions() == {}
    assert Correction.objects.get().is_yes


def test_a_copy_has_the_opinions_too(shared, stored, anna, ben):
    Photo.objects.filter(pk=stored.pk).update(gallery=shared)
    target = make_gallery(owner=anna)
    face = make_ready(shared).faces.get()
    Face.objects.filter(pk=face.pk).update(photo=stored)
    answer(only(face), "Smiling", True, ben)

    copy_photos(Photo.objects.filter(pk=stored.pk), target)

    assert Opinion.objects.get(face__gallery=target).person == ben


# --- Agreement, and the second look


def test_agreement_counts_the_faces_that_several_answered(shared, anna, ben):
    faces = [make_ready(shared).faces.get() for _ in range(3)]
    for face in faces:
        answer(only(face), "Smiling", True, anna)
    answer(only(faces[0]), "Smiling", True, ben)
    answer(only(faces[1]), "Smiling", False, ben)

    assert consents(ben, shared) == {"Smiling": Consent(agreed=1, several=2, left=1)}
    assert consents(anna, shared) == {"Smiling": Consent(agreed=1, several=2, left=0)}
    assert consents(make_user(), shared) == {}


def test_a_second_look_shows_what_others_answered_and_i_did_not(shared, anna, ben):
    answered, both, _ = (make_ready(shared, smiling=0.3).faces.get() for _ in range(3))
    for face in (answered, both):
        answer(only(face), "Smiling", True, anna)
    answer(only(both), "Smiling", True, ben)

    (face,) = second_look(ben, shared, "Smiling")

    assert (face, round(face.model_says, 4)) == (answered, 0.3)
    assert not second_look(anna, shared, "Smiling").exists()


def test_a_second_look_does_not_show_the_answer(client, shared, face, anna, ben):
    answer(only(face), "Smiling", True, anna)
    client.force_login(ben)
    address = reverse("gallery:second_look", args=[shared.uuid, "Smiling"])

    page = client.get(address)

    (item,) = page.context["items"]
    assert (item.face, item.guess) == (face, "no")  # as the model, not as Anna
    assert "100\N{NO-BREAK SPACE}%" not in page.content.decode()
    client.post(address, {"face": face.uuid, "answer": "yes"})
    assert opinions() == {"anna": True, "ben": True}
    assert client.get(address).context["items"] == []


def test_the_review_says_how_far_people_agree(client, shared, face, anna, ben):
    answer(only(face), "Smiling", True, anna)
    client.force_login(ben)
    listed = reverse("gallery:review_list", args=[shared.uuid])
    assert "Second look (1)" in " ".join(client.get(listed).content.decode().split())

    answer(only(face), "Smiling", False, ben)

    page = " ".join(client.get(listed).content.decode().split())
    assert '0 <span class="soft small">of 1</span>' in page
    assert "Second look (1)" not in page
