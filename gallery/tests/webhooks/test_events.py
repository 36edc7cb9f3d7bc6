"""The events that webhooks get, each written in the transaction of what it is about."""

import json

import pytest
from django.db import DatabaseError

from gallery.analysis import claims, jobs, reruns
from gallery.analysis.claims import claim, hand_back
from gallery.library.trash import trash_gallery
from gallery.models import Photo, Rerun, Webhook, WebhookDelivery
from gallery.models.photo import MAX_ATTEMPTS
from gallery.tests.factories import (
    make_gallery,
    make_photo,
    make_stored_photo,
    make_version,
    make_webhook,
    reload,
)
from gallery.tests.fakes import box
from gallery.webhooks import bell, events
from gallery.webhooks.deliveries import send_some

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, dict]]:
    """The types and the data of all messages."""
    bodies = [json.loads(one.body) for one in WebhookDelivery.objects.order_by("pk")]
    return [(body["type"], body["data"]) for body in bodies]


def give_up(photo: Photo) -> None:
    """Let a photo's last attempt fail."""
    Photo.objects.filter(pk=photo.pk).update(attempts=MAX_ATTEMPTS - 1)
    hand_back(claim().rows(), "It cannot be read.")


def test_a_photo_that_is_analyzed_is_told_with_its_ids_and_its_faces(lab, gallery):
    make_webhook(gallery=gallery)

    photo = lab.analysed(box(0.1), box(0.6), gallery=gallery)

    ids = {"photo": str(photo.uuid), "gallery": str(gallery.uuid)}
    assert told() == [("photo.ready", {**ids, "faces": 2})]


def test_a_message_names_nothing_and_says_when(lab, gallery):
    make_webhook(gallery=gallery)
    photo = lab.analysed(box(0.1), gallery=gallery)

    body = WebhookDelivery.objects.get().body

    assert list(json.loads(body)) == ["type", "timestamp", "data"]
    assert json.loads(body)["timestamp"].endswith("+00:00")
    secrets = (gallery.name, photo.original_name, gallery.owner.username, photo.sha256)
    assert not [name for name in secrets if name in body]


def test_a_failure_is_told_when_it_is_final(gallery):
    make_webhook(gallery=gallery)
    photo = make_photo(gallery=gallery)

    hand_back(claim().rows(), "It cannot be read.")
    before = told()
    give_up(photo)

    ids = {"photo": str(photo.uuid), "gallery": str(gallery.uuid)}
    assert (before, told()) == ([], [("photo.failed", ids)])
    assert reload(photo).status == Photo.Status.FAILED


def test_only_the_owners_webhooks_hear_of_a_gallery(gallery):
    mine, all_mine = make_webhook(gallery=gallery), make_webhook(owner=gallery.owner)
    make_webhook()
    make_webhook(gallery=make_gallery(owner=gallery.owner))
    make_webhook(owner=make_gallery().owner, gallery=gallery)  # it was theirs once

    give_up(make_photo(gallery=gallery))

    hooks = set(WebhookDelivery.objects.values_list("webhook", flat=True))
    assert hooks == {mine.pk, all_mine.pk}


@pytest.mark.parametrize("columns", [{"is_active": False}, {"events": ["photo.ready"]}])
def test_what_a_webhook_does_not_hear_of_is_not_written(gallery, columns):
    make_webhook(gallery=gallery, **columns)

    give_up(make_photo(gallery=gallery))

    assert told() == []


def test_of_what_is_in_the_trash_nothing_is_told(gallery):
    make_webhook(owner=gallery.owner)
    photo = make_photo(gallery=gallery)
    trash_gallery(gallery)

    give_up(photo)

    assert told() == []


def test_without_webhooks_a_batch_asks_once(gallery, django_assert_num_queries):
    photos = [make_photo(gallery=gallery) for _ in range(3)]

    with django_assert_num_queries(1):
        events.photos_ready(photos)


def test_many_photos_cost_few_queries(gallery, django_assert_max_num_queries):
    make_webhook(gallery=gallery)
    photos = [make_photo(gallery=gallery) for _ in range(200)]

    with django_assert_max_num_queries(5):
        events.photos_ready(photos)

    assert WebhookDelivery.objects.count() == 200


def test_if_the_event_is_undone_so_is_its_message(gallery, monkeypatch):
    make_webhook(gallery=gallery)
    photo = make_photo(gallery=gallery)
    write = events.photos_failed

    def fail(photos):
        write(photos)
        raise DatabaseError

    monkeypatch.setattr(claims.events, "photos_failed", fail)
    with pytest.raises(DatabaseError):
        give_up(photo)

    assert told() == []
    assert reload(photo).status == Photo.Status.ANALYSING


def test_a_webhook_that_is_deleted_meanwhile_disturbs_no_analysis(gallery, monkeypatch):
    make_webhook(gallery=gallery)
    photo, read = make_photo(gallery=gallery), events._hooks

    def read_and_delete(*args):
        hooks = read(*args)
        Webhook.objects.all().delete()
        return hooks

    monkeypatch.setattr(events, "_hooks", read_and_delete)
    give_up(photo)

    assert reload(photo).status == Photo.Status.FAILED
    assert not send_some()


def test_the_senders_are_rung_after_the_commit(
    gallery, monkeypatch, django_capture_on_commit_callbacks
):
    rings: list[int] = []
    monkeypatch.setattr(bell, "ring", lambda: rings.append(1))
    hook = make_webhook(gallery=gallery)

    with django_capture_on_commit_callbacks(execute=True):
        events.test(hook)
        before = list(rings)

    assert (before, rings) == ([], [1])


# --- Re-runs


@pytest.fixture
def old(lab, gallery, settings, tmp_path, rings) -> Photo:
    """A photo of the old model; the new one is active."""
    settings.VAR_DIR = tmp_path / "var"
    photo = lab.analysed(box(0.1), gallery=gallery)
    make_webhook(owner=gallery.owner)
    make_version(name="new", sha256="b" * 64, is_active=False)
    return photo


def queue_all(lab) -> None:
    reruns.queue(Photo.objects.analysed_before(), lab.model.version)


def test_a_rerun_is_told_once_when_its_last_photo_is_done(lab, old):
    make_stored_photo(gallery=old.gallery)
    lab.work()
    WebhookDelivery.objects.all().delete()
    queue_all(lab)
    jobs.sweep()
    before = told()
    lab.work()
    jobs.sweep()
    jobs.sweep()

    model = {"name": lab.model.version.name, "hash": lab.model.version.sha256[:8]}
    data = {"gallery": str(old.gallery.uuid), "model": model, "photos": 2}
    assert (before, told()) == ([], [("rerun.done", data)])


def test_a_rerun_whose_last_photos_are_deleted_or_fail_is_told_too(lab, old):
    other = make_gallery(owner=old.gallery.owner)
    failing = lab.analysed(box(0.1), gallery=other)
    WebhookDelivery.objects.all().delete()
    queue_all(lab)
    old.delete()
    give_up(failing)

    jobs.sweep()

    assert sorted(kind for kind, _ in told()) == ["photo.failed", "rerun.done", "rerun.done"]


def test_a_rerun_that_is_still_being_queued_has_not_ended(lab, old):
    Rerun.objects.note({old.gallery_id: 500}, lab.model.version)

    jobs.sweep()
    before = told()
    Rerun.objects.all_queued()
    jobs.sweep()

    assert (before, [kind for kind, _ in told()]) == ([], ["rerun.done"])


def test_photos_that_are_queued_later_belong_to_the_same_rerun(lab, old):
    for _ in range(2):
        Rerun.objects.note({old.gallery_id: 500}, lab.model.version)
    Rerun.objects.all_queued()

    assert Rerun.objects.get().photos == 1000


def test_a_person_who_has_photos_analyzed_again_is_told_of_each(lab, old):
    jobs.analyse_again(Photo.objects.filter(pk=old.pk))
    lab.work()

    assert [kind for kind, _ in told()] == ["photo.ready"]


def test_every_event_is_one_that_a_webhook_may_hear_of():
    assert Webhook.Event.values == ["photo.ready", "photo.failed", "rerun.done"]
