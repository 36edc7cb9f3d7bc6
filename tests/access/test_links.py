"""What a link to a shared album opens: its own photos, and nothing before its password or after
its end.
"""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from gallery.answers.corrections import answer
from gallery.library.trash import trash_gallery, trash_photos, undo
from gallery.models import Face, Photo, SavedFilter, ShareLink
from gallery.sharing.album import SENSITIVE
from gallery.tests.factories import make_face, make_gallery, make_user, make_version
from gallery.tests.pictures import draw, encode
from gallery.uploads.adding import add_photo
from ml.attributes import BY_NAME
from tests.access.routes import Route, routes

pytestmark = pytest.mark.django_db

OF_LINKS = [route for route in routes() if route.name.startswith("gallery:shared")]
OF_PHOTOS = [route for route in OF_LINKS if "uuid" in route.parameters]
PASSWORD = "between-us"
CHANGING = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture
def owner():
    return make_user("olga", first_name="Olga")


@pytest.fixture
def gallery(owner):
    return make_gallery(owner=owner, name="Harbour")


@pytest.fixture
def photo(gallery) -> Photo:
    return make_stored(gallery, "secret-place.png", smiling=0.9, young=0.95, male=0.97)


@pytest.fixture
def visitor() -> Client:
    return Client()


def make_stored(gallery, name: str, **probabilities: float) -> Photo:
    """An analyzed photo with its files; each name's length makes another picture."""
    content = encode(draw((64 + len(name), 64)), "PNG")
    photo, _ = add_photo(gallery, SimpleUploadedFile(name, content))
    photo.status, photo.model_version = Photo.Status.READY, make_version()
    photo.save()
    make_face(photo, **probabilities)
    return photo


def share(gallery, **options: Any) -> ShareLink:
    return ShareLink.objects.share(gallery, **{"allows_download": True, **options})


def make_filter(gallery, attrs: str, name: str = "Happy") -> SavedFilter:
    return SavedFilter.objects.create(
        owner=gallery.owner, gallery=gallery, name=name, attrs=attrs, match="any"
    )


def ask(visitor: Client, route: Route, token: str, photo: Photo, **headers: str) -> Any:
    return visitor.get(route.path({"token": token, "uuid": photo.uuid}), headers=headers)


def statuses(visitor: Client, token: str, photo: Photo) -> set[int]:
    return {ask(visitor, route, token, photo).status_code for route in OF_LINKS}


def nothing(response: Any) -> tuple[int, str]:
    return response.status_code, CHANGING.sub("", response.content.decode())


def test_an_open_link_opens_each_address_for_anyone(visitor, gallery, photo):
    link = share(gallery)

    assert statuses(visitor, link.token, photo) == {200}
    visitor.force_login(make_user("otto"))
    assert statuses(visitor, link.token, photo) == {200}


def test_a_wrong_an_expired_and_a_revoked_link_open_one_and_the_same_page(visitor, gallery, photo):
    expired, revoked = share(gallery), share(gallery)
    ShareLink.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    revoked.revoke()

    pages = {
        nothing(ask(visitor, route, token, photo))
        for route in OF_LINKS
        for token in ("guessed", expired.token, revoked.token)
    }

    assert len(pages) == 1
    ((status, page),) = pages
    assert status == 404
    assert "This link opens nothing" in page


def test_it_opens_to_the_second(visitor, gallery, photo):
    link = share(gallery, lasts=timedelta(days=7))
    assert link.expires_at - timezone.now() > timedelta(days=6)

    ShareLink.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert statuses(visitor, link.token, photo) == {200}


def test_nothing_is_seen_before_the_password_and_then_of_that_link_only(visitor, gallery, photo):
    link, other = share(gallery, password=PASSWORD), share(gallery, password=PASSWORD)
    before = {route.name: ask(visitor, route, link.token, photo) for route in OF_LINKS}

    album = before.pop("gallery:shared")
    assert album.status_code == 200
    assert str(photo.uuid) not in album.content.decode()
    assert gallery.name not in album.content.decode()
    assert {answer.status_code for answer in before.values()} == {404}

    wrong = visitor.post(f"/s/{link.token}/", {"password": "between us"})
    assert wrong.status_code == 403
    assert "That is not the password." in wrong.content.decode()
    right = visitor.post(f"/s/{link.token}/", {"password": PASSWORD})

    assert right.url == f"/s/{link.token}/"
    assert statuses(visitor, link.token, photo) == {200}
    assert statuses(visitor, other.token, photo) == {200, 404}  # the form, and nothing more
    assert statuses(Client(), link.token, photo) == {200, 404}


def test_the_password_is_typed_into_a_form_that_needs_its_csrf_token(gallery, photo):
    link = share(gallery, password=PASSWORD)

    strict = Client(enforce_csrf_checks=True)

    assert strict.post(f"/s/{link.token}/", {"password": PASSWORD}).status_code == 403
    assert statuses(strict, link.token, photo) == {200, 404}


def test_guessing_is_slowed_for_the_guesser_alone(settings, gallery, photo):
    settings.ACCOUNT_RATE_LIMITS = {"share_password": "10/5m/key"}
    link, guesser = share(gallery, password=PASSWORD), Client(REMOTE_ADDR="192.0.2.1")

    codes = [
        guesser.post(f"/s/{link.token}/", {"password": f"guess {number}"}).status_code
        for number in range(50)
    ]

    assert codes == [403] * 10 + [429] * 40
    assert guesser.post(f"/s/{link.token}/", {"password": PASSWORD}).status_code == 429
    friend = Client(REMOTE_ADDR="192.0.2.2")
    assert friend.post(f"/s/{link.token}/", {"password": PASSWORD}).status_code == 302


def test_photos_of_another_gallery_do_not_exist_there(visitor, owner, gallery, photo):
    theirs = make_stored(make_gallery(owner=owner), "another.png", smiling=0.9)
    link = share(gallery)

    pages = {nothing(ask(visitor, route, link.token, theirs)) for route in OF_PHOTOS}

    assert pages == {nothing(visitor.get("/s/guessed/"))}


def test_a_filter_opens_what_it_finds_now(visitor, gallery, photo):
    serious = make_stored(gallery, "serious.png", smiling=0.1)
    link = share(gallery, saved_filter=make_filter(gallery, "Smiling"))

    assert statuses(visitor, link.token, photo) == {200}
    assert statuses(visitor, link.token, serious) == {200, 404}
    assert str(serious.uuid) not in visitor.get(f"/s/{link.token}/").content.decode()
    serious.faces.update(smiling=0.9)
    photo.faces.update(smiling=0.1)

    assert statuses(visitor, link.token, serious) == {200}
    assert statuses(visitor, link.token, photo) == {200, 404}


def test_in_an_album_me_is_who_saved_its_filter(visitor, gallery, photo):
    make_stored(gallery, "serious.png", smiling=0.1)
    answer(Face.objects.filter(photo=photo), "Smiling", True, gallery.owner)
    link = share(gallery, saved_filter=make_filter(gallery, "by=me"))

    page = visitor.get(f"/s/{link.token}/")

    assert [tile.photo for tile in page.context["tiles"]] == [photo]
    assert gallery.owner.username not in page.content.decode()


def test_a_filter_that_can_no_longer_be_read_opens_no_photo(visitor, gallery, photo):
    link = share(gallery, saved_filter=make_filter(gallery, "Smilng"))

    assert statuses(visitor, link.token, photo) == {200, 404}
    assert "There are no photos in it now." in visitor.get(f"/s/{link.token}/").content.decode()


def test_the_full_picture_needs_the_owners_word(visitor, gallery, photo):
    link = share(gallery, allows_download=False)

    full = visitor.get(f"/s/{link.token}/photos/{photo.uuid}/picture.jpg")
    assert visitor.get(f"/s/{link.token}/photos.zip").status_code == 404
    page = visitor.get(f"/s/{link.token}/photos/{photo.uuid}/").content.decode()

    assert full.status_code == 404
    assert "Download" not in page


def test_all_pictures_come_as_a_zip_file_without_names_and_days(visitor, gallery, photo):
    make_stored(gallery, "second.png")
    make_stored(make_gallery(owner=gallery.owner), "elsewhere.png")
    link = share(gallery)

    content = visitor.get(f"/s/{link.token}/photos.zip").getvalue()

    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        files = archive.infolist()
    assert [file.filename for file in files] == ["photo.jpg", "photo (2).jpg"]
    assert {file.date_time[0] for file in files} == {1980}


def test_revoked_while_open_not_even_a_thumbnail_is_left(visitor, gallery, photo):
    link = share(gallery)
    first = ask(visitor, OF_LINKS[-1], link.token, photo)
    etag = first["ETag"]
    assert "no-cache" in first["Cache-Control"]
    again = ask(visitor, OF_LINKS[-1], link.token, photo, **{"If-None-Match": etag})
    assert again.status_code == 304

    link.revoke()

    for route in OF_PHOTOS:
        answer = ask(visitor, route, link.token, photo, **{"If-None-Match": etag})
        assert answer.status_code == 404


def test_what_is_in_the_trash_is_in_no_album(visitor, gallery, photo):
    link, kept = share(gallery), make_stored(gallery, "kept.png", smiling=0.9)
    trash_photos(Photo.objects.filter(pk=photo.pk))
    for route in OF_PHOTOS:
        assert ask(visitor, route, link.token, photo).status_code == 404
    assert statuses(visitor, link.token, kept) == {200}

    batch = trash_gallery(gallery)

    assert statuses(visitor, link.token, kept) == {404}
    undo(gallery.owner, batch)
    assert statuses(visitor, link.token, kept) == {200}


def test_pages_say_nothing_about_files_days_and_people(visitor, gallery, photo):
    link = share(gallery)

    for address in (f"/s/{link.token}/", f"/s/{link.token}/photos/{photo.uuid}/"):
        page = visitor.get(address).content.decode()
        assert "smiling" in page
        for secret in ("secret-place", "olga", "Olga", str(photo.created_at.year)):
            assert secret not in page
    picture = visitor.get(f"/s/{link.token}/photos/{photo.uuid}/picture.jpg")
    assert "secret-place" not in picture["Content-Disposition"]


@pytest.mark.parametrize("shows", [False, True])
def test_sensitive_attributes_are_shown_where_the_owner_said_so(visitor, gallery, shows):
    photo = make_stored(gallery, "all.png", **{BY_NAME[name].field: 0.9 for name in SENSITIVE})
    link = share(gallery, shows_sensitive=shows)

    page = visitor.get(f"/s/{link.token}/photos/{photo.uuid}/").content.decode()

    assert [word in page for word in ("bald", "chubby", "male")] == [shows] * 3


def test_the_address_of_a_link_stays_in_this_browser(visitor, gallery, photo, caplog):
    link, locked = share(gallery), share(gallery, password=PASSWORD)
    for route in OF_LINKS:
        answer = ask(visitor, route, link.token, photo)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex"
        assert re.search("private", answer["Cache-Control"])
    # Without any referrer its form would not be trusted.
    assert visitor.get(f"/s/{locked.token}/")["Referrer-Policy"] == "same-origin"


def test_only_hashes_of_the_token_and_of_the_password_are_stored(gallery):
    link = share(gallery, password=PASSWORD)

    row = str(ShareLink.objects.values().get())

    assert len(link.token) >= 128 / 6
    assert link.token not in row
    assert PASSWORD not in row


def test_views_are_counted_once_each_time_the_album_is_opened(visitor, gallery, photo):
    link = share(gallery)

    for route in OF_LINKS:
        ask(visitor, route, link.token, photo)
    visitor.head(f"/s/{link.token}/")
    visitor.get(f"/s/{link.token}/")

    assert ShareLink.objects.get().views == 2


def test_an_album_comes_in_pages(visitor, gallery, monkeypatch):
    monkeypatch.setattr("gallery.views.contexts.shared.PAGE_SIZE", 2)
    photos = [make_stored(gallery, f"{'x' * number}.png") for number in range(1, 4)]
    link = share(gallery)
    page = visitor.get(f"/s/{link.token}/").content.decode()
    (more,) = re.findall(r'href="(/s/[^"]+after=[^"]+)"', page)

    rest = visitor.get(more).content.decode()

    assert "3 photos" in page
    assert [str(photo.uuid) in page for photo in photos] == [False, True, True]
    assert [str(photo.uuid) in rest for photo in photos] == [True, False, False]
    assert visitor.get(f"/s/{link.token}/?after=broken").url == f"/s/{link.token}/"
