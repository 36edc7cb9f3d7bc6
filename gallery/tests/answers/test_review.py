"""Reviewing: which faces come, what the list says, and how often the model agrees."""

import random

import pytest
from django.urls import reverse

from gallery.answers.corrections import answer
from gallery.answers.review import Agreement, Progress, agreement_by_version, progress, standings
from gallery.models import Correction, Face
from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_face, make_gallery, make_ready, make_user, make_version
from gallery.views.contexts.review import PAGE_SIZE

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def make_one(gallery, **probabilities) -> Face:
    return make_ready(gallery, **probabilities).faces.get()


def only(face: Face):
    return Face.objects.filter(pk=face.pk)


def address(gallery, attribute: str = "Smiling") -> str:
    return reverse("gallery:review", args=[gallery.uuid, attribute])


def shown(response) -> list[Face]:
    return [item.face for item in response.context["items"]]


# --- Which faces


def test_the_least_certain_faces_come_first(client, gallery):
    low, middle, high = (make_one(gallery, smiling=p) for p in (0.1, 0.55, 0.8))

    assert shown(client.get(address(gallery))) == [middle, high, low]


def test_answered_faces_never_come_again(client, gallery):
    answered, other = make_one(gallery), make_one(gallery)
    answer(only(answered), "Smiling", True, gallery.owner)
    answer(only(other), "Male", True, gallery.owner)

    assert shown(client.get(address(gallery))) == [other]
    assert progress(gallery.owner, gallery, "Smiling") == Progress(answered=1, left=1)


def test_pages_hold_each_face_once_though_answers_come_between(client, gallery):
    for number in range(PAGE_SIZE + 5):
        make_one(gallery, smiling=round(0.5 + number / 1000, 4))
    first = client.get(address(gallery))
    answer(only(shown(first)[0]), "Smiling", True, gallery.owner)

    after = first.context["more"]
    second = client.get(address(gallery), {"after": after}, headers=HTMX)

    assert len(shown(second)) == 5
    assert not set(shown(first)) & set(shown(second))
    assert "<html" not in second.content.decode()


def test_a_picture_in_which_no_face_was_found_is_not_reviewed(client, gallery):
    face = make_one(gallery, smiling=0.5)
    whole = make_one(gallery, smiling=0.5, detector="whole")
    answer(only(whole), "Male", True, gallery.owner)

    assert shown(client.get(address(gallery))) == [face]
    assert progress(gallery.owner, gallery, "Smiling") == Progress(0, 1)
    assert progress(gallery.owner, gallery, "Male") == Progress(0, 1)


def test_faces_far_back_come_in_the_order_of_doubt_too(gallery, monkeypatch):
    monkeypatch.setattr("gallery.models.search.WINDOW", 20)
    monkeypatch.setattr("gallery.models.search.FEWEST", 4)
    rng = random.Random(3)
    faces = [make_one(gallery, smiling=rng.randrange(0, 10001, 250) / 10000) for _ in range(60)]
    doubt = sorted(faces, key=lambda face: (abs(round(10000 * face.smiling) - 5000), -face.pk))

    rows, after, read = Face.objects.in_gallery(gallery).to_review("Smiling"), "", []
    while not read or after:
        page = rows.page(after, 7)
        after, read = page.next_cursor, read + page.items

    assert read == doubt


def test_a_review_takes_as_many_queries_for_many_faces(
    client, gallery, django_assert_max_num_queries
):
    for _ in range(20):
        make_one(gallery)

    with django_assert_max_num_queries(9):
        client.get(address(gallery))


def test_without_a_face_the_review_says_so(client, gallery):
    assert "Nothing left to review" in client.get(address(gallery)).content.decode()


def test_a_broken_place_begins_at_the_front(client, gallery):
    face = make_one(gallery)

    assert shown(client.get(address(gallery), {"after": "nonsense"})) == [face]


# --- Answers


def test_an_answer_without_javascript_leads_to_the_next_face(client, gallery):
    near, far = make_one(gallery, smiling=0.5), make_one(gallery, smiling=0.9)

    response = client.post(address(gallery), {"face": near.uuid, "answer": "no"}, follow=True)

    assert shown(response) == [far]
    assert "Marked 1 face as not smiling." in response.content.decode()
    assert not Correction.objects.get().is_yes


def test_what_was_said_already_has_no_batch(client, gallery):
    given = {"face": make_one(gallery).uuid, "answer": "yes"}
    client.post(address(gallery), given, headers=JSON)

    again = client.post(address(gallery), given, headers=JSON)

    assert again.json() == {"batch": None, "count": 0}


def test_a_script_is_told_the_batch(client, gallery):
    face = make_one(gallery)

    response = client.post(address(gallery), {"face": face.uuid, "answer": "yes"}, headers=JSON)
    undone = client.post(reverse("gallery:undo"), {"batch": response.json()["batch"]}, headers=JSON)

    assert undone.status_code == 204
    assert Face.objects.get().smiling == 0.5


def test_skipped_without_javascript_a_face_waits_at_the_end(client, gallery):
    near, far = make_one(gallery, smiling=0.5), make_one(gallery, smiling=0.9)
    skipped = client.get(address(gallery), {"after": "", "skip": "1"})
    assert shown(skipped) == [far]

    form = {"face": far.uuid, "answer": "yes", "after": skipped.context["after"]}
    end = client.post(address(gallery), form, follow=True)

    assert "1 skipped" in end.content.decode()
    assert shown(client.get(address(gallery))) == [near]


@pytest.mark.parametrize("data", [{"answer": "model"}, {"answer": ""}, {"answer": "maybe"}])
def test_only_yes_and_no_are_answers(client, gallery, data):
    assert (
        client.post(address(gallery), {"face": make_one(gallery).uuid, **data}).status_code == 400
    )


def test_a_face_of_another_gallery_is_not_there(client, gallery):
    others = make_one(make_gallery(owner=gallery.owner))

    response = client.post(address(gallery), {"face": others.uuid, "answer": "yes"})

    assert response.status_code == 404
    assert not Correction.objects.exists()


def test_a_strangers_gallery_and_an_unknown_attribute_are_not_there(client, gallery):
    theirs = make_gallery(owner=make_user())

    assert client.get(address(theirs)).status_code == 404
    assert client.get(reverse("gallery:review_list", args=[theirs.uuid])).status_code == 404
    assert client.get(address(gallery, "Smilng")).status_code == 404


# --- The list


def test_the_list_has_unsure_answers_and_agreement(client, gallery):
    version = make_version(reliability={"Smiling": {"grade": "fair", "reason": "finds 61 %"}})
    faces = [make_one(gallery, smiling=p) for p in (0.5, 0.9, 0.8)]
    answer(only(faces[1]), "Smiling", True, gallery.owner)
    answer(only(faces[2]), "Smiling", False, gallery.owner)

    row = next(
        row for row in standings(gallery.owner, gallery, version) if row.attribute.name == "Smiling"
    )
    page = client.get(reverse("gallery:review_list", args=[gallery.uuid])).content.decode()

    assert (row.unsure, row.answered, row.agreement) == (1, 2, Agreement(2, 1))
    assert "finds 61 %" in page
    assert "50\N{NO-BREAK SPACE}%" in page


def test_the_most_doubtful_attribute_stands_first(gallery):
    version = make_version()
    certain = dict.fromkeys(("young", "male"), 0.99)
    make_one(gallery, **certain)

    names = [row.attribute.name for row in standings(gallery.owner, gallery, version)]

    assert set(names[-2:]) == {"Young", "Male"}


def test_agreement_is_told_by_the_version_that_scored_the_face(gallery):
    old = make_version(is_active=False)
    new = make_version(name="new")
    first, second = make_ready(gallery), make_ready(gallery)
    for photo, version in ((first, old), (second, new)):
        photo.faces.update(model_version=version, smiling=0.9)
    answer(Face.objects.all(), "Smiling", False, gallery.owner)
    make_face(second, model_version=new, male=0.9)

    found = agreement_by_version(Correction.objects.all())

    assert found == {
        old.pk: {"Smiling": Agreement(1, 0)},
        new.pk: {"Smiling": Agreement(1, 0)},
    }


def test_what_others_answered_is_not_counted(gallery):
    make_one(gallery)
    answer(Face.objects.all(), "Smiling", True, gallery.owner)

    assert progress(make_user(), gallery, "Smiling") == Progress(0, 0)


def test_staff_see_how_far_each_version_agrees_with_their_own_answers(client, gallery):
    version = make_version()
    faces = [make_one(gallery, smiling=p) for p in (0.9, 0.8, 0.1)]
    for face in faces:
        answer(only(face), "Smiling", True, gallery.owner)
    make_one(make_gallery(owner=make_user()))
    gallery.owner.is_staff = True
    gallery.owner.save()

    response = client.get(reverse("gallery:models"), {"metric": "agreement"})

    rows = {row.label: row.cells[0].value for row in response.context["rows"]}
    assert response.context["choice"].versions == [version]
    assert (rows["Smiling"], rows["All 40"], rows["Male"]) == ("0.667", "0.667", "\N{EN DASH}")
