import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gallery.models import Gallery, Photo
from gallery.tests.factories import make_gallery
from gallery.tests.markup import one_line
from gallery.tests.pictures import make_upload
from gallery.uploads.decoder import Busy, decoder

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def send(client, gallery, *files, headers=JSON, query=""):
    address = reverse("gallery:upload", args=[gallery.uuid]) + query
    return client.post(address, {"image": files}, headers=headers)


def test_one_file_is_answered_with_its_tile(client, gallery):
    response = send(client, gallery, make_upload(), query="?attrs=Smiling")

    photo = Photo.objects.get()
    answer = response.json()
    assert response.status_code == 201
    assert (answer["status"], answer["id"]) == ("created", str(photo.uuid))
    assert f'id="photo-{photo.uuid}" data-status="queued"' in one_line(answer["tile"])
    assert f'href="{photo.get_absolute_url()}?attrs=Smiling"' in answer["tile"]


@pytest.mark.parametrize(
    ("keeps", "words"),
    [(True, "Your files are kept unchanged, for you alone"), (False, "Only a clean copy")],
)
def test_the_page_says_whether_originals_are_kept(client, gallery, settings, keeps, words):
    settings.KEEP_ORIGINALS = keeps

    page = client.get(reverse("gallery:upload", args=[gallery.uuid])).content.decode()

    assert words in page


def test_the_same_file_again_is_named_as_there_already(client, gallery):
    send(client, gallery, make_upload())

    response = send(client, gallery, make_upload("b.png"))

    assert response.status_code == 200
    assert response.json()["status"] == "duplicate"
    assert response.json()["url"] == Photo.objects.get().get_absolute_url()


def test_a_form_beyond_the_quota_is_told_how_much_is_used(client, gallery, settings):
    settings.QUOTA_PHOTOS = 1

    page = send(client, gallery, make_upload(), make_upload("b.png", "red"), headers={})

    shown = client.get(page.url).content.decode()
    assert "b.png: You have 1 of 1 photos. Delete photos that you no longer need" in shown
    assert Photo.objects.count() == 1


def test_a_file_beyond_the_quota_is_refused_and_not_sent_again(client, gallery, settings):
    settings.QUOTA_BYTES = 100

    response = send(client, gallery, make_upload())

    assert response.status_code == 403
    assert response.json()["status"] == "refused"
    assert "there is no room" in response.json()["reason"]


def test_what_is_no_picture_is_refused_with_the_reason(client, gallery):
    response = send(client, gallery, SimpleUploadedFile("a.jpg", b"no picture"))

    assert response.status_code == 400
    assert response.json()["status"] == "refused"
    assert "picture" in response.json()["reason"]
    assert not Photo.objects.exists()


def test_one_request_takes_one_file(client, gallery):
    response = send(client, gallery, make_upload(), make_upload("b.png", "blue"))

    assert response.status_code == 400
    assert not Photo.objects.exists()


def test_a_plain_form_takes_many_files_and_names_the_refused_ones(client, gallery):
    files = make_upload(), make_upload("b.png", "blue"), SimpleUploadedFile("c.jpg", b"no picture")

    response = send(client, gallery, *files, make_upload("again.png"), headers={})

    assert response.url == gallery.get_absolute_url()
    page = client.get(response.url).content.decode()
    assert Photo.objects.count() == 2
    assert "c.jpg: " in page
    assert "again.png: already in this gallery." in page


def test_a_plain_form_with_one_photo_goes_to_it(client, gallery):
    response = send(client, gallery, make_upload(), headers={})

    assert response.url == Photo.objects.get().get_absolute_url()


def test_a_plain_form_without_a_file_says_so(client, gallery):
    response = send(client, gallery, headers={})

    assert response.url == reverse("gallery:upload", args=[gallery.uuid])
    assert "Choose one or more photos first." in client.get(response.url).content.decode()


def test_the_first_page_takes_photos_into_a_first_gallery(client, gallery):
    gallery.delete()

    response = client.post(reverse("gallery:upload_first"), {"image": make_upload()})

    assert response.url == Photo.objects.get().get_absolute_url()
    assert Gallery.objects.get().name == "My photos"


def test_the_first_page_of_somebody_who_logged_out_sends_nothing_to_another(client, gallery):
    address, headers = reverse("gallery:upload_first"), {"Accept": "application/json"}

    script = client.post(address, {"image": make_upload(), "uploader": "bob"}, headers=headers)
    form = client.post(address, {"image": make_upload(), "uploader": "bob"})

    assert (script.status_code, script.json()["status"]) == (409, "lost")
    assert "Somebody else is logged in now." in client.get(form.url).content.decode()
    assert not Photo.objects.exists()


@pytest.mark.parametrize("headers, status", [({"Accept": "application/json"}, 503), ({}, 302)])
def test_while_too_many_pictures_are_checked_people_are_told(
    client, gallery, monkeypatch, headers, status
):
    def refuse(chunks, most_pixels):
        raise Busy("The site is busy with other uploads.")

    monkeypatch.setattr(decoder, "decode", refuse)

    response = send(client, gallery, make_upload(), headers=headers)

    assert response.status_code == status
    assert response.get("Retry-After") == ("2" if status == 503 else None)
    page = response if status == 503 else client.get(response.url)
    assert "The site is busy with other uploads." in page.content.decode()


def test_an_upload_needs_a_log_in(client):
    response = send(client, make_gallery(), make_upload())

    assert response.url.startswith(reverse("account_login"))
    assert not Photo.objects.exists()


def test_an_upload_needs_the_forms_token(gallery):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(gallery.owner)

    response = send(client, gallery, make_upload())

    assert response.status_code == 403
    assert "did not accept the form" in response.json()["error"]["message"]


def test_a_form_with_too_many_files_is_refused_as_a_whole(client, gallery, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2

    response = send(client, gallery, *(make_upload(f"{n}.png") for n in range(3)), headers={})

    assert response.status_code == 400
    assert "The site could not read this request" in response.content.decode()


def test_the_upload_page_has_a_form_that_works_by_itself(client, gallery):
    page = client.get(reverse("gallery:upload", args=[gallery.uuid])).content.decode()

    assert 'enctype="multipart/form-data"' in page
    assert "<noscript>" in page
