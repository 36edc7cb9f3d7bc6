"""Deliveries: what is sent, signed, tried again, given up, and by whom."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from standardwebhooks import Webhook as Verifier

from gallery.figures import tally
from gallery.models import WebhookDelivery
from gallery.people.second_steps import decrypt
from gallery.tests.factories import make_webhook
from gallery.tests.webhooks.conftest import pass_time, send_all, tell
from gallery.webhooks import deliveries, managing, secret
from gallery.webhooks.deliveries import DELAYS, JITTER, KEPT, PATIENCE, claim, send_some

pytestmark = pytest.mark.django_db

A_MINUTE = timedelta(minutes=1)
MOST_DELAY = max(DELAYS) * (1 + JITTER)


def reload(delivery: WebhookDelivery) -> WebhookDelivery:
    return WebhookDelivery.objects.get(pk=delivery.pk)


# --- Signatures


def test_the_signature_is_that_of_the_convention():
    """By `printf 'msg_...01.1674087231.{"test": 2432232314}' | openssl dgst -sha256 -hmac KEY`."""
    stored = secret.encrypt("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    hook = make_webhook(secret=stored)
    delivery = tell(hook, uuid="00000000-0000-0000-0000-000000000001", body='{"test": 2432232314}')
    at = datetime.fromtimestamp(1674087231, UTC)

    headers = secret.signed_headers(hook, delivery, at)

    assert headers == {
        "webhook-id": "msg_00000000000000000000000000000001",
        "webhook-timestamp": "1674087231",
        "webhook-signature": "v1,qC31DUKHrAgiEfBbmHjFHrRVq9QRYka8ERvqpQige7E=",
    }


def test_a_receiver_can_verify_it_by_hand(hook, receiver):
    tell(hook)
    send_all()

    ((headers, body),) = receiver.got
    key = base64.b64decode(decrypt(hook.secret).removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_the_reference_library_takes_what_is_sent(hook, receiver):
    delivery = tell(hook)
    send_all()

    ((headers, body),) = receiver.got
    assert Verifier(decrypt(hook.secret)).verify(body, headers) == json.loads(delivery.body)
    assert headers["Content-Type"] == "application/json"


def test_for_a_day_after_a_new_secret_both_sign(hook, receiver):
    old, new = decrypt(hook.secret), managing.renew_secret(hook)
    for wait in (timedelta(), timedelta(hours=25)):
        pass_time(wait)
        tell(hook)
        send_all()

    (first, body), (second, _) = receiver.got
    assert Verifier(old).verify(body, first) == Verifier(new).verify(body, first)
    assert [len(sent["webhook-signature"].split()) for sent in (first, second)] == [2, 1]
    assert Verifier(new).verify(receiver.got[1][1], second)


def test_a_secret_is_stored_encrypted_and_moves_to_a_new_key(hook, receiver, settings):
    told = decrypt(hook.secret)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key"
    secret.encrypt_again()
    settings.SECRET_KEY_FALLBACKS = []
    hook.refresh_from_db()

    assert "whsec_" not in hook.secret
    assert decrypt(hook.secret) == told


def test_a_secret_that_no_key_opens_is_said(hook, receiver, settings):
    delivery = tell(hook)
    settings.SECRET_KEY = "another-key"
    send_all()

    assert reload(delivery).failure == deliveries.UNREADABLE
    assert receiver.got == []


# --- What becomes of a message


def test_what_was_taken_is_not_sent_again(hook, receiver):
    delivery = tell(hook)
    send_all()
    pass_time(MOST_DELAY)
    send_all()

    sent = reload(delivery)
    assert len(receiver.got) == 1
    assert (sent.tries, sent.status, sent.next_at) == (1, 204, None)
    assert sent.delivered_at


def test_messages_of_one_webhook_arrive_in_order(hook, receiver):
    sent = [tell(hook) for _ in range(deliveries.AT_ONCE + 2)]
    send_all()

    assert [one["webhook-id"] for one, _ in receiver.got] == [one.message_id for one in sent]


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_what_was_not_taken_is_sent_again_under_the_same_id(hook, receiver, status):
    delivery, receiver.status = tell(hook), status
    send_all()
    failed = reload(delivery)
    receiver.status = 200
    pass_time(A_MINUTE)
    send_all()

    (first, body), (second, again) = receiver.got
    assert (failed.status, failed.tries, bool(failed.failure)) == (status, 1, True)
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert reload(delivery).delivered_at
    assert reload(delivery).failure == ""


def test_the_waits_between_tries_are_those_of_the_convention(hook, receiver):
    delivery, receiver.status = tell(hook), 500
    for number, delay in enumerate(DELAYS, start=1):
        send_all()
        assert len(receiver.got) == number
        pass_time(delay * 0.9)
        send_all()
        assert len(receiver.got) == number, delay  # not yet
        pass_time(delay * (0.11 + JITTER))
    send_all()

    given_up = reload(delivery)
    assert (len(receiver.got), given_up.tries) == (len(DELAYS) + 1, len(DELAYS) + 1)
    assert (given_up.next_at, given_up.delivered_at) == (None, None)


def test_a_test_is_tried_once(hook, receiver):
    delivery, receiver.status = tell(hook, event="test"), 500
    send_all()

    assert reload(delivery).next_at is None


def test_a_receiver_that_is_gone_is_turned_off_at_once(hook, receiver):
    receiver.status = 410
    tell(hook)
    tell(hook)
    send_all()
    hook.refresh_from_db()

    assert len(receiver.got) == 1
    assert (hook.is_active, hook.disabled_because) == (False, deliveries.SAID_GONE)


def test_one_that_fails_for_days_is_turned_off(hook, receiver):
    receiver.status = 500
    tell(hook)
    send_all()
    pass_time(PATIENCE + A_MINUTE)
    tell(hook)
    send_all()
    hook.refresh_from_db()

    assert (hook.is_active, hook.disabled_because) == (False, deliveries.TOO_LONG)


def test_a_success_forgets_failures(hook, receiver):
    receiver.status = 500
    tell(hook)
    send_all()
    pass_time(PATIENCE - A_MINUTE)
    receiver.status = 200
    send_all()
    hook.refresh_from_db()

    assert (hook.is_active, hook.failing_since, hook.paused_until) == (True, None, None)


def test_turned_on_again_it_gets_what_waited(hook, receiver):
    tell(hook)
    managing.turn_off(hook)
    send_all()
    before = len(receiver.got)
    managing.turn_on(hook)
    send_all()

    assert (before, len(receiver.got)) == (0, 1)


def test_after_a_failure_the_others_of_a_webhook_wait_too(hook, receiver):
    receiver.status = 500
    for _ in range(5):
        tell(hook)
    send_all()

    assert len(receiver.got) == 1
    assert not WebhookDelivery.objects.leased().exists()


def test_a_webhook_that_fails_does_not_hold_the_others(hook, receiver):
    dead = make_webhook(url="http://127.0.0.1:1/")
    assert managing.send_test(dead)
    tell(dead)
    tell(hook)
    send_all()

    assert len(receiver.got) == 1


def test_messages_are_forgotten_after_a_week(hook):
    tell(hook)
    pass_time(KEPT + A_MINUTE)
    new = tell(hook)

    deliveries.forget_old()

    assert WebhookDelivery.objects.get() == new


def test_tries_are_counted(hook, receiver):
    tally.take()
    tell(hook)
    send_all()
    receiver.status = 500
    tell(hook)
    send_all()

    assert tally.take() == {("webhooks", "delivered"): 1, ("webhooks", "failed"): 1}


# --- Two senders


def test_two_claims_never_share_a_message(hook):
    for _ in range(3):
        tell(hook)

    first, second = claim(), claim()

    assert first is not None
    assert (len(first.deliveries), second) == (3, None)


def test_the_message_of_a_sender_that_died_is_sent_by_another(hook, receiver):
    tell(hook)
    claim()
    send_all()
    before = len(receiver.got)
    pass_time(deliveries.LEASE + A_MINUTE)
    send_all()

    assert (before, len(receiver.got)) == (0, 1)


def test_a_sender_that_lost_its_lease_writes_nothing(hook, receiver, monkeypatch):
    delivery, post = tell(hook), deliveries._post

    def send_late(*args):
        result = post(*args)
        monkeypatch.setattr(deliveries, "_post", post)
        pass_time(deliveries.LEASE + A_MINUTE)
        send_all()
        receiver.status = 500
        return type(result)(500, deliveries.AN_ERROR)

    monkeypatch.setattr(deliveries, "_post", send_late)
    send_some()
    hook.refresh_from_db()

    assert len(receiver.got) == 2
    assert (reload(delivery).tries, reload(delivery).status) == (1, 204)
    assert hook.failing_since is None


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite in memory is one connection")
@pytest.mark.django_db(transaction=True)
def test_many_senders_send_each_message_once(receiver):
    hooks = [make_webhook(url=receiver.url) for _ in range(3)]
    sent = {tell(hook).message_id for hook in hooks for _ in range(30)}

    def send() -> None:
        send_all()
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_all()  # what a claim left to somebody else

    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert (len(ids), set(ids)) == (len(sent), sent)
