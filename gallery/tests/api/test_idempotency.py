"""REST: an upload that is sent again under its key is answered as it was the first time."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now

from gallery.api import photos as view
from gallery.library.deletion import delete_photos
from gallery.library.sweep import clear_away
from gallery.models import IdempotencyKey, Photo
from gallery.models.idempotency import KEPT, LONGEST
from gallery.storage import StorageError
from gallery.tests.factories import make_api_client, make_face, make_gallery, make_user
from gallery.tests.pictures import make_upload

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos/"


def send(client, gallery, key: str = "one", name: str = "face.png", **picture):
    body = {"gallery": gallery.uuid, "image": make_upload(name, **picture)}
    return client.post(PHOTOS, body, headers={"Idempotency-Key": key})


def code_of(answer) -> str:
    return answer.json()["error"]["code"]


def an_hour_more_than(time: timedelta) -> None:
    """Let so much time pass for all keys."""
    IdempotencyKey.objects.update(created_at=Now() - time - timedelta(hours=1))


def test_sent_again_it_gets_the_first_status_and_photo_again(api, gallery):
    first, second = send(api, gallery), send(api, gallery)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["Location"] == first["Location"]
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert Photo.objects.count() == 1


def test_a_file_that_was_known_is_answered_200_again(api, gallery):
    send(api, gallery, "one")

    answers = [send(api, gallery, "two").status_code for _ in range(2)]

    assert answers == [200, 200]


def test_the_photo_is_shown_as_it_is_now(api, gallery):
    send(api, gallery)
    Photo.objects.update(status=Photo.Status.READY)

    assert send(api, gallery).json()["status"] == "ready"


def test_a_photo_that_was_deleted_meanwhile_is_not_made_again(api, gallery):
    first = send(api, gallery)
    delete_photos(Photo.objects.all())

    second = send(api, gallery)

    assert (second.status_code, second.json()) == (201, first.json())
    assert not Photo.objects.exists()


@pytest.mark.parametrize("change", [{"name": "other.png"}, {"colour": "red"}])
def test_the_same_key_with_another_upload_answers_422(api, gallery, change):
    send(api, gallery)

    answer = send(api, gallery, **change)

    assert (answer.status_code, code_of(answer)) == (422, "idempotency_key_reused")
    assert Photo.objects.count() == 1


def test_the_same_key_for_another_gallery_answers_422(api, gallery):
    send(api, gallery)

    assert send(api, make_gallery(owner=gallery.owner)).status_code == 422


def test_each_person_has_keys_of_their_own(api, gallery):
    other = make_gallery()

    answers = send(api, gallery), send(make_api_client(other.owner), other)

    assert [answer.status_code for answer in answers] == [201, 201]
    assert Photo.objects.count() == 2


def test_a_key_opens_no_gallery_that_one_may_not_see(api, gallery):
    send(api, gallery)

    assert send(make_api_client(make_user()), gallery).status_code == 404


def test_quotes_are_no_part_of_a_key(api, gallery):
    send(api, gallery, "one")

    assert send(api, gallery, '"one"')["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "a b", '"', '"one', "x" * 256, "\u00fc"])
def test_what_is_no_key_answers_400(api, gallery, key):
    answer = send(api, gallery, key)

    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["Idempotency-Key"]
    assert not Photo.objects.exists()


def test_a_refused_upload_frees_its_key(api, gallery, monkeypatch):
    def fail(*args: object) -> None:
        raise StorageError

    with monkeypatch.context() as patch:
        patch.setattr(view, "add_photo", fail)
        first = send(api, gallery)

    assert (first.status_code, send(api, gallery).status_code) == (503, 201)


def test_while_the_first_is_not_answered_the_second_is_told_to_wait(api, gallery, monkeypatch):
    add, answers = view.add_photo, []

    def add_slowly(*args: object):
        monkeypatch.setattr(view, "add_photo", add)
        answers.append(send(api, gallery))
        return add(*args)

    monkeypatch.setattr(view, "add_photo", add_slowly)
    first = send(api, gallery)

    (second,) = answers
    assert (first.status_code, second.status_code, code_of(second)) == (201, 409, "in_progress")
    assert int(second["Retry-After"]) > 0
    assert Photo.objects.count() == 1


def unanswered(api, gallery) -> None:
    """A key whose request died before its answer was kept."""
    send(api, gallery)
    IdempotencyKey.objects.update(status=None, body=None)


def test_the_key_of_a_request_that_died_is_taken_over(api, gallery):
    unanswered(api, gallery)
    before = send(api, gallery).status_code
    an_hour_more_than(LONGEST)

    after = send(api, gallery)

    assert (before, after.status_code) == (409, 200)
    assert Photo.objects.count() == 1


def test_who_was_taken_for_dead_neither_answers_nor_frees_the_key(api, gallery):
    late = IdempotencyKey.objects.claim(gallery.owner.pk, "one", "mark")
    an_hour_more_than(LONGEST)
    IdempotencyKey.objects.claim(gallery.owner.pk, "one", "other mark")

    late.answered(201, {})
    late.give_up()

    assert IdempotencyKey.objects.values_list("fingerprint", "status").get() == ("other mark", None)


def test_after_a_day_a_key_is_new(api, gallery):
    send(api, gallery)
    an_hour_more_than(KEPT)

    answer = send(api, gallery, colour="red")

    assert (answer.status_code, "Idempotency-Replayed" in answer) == (201, False)


def test_the_sweep_deletes_keys_of_yesterday_only(api, gallery):
    send(api, gallery, "old")
    an_hour_more_than(KEPT)
    send(api, gallery, "new")

    clear_away()

    assert IdempotencyKey.objects.count() == 1


def test_no_key_is_kept_as_it_was_sent(api, gallery):
    key = str(uuid4())
    send(api, gallery, key)

    assert key not in str(IdempotencyKey.objects.values().get())


def test_faces_are_not_kept_with_a_key(api, gallery):
    send(api, gallery, "one")
    make_face(Photo.objects.get())

    answer = send(api, gallery, "two")

    assert len(answer.json()["faces"]) == 1
    assert not any(row.body["faces"] for row in IdempotencyKey.objects.all())


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite in memory is one connection")
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_makes_the_photo(api, gallery):
    statuses: list[int] = []
    together = threading.Barrier(4)

    def upload() -> None:
        client = make_api_client(gallery.owner)
        together.wait()
        statuses.append(send(client, gallery).status_code)
        connection.close()

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert Photo.objects.count() == 1
    assert send(api, gallery).status_code == 201
