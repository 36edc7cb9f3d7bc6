"""The page for labels that were made elsewhere."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse

from gallery.models import Correction, Gallery
from gallery.tests.factories import make_face, make_gallery, make_photo

pytestmark = pytest.mark.django_db


def address(gallery: Gallery) -> str:
    return reverse("gallery:labels", args=[gallery.uuid])


def send(client, gallery: Gallery, content: str):
    file = SimpleUploadedFile("labels.csv", content.encode())
    return client.post(address(gallery), {"file": file}, follow=True)


@pytest.fixture
def face(gallery):
    return make_face(make_photo(gallery=gallery, original_name="a.jpg", status="ready"))


def test_labels_become_answers_that_can_be_undone(client, gallery, face):
    response = send(client, gallery, "file,Smiling,Male\na.jpg,yes,no\n")

    assert response.redirect_chain == [(gallery.get_absolute_url(), 302)]
    page = response.content.decode()
    assert "2 answers were added." in page
    assert str(Correction.objects.first().batch) in page
    assert {row.person for row in Correction.objects.all()} == {gallery.owner}


def test_lines_that_fit_no_face_are_listed(client, gallery, face):
    response = send(client, gallery, "file,Smiling\na.jpg,1\nb.jpg,1\n")

    page = response.content.decode()
    assert response.status_code == 200 and "1 line fits no face" in page
    assert "Line 3: the gallery has no photo of this name" in page
    assert "1 answer was added." in page


def test_the_same_again_says_so(client, gallery, face):
    send(client, gallery, "file,Smiling\na.jpg,1\n")

    again = send(client, gallery, "file,Smiling\na.jpg,1\n")

    assert "No answer was added." in again.content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("file,Smilling\na.jpg,1\n", "Line 1: &quot;Smilling&quot; is not one of the 40"),
        ("file\na.jpg\n", "Line 1: is neither a JSON object nor the head of a table"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(client, gallery, face, content, words):
    response = send(client, gallery, content)

    assert response.status_code == 400 and words in response.content.decode()
    assert not Correction.objects.exists()


def test_a_form_without_a_file_says_so(client, gallery):
    response = client.post(address(gallery))

    assert response.status_code == 400 and "Choose a file." in response.content.decode()


@override_settings(MAX_UPLOAD_BYTES=10)
def test_a_file_that_is_too_large_says_so(client, gallery):
    response = send(client, gallery, "file,Smiling\na.jpg,1\n")

    assert response.status_code == 400 and "Send it in parts." in response.content.decode()


def test_nobody_brings_labels_into_a_gallery_of_others(client, gallery):
    response = send(client, make_gallery(), "file,Smiling\na.jpg,1\n")

    assert response.status_code == 404
