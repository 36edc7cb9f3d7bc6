"""Pages: what is done with the photos that were selected in a grid."""

import io
from zipfile import ZipFile

import pytest
from django.urls import reverse

from gallery.answers import corrections
from gallery.library import trash
from gallery.models import Act, Correction, Gallery, Photo
from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_face, make_gallery, make_photo, make_ready, reload
from gallery.tests.pictures import make_upload
from gallery.uploads.adding import add_photo
from gallery.views.contexts import selection

pytestmark = pytest.mark.django_db

NAMES = ("delete", "move", "analyse", "answer", "download")


@pytest.fixture
def post(client):
    def send(name: str, /, *photos: Photo, query: str = "", **data):
        named = ",".join(str(photo.uuid) for photo in photos)
        address = reverse(f"gallery:{name}_photos") + query
        headers = data.pop("headers", {})
        return client.post(address, {"photo": named, **data}, headers=headers, follow=True)

    return send


def text(response) -> str:
    return response.content.decode()


def left(gallery: Gallery) -> set[Photo]:
    return set(Photo.objects.visible_to(gallery.owner).in_gallery(gallery))


def test_named_photos_are_deleted_and_the_page_has_the_way_back(post, client, gallery):
    photos = [make_photo(gallery=gallery) for _ in range(3)]

    response = post("delete", *photos[:2], query="?sort=name")

    assert response.redirect_chain[-1][0] == f"{gallery.get_absolute_url()}?sort=name"
    assert "2 photos are in the trash." in text(response)
    assert left(gallery) == {photos[2]}
    batch = Photo.objects.in_trash_of(gallery.owner).first().batch
    undone = client.post(reverse("gallery:undo"), {"batch": batch}, follow=True)
    assert "2 photos are back." in text(undone) and left(gallery) == set(photos)


def test_the_tiles_of_deleted_photos_leave_the_page(post, gallery):
    gone, kept = make_ready(gallery), make_ready(gallery)

    answer = text(post("delete", gone, headers=HTMX))

    assert f'<li id="photo-{gone.uuid}" hx-swap-oob="delete"></li>' in answer
    assert str(kept.uuid) not in answer
    assert "1 photo is in the trash." in answer


def test_an_undo_of_a_file_that_is_back_says_so(post, client, gallery):
    photo, _ = add_photo(gallery, make_upload())
    post("delete", photo)
    add_photo(gallery, make_upload())

    undone = client.post(reverse("gallery:undo"), {"batch": reload(photo).batch}, follow=True)

    assert "1 was there already and stayed." in text(undone)


def test_all_that_match_are_deleted_shown_or_not(post, gallery):
    smiling = [make_ready(gallery, smiling=0.9) for _ in range(3)]
    other = make_ready(gallery, smiling=0.1)

    post("delete", smiling[0], query="?attrs=Smiling", all="yes")

    assert left(gallery) == {other}


def test_all_of_all_photos_are_those_of_every_gallery(post, gallery):
    second = make_gallery(owner=gallery.owner)
    photos = [make_photo(gallery=each) for each in (gallery, second)]

    post("delete", photos[0], query="?in=all", all="yes")

    assert not Photo.objects.visible_to(gallery.owner).exists()


@pytest.mark.parametrize(
    "query", ["?attrs=Smilling", "?atrs=Smiling", "?in=nowhere", "?attrs=-by=ben"]
)
def test_a_filter_that_cannot_be_read_stands_for_nothing(post, gallery, query):
    photo = make_photo(gallery=gallery)

    assert post("delete", photo, query=query, all="yes").status_code == 400
    assert left(gallery) == {photo}


def test_more_than_the_limit_are_refused(post, gallery, monkeypatch):
    monkeypatch.setattr(selection, "MOST_PHOTOS", 1)
    photos = [make_photo(gallery=gallery) for _ in range(2)]

    assert post("delete", *photos).status_code == 400
    assert post("delete", photos[0], all="yes").status_code == 400
    assert left(gallery) == set(photos)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_mine_is_left_alone(post, gallery, name):
    other = make_ready(make_gallery())

    assert post(name, other, attribute="Smiling", answer="yes", name="New").status_code == 404
    assert left(other.gallery) == {other} and not Correction.objects.exists()


def test_what_was_deleted_elsewhere_does_not_hold_up_the_rest(post, gallery):
    gone, photo = make_photo(gallery=gallery), make_photo(gallery=gallery)
    trash.trash_photos(Photo.objects.filter(pk=gone.pk))

    assert "1 photo is in the trash." in text(post("delete", gone, photo))


@pytest.mark.parametrize("named", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
def test_without_a_photo_there_is_nothing_to_do(client, gallery, named):
    answer = client.post(reverse("gallery:delete_photos"), {"photo": named})

    assert answer.status_code == 404


def test_photos_move_and_those_that_are_there_stay(post, gallery):
    target = make_gallery(owner=gallery.owner, name="Best")
    red, blue = (add_photo(gallery, make_upload(colour=colour))[0] for colour in ("red", "blue"))
    add_photo(target, make_upload(colour="red"))

    answer = text(post("move", red, blue, to=target.uuid))

    assert "1 photo was moved to “Best”. 1 was there already and stayed." in answer
    assert left(gallery) == {red}


def test_photos_are_copied_to_a_new_gallery(post, gallery):
    photo, _ = add_photo(gallery, make_upload())

    answer = text(post("move", photo, name="Best", copy="yes"))

    assert "1 photo was copied to “Best”." in answer
    assert left(gallery) == {photo}
    assert Gallery.objects.get(name="Best").photos.get().sha256 == photo.sha256


def test_without_a_place_nothing_moves_and_the_dialog_says_so(post, gallery):
    photo = make_photo(gallery=gallery)

    answer = post("move", photo, headers=HTMX)

    assert answer.status_code == 400 and "give the new one a name" in text(answer)
    assert left(gallery) == {photo} and Gallery.objects.count() == 1


def test_nothing_moves_to_a_strangers_gallery(post, gallery):
    photo = make_photo(gallery=gallery)

    assert "That gallery is gone." in text(post("move", photo, to=make_gallery().uuid))
    assert left(gallery) == {photo}


def test_a_quota_stops_a_copy_and_says_so(post, gallery, settings):
    settings.QUOTA_PHOTOS = 1
    photo, _ = add_photo(gallery, make_upload())

    answer = text(post("move", photo, name="Best", copy="yes"))

    assert "No photo was copied. You have 1 of 1 photos." in answer
    assert not Gallery.objects.filter(name="Best").exists()


def test_photos_are_analyzed_again_with_all_attempts(post, gallery, rings):
    ready, failed = make_ready(gallery), make_photo(gallery=gallery, status="failed", attempts=3)

    answer = text(post("analyse", ready, failed))

    assert "2 photos are analyzed again." in answer
    for photo in (ready, failed):
        assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 0)


def test_an_answer_is_about_all_real_faces_of_the_photos(post, gallery):
    two, whole = make_ready(gallery, smiling=0.1), make_photo(gallery=gallery, status="ready")
    make_face(two), make_face(whole, detector="whole")

    answer = text(post("answer", two, whole, attribute="Smiling", answer="yes"))

    assert "Marked 2 faces as smiling." in answer
    assert {given.face.photo for given in Correction.objects.all()} == {two}


def test_too_many_faces_are_not_answered_about(post, gallery, monkeypatch):
    monkeypatch.setattr(corrections, "MOST_FACES", 1)
    photos = [make_ready(gallery) for _ in range(2)]

    answer = text(post("answer", *photos, attribute="Smiling", answer="yes"))

    assert "have 2 faces: answer about at most 1" in answer
    assert not Correction.objects.exists()


def test_the_selected_pictures_are_a_zip_file(client, gallery):
    photos = [add_photo(gallery, make_upload(colour=c))[0] for c in ("red", "blue", "green")]
    named = [str(photo.uuid) for photo in photos[:2]]

    answer = client.post(reverse("gallery:download_photos"), {"photo": named})

    archive = ZipFile(io.BytesIO(answer.getvalue()))
    assert len(archive.namelist()) == 2 and answer["Content-Type"] == "application/zip"
    assert Act.objects.filter(kind=Act.Kind.EXPORTED, about__contains="as pictures").exists()


def test_originals_are_downloaded_where_they_are_asked_for(client, stored):
    address = reverse("gallery:download_photos")

    def names(**more) -> list[str]:
        response = client.post(address, {"photo": stored.uuid, **more})
        return ZipFile(io.BytesIO(response.getvalue())).namelist()

    assert names(originals="yes") == ["Eileen.png"]
    assert names() == ["Eileen.jpg"]
