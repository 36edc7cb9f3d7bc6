import pytest

from gallery.answers.corrections import answer, undo, withdraw
from gallery.models import Correction, Face
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user

pytestmark = pytest.mark.django_db


def one(face: Face):
    return Face.objects.filter(pk=face.pk)


def smiling(face: Face) -> float:
    return Face.objects.get(pk=face.pk).smiling


def test_an_answer_becomes_the_effective_probability_and_keeps_the_models():
    face, person = make_face(smiling=0.25), make_user()

    answered = answer(one(face), "Smiling", True, person)

    correction = Correction.objects.get()
    assert answered.count == 1
    assert smiling(face) == 1
    assert (correction.is_yes, correction.probability, correction.person) == (True, 0.25, person)


def test_the_same_answer_again_changes_nothing():
    face, person = make_face(smiling=0.25), make_user()
    first = answer(one(face), "Smiling", True, person)

    again = answer(one(face), "Smiling", True, make_user())

    assert again.count == 0
    assert Correction.objects.get().batch == first.batch
    assert Correction.objects.get().person == person


def test_a_changed_mind_keeps_what_the_model_said():
    face, person = make_face(smiling=0.25), make_user()
    answer(one(face), "Smiling", True, person)

    answer(one(face), "Smiling", False, person)

    correction = Correction.objects.get()
    assert smiling(face) == 0
    assert (correction.is_yes, correction.probability) == (False, 0.25)


def test_undo_takes_back_one_batch_and_what_stood_before_stands_again():
    corrected, other, person = make_face(smiling=0.25), make_face(smiling=0.75), make_user()
    answer(one(corrected), "Smiling", True, person)
    both = Face.objects.filter(pk__in=[corrected.pk, other.pk])
    batch = answer(both, "Smiling", False, person).batch

    count = undo(Correction.objects.all(), batch)

    assert count == 2
    assert (smiling(corrected), smiling(other)) == (1, 0.75)
    assert [c.face for c in Correction.objects.filter(is_yes=True)] == [corrected]
    assert Correction.objects.count() == 1


def test_undoing_each_change_of_mind_ends_where_it_began():
    face, ann, ben = make_face(smiling=0.25), make_user(), make_user()
    first = answer(one(face), "Smiling", True, ann)
    given_at = Correction.objects.get().created_at
    second, third = (answer(one(face), "Smiling", yes, ben) for yes in (False, True))

    stood = []
    for each in (third, second):
        undo(Correction.objects.all(), each.batch)
        correction = Correction.objects.get()
        stood.append((smiling(face), correction.is_yes, correction.person, correction.batch))

    assert stood == [(0, False, ben, second.batch), (1, True, ann, first.batch)]
    assert correction.created_at == given_at
    assert undo(Correction.objects.all(), first.batch) == 1
    assert (smiling(face), Correction.objects.count()) == (0.25, 0)


def test_a_batch_is_undone_once():
    face, person = make_face(smiling=0.25), make_user()
    answer(one(face), "Smiling", True, person)
    batch = answer(one(face), "Smiling", False, person).batch

    assert [undo(Correction.objects.all(), batch) for _ in range(2)] == [1, 0]
    assert smiling(face) == 1


def test_an_earlier_answer_outlives_the_account_of_who_gave_it():
    face, ann = make_face(smiling=0.25), make_user()
    answer(one(face), "Smiling", True, ann)
    batch = answer(one(face), "Smiling", False, make_user()).batch
    ann.delete()

    undo(Correction.objects.all(), batch)

    assert (smiling(face), Correction.objects.get().person) == (1, None)


def test_a_changed_answer_is_among_the_newest():
    first, second, person = make_face(), make_face(), make_user()
    for face, is_yes in ((first, True), (second, True), (first, False)):
        answer(one(face), "Smiling", is_yes, person)

    assert [correction.face for correction in Correction.objects.all()] == [first, second]


def test_undo_leaves_what_is_not_among_the_corrections_it_may_touch():
    face = make_face(smiling=0.25)
    batch = answer(one(face), "Smiling", True, make_user()).batch

    count = undo(Correction.objects.none(), batch)

    assert count == 0
    assert smiling(face) == 1


def test_withdrawn_the_models_probability_stands_again():
    face = make_face(smiling=0.25, male=0.125)
    answer(one(face), "Smiling", True, make_user())
    answer(one(face), "Male", True, make_user())

    count = withdraw(one(face), "Smiling")

    assert count == 1
    assert smiling(face) == 0.25
    assert Face.objects.get().male == 1


def test_many_faces_are_answered_in_a_few_statements(django_assert_max_num_queries):
    photo = make_photo(gallery=make_gallery(), status="ready")
    for _ in range(40):
        make_face(photo, smiling=0.25)

    with django_assert_max_num_queries(12):
        answered = answer(photo.faces.all(), "Smiling", True, photo.gallery.owner)

    assert answered.count == 40
    assert not Face.objects.exclude(smiling=1).exists()
