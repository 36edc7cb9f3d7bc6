"""REST: what people answer about faces, and where they say that a face is or is none."""

import uuid

import pytest

from gallery.answers.corrections import answer
from gallery.models import BoxCorrection, Correction, Face, Photo
from gallery.tests.factories import (
    make_api_client,
    make_face,
    make_gallery,
    make_photo,
    make_ready,
    reload,
)

pytestmark = pytest.mark.django_db

CORRECTIONS = "/api/v1/corrections/"
UNDO = f"{CORRECTIONS}undo/"


@pytest.fixture
def gallery():
    return make_gallery()


@pytest.fixture
def client(gallery):
    return make_api_client(gallery.owner)


@pytest.fixture
def face(gallery):
    return make_ready(gallery, smiling=0.25, male=0.125).faces.get()


def address(face: Face) -> str:
    return f"/api/v1/faces/{face.uuid}/"


def give(client, faces, said, attribute="Smiling"):
    ids = [str(face.uuid) for face in faces]
    body = {"faces": ids, "attribute": attribute, "answer": said}
    return client.post(CORRECTIONS, body, format="json")


def smiling(face: Face) -> float:
    return Face.objects.get(pk=face.pk).smiling


# --- Answers ----------------------------------------------------------------------------------


def test_an_answer_about_many_faces_is_one_batch(client, gallery):
    faces = [make_ready(gallery, smiling=0.25).faces.get() for _ in range(3)]

    done = give(client, faces, "yes")

    assert done.status_code == 200, done.content
    assert done.json() == {"count": 3, "batch": str(Correction.objects.first().batch)}
    assert [smiling(face) for face in faces] == [1, 1, 1]
    assert {correction.person for correction in Correction.objects.all()} == {gallery.owner}


def test_the_same_answer_again_changes_nothing_and_has_nothing_to_undo(client, face):
    give(client, [face], "no")

    assert give(client, [face], "no").json() == {"count": 0, "batch": None}


def test_null_takes_an_answer_back(client, face):
    give(client, [face], "yes")

    done = give(client, [face], None)

    assert done.json() == {"count": 1, "batch": None}
    assert smiling(face) == 0.25


def test_a_face_shows_what_people_answered_beside_what_the_model_says(client, face, gallery):
    give(client, [face], "yes")

    shown = client.get(address(face)).json()

    given = shown["corrections"].pop("Smiling")
    assert shown["corrections"] == {}
    assert (shown["probabilities"]["Smiling"], shown["decisions"]["Smiling"]) == (1, "yes")
    assert given.pop("at").endswith("Z")
    assert given == {"answer": "yes", "probability": 0.25, "by": gallery.owner.username}


@pytest.mark.parametrize("address", ["/api/v1/faces/", "/api/v1/photos/"])
def test_answers_cost_a_list_one_query_however_many(
    client, gallery, address, django_assert_num_queries
):
    for _ in range(4):
        make_ready(gallery)
    for attribute in ("Smiling", "Male"):
        answer(Face.objects.all(), attribute, True, gallery.owner)

    with django_assert_num_queries(5 if "faces" in address else 6):
        shown = client.get(address).json()["results"]

    face = shown[0] if "faces" in address else shown[0]["faces"][0]
    assert list(face["corrections"]) == ["Male", "Smiling"]


def test_of_too_many_faces_none_is_looked_at(client):
    done = client.post(CORRECTIONS, {"faces": [{}] * 50_000, "attribute": "Smiling"}, format="json")

    assert done.status_code == 400
    assert len(done.content) < 1000
    assert "no more than 1000" in done.json()["error"]["fields"]["faces"][0]


@pytest.mark.parametrize("other", ["somebody else's", "nobody's"])
def test_one_face_that_is_not_mine_and_nothing_is_changed(client, face, other):
    theirs = make_face() if other == "somebody else's" else Face(uuid=uuid.uuid4())

    done = give(client, [face, theirs], "yes")

    assert done.status_code == 404
    assert done.json()["error"]["code"] == "not_found"
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("faces", []),
        ("faces", ["7"]),
        ("faces", [str(uuid.uuid4())] * 1001),
        ("faces", None),
        ("attribute", "Smilling"),
        ("answer", "unsure"),
        ("answer", ""),
    ],
)
def test_what_is_no_answer_names_its_field(client, face, field, value):
    body = {"faces": [str(face.uuid)], "attribute": "Smiling", "answer": "yes", field: value}

    done = client.post(CORRECTIONS, body, format="json")

    assert done.status_code == 400, done.content
    assert set(done.json()["error"]["fields"]) == {field}


def test_an_answer_must_be_said(client, face):
    body = {"faces": [str(face.uuid)], "attribute": "Smiling"}

    assert client.post(CORRECTIONS, body, format="json").status_code == 400


# --- Undo -------------------------------------------------------------------------------------


def test_a_batch_is_undone(client, face):
    batch = give(client, [face], "yes").json()["batch"]

    done = client.post(UNDO, {"batch": batch}, format="json")

    assert done.json() == {"count": 1}
    assert smiling(face) == 0.25


def test_a_batch_of_others_or_of_no_one_is_not_there(client):
    theirs = make_face()
    answered = answer(Face.objects.all(), "Smiling", True, theirs.gallery.owner)

    for batch in (answered.batch, uuid.uuid4()):
        assert client.post(UNDO, {"batch": str(batch)}, format="json").status_code == 404

    assert smiling(theirs) == 1


# --- The list ---------------------------------------------------------------------------------


def test_answers_are_listed_the_newest_first(client, face, gallery):
    batch = give(client, [face], "yes").json()["batch"]
    give(client, [face], "no", "Male")

    male, smiling = client.get(CORRECTIONS).json()["results"]

    assert (male["attribute"], male["answer"], male["probability"]) == ("Male", "no", 0.125)
    assert smiling.pop("at")
    assert smiling == {
        "face": str(face.uuid),
        "photo": str(face.photo.uuid),
        "attribute": "Smiling",
        "answer": "yes",
        "probability": 0.25,
        "by": gallery.owner.username,
        "batch": batch,
    }


def test_answers_are_listed_by_gallery_and_attribute(client, face, gallery):
    other = make_ready(make_gallery(owner=gallery.owner)).faces.get()
    give(client, [face, other], "yes")
    give(client, [face], "yes", "Male")

    query = {"gallery": str(gallery.uuid), "attribute": "Smiling"}
    found = client.get(CORRECTIONS, query).json()["results"]

    assert [(one["face"], one["attribute"]) for one in found] == [(str(face.uuid), "Smiling")]


def test_answers_come_in_pages_of_as_many_queries(client, gallery, django_assert_num_queries):
    for _ in range(5):
        make_ready(gallery)
    answer(Face.objects.all(), "Smiling", True, gallery.owner)

    with django_assert_num_queries(3):  # two for the token, the answers
        page = client.get(CORRECTIONS, {"page_size": 3}).json()

    rest = client.get(page["next"]).json()
    assert (len(page["results"]), len(rest["results"]), rest["next"]) == (3, 2, None)


def test_only_answers_about_faces_of_mine_are_listed(client):
    theirs = make_face()
    answer(Face.objects.all(), "Smiling", True, theirs.gallery.owner)

    assert client.get(CORRECTIONS).json()["results"] == []
    assert client.get(CORRECTIONS, {"gallery": theirs.gallery.uuid}).status_code == 404


# --- Boxes ------------------------------------------------------------------------------------


def test_a_deleted_face_is_remembered_as_none(client, face):
    assert client.delete(address(face)).status_code == 200

    assert not Face.objects.exists()
    assert BoxCorrection.objects.get().is_face is False
    assert client.get(address(face)).status_code == 404


def test_a_face_of_others_is_neither_shown_nor_deleted(client):
    theirs = make_face()

    assert client.get(address(theirs)).status_code == 404
    assert client.delete(address(theirs)).status_code == 404
    assert Face.objects.exists()


def test_a_drawn_face_queues_the_photo_and_its_faces_stay(client, gallery, face):
    drawn = f"/api/v1/photos/{face.photo.uuid}/faces/"

    done = client.post(drawn, {"x": 0.8, "y": 0.8, "w": 0.1, "h": 0.1}, format="json")

    assert done.status_code == 202, done.content
    assert (done.json()["status"], len(done.json()["faces"])) == ("queued", 1)
    assert BoxCorrection.objects.get().person == gallery.owner


@pytest.mark.parametrize(
    ("box", "fields"),
    [
        ({"x": 0.9, "y": 0.9, "w": 0.2, "h": 0.2}, set()),
        ({"x": 0.9, "y": 0.9, "w": 0.001, "h": 0.001}, set()),
        ({"x": "nan", "y": 0, "w": 0.1, "h": 0.1}, {"x"}),
        ({"x": "left", "y": 0, "w": 0.1}, {"x", "h"}),
        ({"x": "0.1", "y": True, "w": 0.1, "h": 0.1}, {"x", "y"}),
        ({"x": -0.1, "y": 1.1, "w": 1.1, "h": 0.1}, {"x", "y", "w"}),
    ],
)
def test_a_box_that_is_none_answers_400_with_the_reason(client, face, box, fields):
    done = client.post(f"/api/v1/photos/{face.photo.uuid}/faces/", box, format="json")

    assert done.status_code == 400
    assert set(done.json()["error"]["fields"]) == fields
    assert done.json()["error"]["message"]
    assert reload(face.photo).status == Photo.Status.READY


def test_nobody_draws_on_the_photos_of_others(client):
    photo = make_photo()

    box = {"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2}
    done = client.post(f"/api/v1/photos/{photo.uuid}/faces/", box, format="json")

    assert done.status_code == 404
    assert not BoxCorrection.objects.exists()
