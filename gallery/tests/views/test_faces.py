"""Pages: answers about faces, and the way back."""

import re
import uuid

import pytest
from django.urls import reverse

from gallery.answers.corrections import answer
from gallery.models import Correction, Face, Gallery
from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_face, make_gallery, make_ready, make_user, make_version

pytestmark = pytest.mark.django_db

SMILING = {"attribute": "Smiling", "answer": "yes"}


def make_faces(gallery: Gallery, count: int = 1, **probabilities) -> list[Face]:
    return [make_ready(gallery, **probabilities).faces.get() for _ in range(count)]


def say(client, face: Face, data=SMILING, **kwargs):
    return client.post(reverse("gallery:answer", args=[face.uuid]), data, **kwargs)


def test_an_answer_is_kept_and_the_page_shows_it_beside_the_models(client, gallery):
    face = make_faces(gallery, smiling=0.23)[0]

    page = say(client, face, follow=True).content.decode()

    assert Correction.objects.get().person == gallery.owner
    assert 'id="bar-Smiling" data-answer="yes"' in page
    assert "model: 23\N{NO-BREAK SPACE}%" in page
    assert "Smiling: yes." in page


def test_htmx_gets_the_photo_with_an_undo(client, gallery):
    face = make_faces(gallery)[0]

    page = say(client, face, headers=HTMX).content.decode()

    assert "<html" not in page
    assert 'id="bar-Smiling" data-answer="yes"' in page
    assert f'name="batch" value="{Correction.objects.get().batch}"' in page


def test_back_to_the_model_withdraws_the_answer(client, gallery):
    face = make_faces(gallery, smiling=0.25)[0]
    say(client, face)

    say(client, face, {"attribute": "Smiling", "answer": "model"})

    assert not Correction.objects.exists()
    assert Face.objects.get().smiling == 0.25


def test_the_answered_face_stays_selected_within_the_filter(client, gallery):
    face = make_face(make_ready(gallery))
    address = reverse("gallery:answer", args=[face.uuid])

    response = client.post(f"{address}?attrs=Young", SMILING)

    assert response.url == f"{face.photo.get_absolute_url()}?attrs=Young&face={face.uuid}"


@pytest.mark.parametrize(
    "data", [{}, {"attribute": "Smilng", "answer": "yes"}, {**SMILING, "answer": "maybe"}]
)
def test_what_is_no_answer_is_refused(client, gallery, data):
    assert say(client, make_faces(gallery)[0], data).status_code == 400


def test_undo_brings_back_what_stood_before(client, gallery):
    face = make_faces(gallery, smiling=0.25)[0]
    batch = answer(Face.objects.all(), "Smiling", True, gallery.owner).batch

    response = client.post(
        reverse("gallery:undo"), {"batch": batch, "next": face.photo.get_absolute_url()}
    )

    assert response.url == face.photo.get_absolute_url()
    assert Face.objects.get().smiling == 0.25


def test_undo_tells_an_open_page_to_look_again(client, gallery):
    make_faces(gallery)
    batch = answer(Face.objects.all(), "Smiling", True, gallery.owner).batch

    response = client.post(reverse("gallery:undo"), {"batch": batch}, headers=HTMX)

    assert "1 answer was taken back." in response.content.decode()
    assert "stale" in response["HX-Trigger"]


@pytest.mark.parametrize("page", ["//evil.example", "https://evil.example/", "javascript:1", ""])
def test_undo_leads_to_no_other_site(client, gallery, page):
    make_faces(gallery)
    batch = answer(Face.objects.all(), "Smiling", True, gallery.owner).batch

    response = client.post(reverse("gallery:undo"), {"batch": batch, "next": page})

    assert response.url == reverse("gallery:home")


@pytest.mark.parametrize("batch", ["", "nonsense", str(uuid.UUID(int=7))])
def test_there_is_nothing_to_undo_in_a_batch_that_is_none(client, gallery, batch):
    assert client.post(reverse("gallery:undo"), {"batch": batch}).status_code == 404


def test_nobody_answers_or_undoes_for_a_stranger(client, gallery):
    face = make_faces(make_gallery(owner=make_user()))[0]
    batch = answer(Face.objects.all(), "Smiling", True, make_user()).batch

    assert say(client, face, {"attribute": "Smiling", "answer": "no"}).status_code == 404
    assert client.post(reverse("gallery:undo"), {"batch": batch}).status_code == 404
    assert Face.objects.get().smiling == 1


def test_an_attribute_that_the_model_cannot_tell_well_says_so(client, gallery):
    grade = {"grade": "poor", "reason": "only 9 examples to measure on"}
    make_version(reliability={"Bald": grade, "Smiling": {"grade": "good", "reason": "finds 90 %"}})

    page = client.get(make_ready(gallery).get_absolute_url()).content.decode()

    assert 'title="Poor: only 9 examples to measure on"' in page
    assert "finds 90 %" not in page


def test_a_grade_says_on_how_many_faces_it_was_measured(client, gallery):
    grade = {"grade": "poor", "reason": "finds 1 in 5", "faces": 1949}
    make_version(reliability={"Bald": grade})

    page = client.get(make_ready(gallery).get_absolute_url()).content.decode()

    assert 'title="Poor: finds 1 in 5 (measured on 1,949 validation faces)"' in page


# --- Many faces


def say_of(client, faces, answer="no", query="", **kwargs):
    data = {"face": [face.uuid for face in faces], "attribute": "Smiling", "answer": answer}
    return client.post(f"{reverse('gallery:answer_many')}{query}", data, **kwargs)


def test_many_faces_are_answered_at_once(client, gallery):
    faces = make_faces(gallery, 30, smiling=0.9)

    response = say_of(client, faces, query="?view=faces&attrs=Smiling", follow=True)

    assert "Marked 30 faces as not smiling." in response.content.decode()
    assert response.redirect_chain[-1][0].endswith("?attrs=Smiling&view=faces")
    assert not Face.objects.exclude(smiling=0).exists()
    assert Correction.objects.values("batch").distinct().count() == 1


def test_htmx_gets_what_changed_in_the_grid(client, gallery):
    kept, gone = make_faces(gallery, 2, smiling=0.9)
    make_faces(gallery, smiling=0.95)

    response = say_of(client, [gone], query="?view=faces&attrs=Smiling", headers=HTMX)

    page = response.content.decode()
    assert f'<li id="face-{gone.uuid}" hx-swap-oob="delete">' in page
    assert f"face-{kept.uuid}" not in page
    assert "Marked 1 face as not smiling." in page
    assert response.context["found"] == 2


def test_where_every_face_counts_the_page_is_told_to_look_again(client, gallery):
    response = say_of(client, make_faces(gallery), query="?match=every", headers=HTMX)

    assert "stale" in response["HX-Trigger-After-Swap"]


def test_one_face_that_is_not_there_stops_all(client, gallery):
    faces = make_faces(gallery, 2, smiling=0.9) + make_faces(make_gallery(owner=make_user()))

    assert say_of(client, faces).status_code == 404
    assert not Correction.objects.exists()


def test_a_thousand_faces_come_in_one_field_and_no_more(client, gallery):
    faces = make_faces(gallery, 3)
    data = {"face": ",".join(str(face.uuid) for face in faces), **SMILING}
    client.post(reverse("gallery:answer_many"), data)
    assert Correction.objects.count() == 3

    data["face"] = ",".join(str(uuid.uuid4()) for _ in range(1001))

    assert client.post(reverse("gallery:answer_many"), data).status_code == 400


@pytest.mark.parametrize("faces", ["", "nonsense"])
def test_no_face_at_all_is_not_there(client, gallery, faces):
    data = {"face": faces, **SMILING}

    assert client.post(reverse("gallery:answer_many"), data).status_code == 404


@pytest.mark.parametrize(("query", "name"), [("", "photo"), ("?view=faces", "face")])
def test_photos_and_faces_can_be_selected(client, gallery, query, name):
    make_faces(gallery)

    page = client.get(gallery.get_absolute_url() + query).content.decode()

    assert set(re.findall(r'class="tile-check"\s+type="checkbox"\s+name="(\w+)"', page)) == {name}


def test_a_value_that_a_person_gave_is_marked_in_the_grid(client, gallery):
    face, _ = make_faces(gallery, 2)
    answer(Face.objects.filter(pk=face.pk), "Smiling", True, gallery.owner)

    address = f"{gallery.get_absolute_url()}?view=faces&sort=Smiling"
    tiles = client.get(address).context["tiles"]

    assert [tile.is_answered for tile in tiles] == [True, False]


# --- All that match


def say_of_all(client, face: Face, query: str, **kwargs):
    data = SMILING | {"face": face.uuid, "all": "yes"}
    return client.post(reverse("gallery:answer_many") + query, data, **kwargs)


def test_all_that_match_are_answered_where_they_were_looked_at(client, gallery):
    face, other = make_faces(gallery, 2, male=0.9)
    make_faces(gallery, male=0.1)
    elsewhere = make_faces(make_gallery(owner=gallery.owner), male=0.9)[0]

    say_of_all(client, face, "?view=faces&attrs=Male")
    assert set(Correction.objects.values_list("face", flat=True)) == {face.pk, other.pk}

    say_of_all(client, face, "?view=faces&attrs=Male&in=all")
    assert Correction.objects.filter(face=elsewhere).exists()


def test_all_that_match_may_be_too_many(client, gallery, monkeypatch):
    monkeypatch.setattr("gallery.answers.corrections.MOST_FACES", 1)
    face = make_faces(gallery, 2)[0]

    assert say_of_all(client, face, "?view=faces").status_code == 400
    assert not Correction.objects.exists()


def test_after_all_that_match_the_page_is_loaded_anew(client, gallery):
    face = make_faces(gallery, 2)[0]

    response = say_of_all(client, face, "?view=faces", headers=HTMX)

    assert "stale" in response["HX-Trigger-After-Swap"]
