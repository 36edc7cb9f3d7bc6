"""The pages on which a person makes and looks after webhooks."""

import pytest
from django.urls import reverse

from gallery.models import Webhook
from gallery.models.webhook import MOST_OF_A_PERSON
from gallery.people.second_steps import decrypt
from gallery.tests.factories import make_gallery, make_webhook
from gallery.views import forms
from gallery.webhooks.addresses import NOT_FOUND, Refused
from gallery.webhooks.deliveries import SAID_GONE

pytestmark = pytest.mark.django_db

PAGE = "/account/webhooks/"
FORM = {"url": "https://receiver.example/in", "events": ["photo.ready"]}


@pytest.fixture(autouse=True)
def any_address(monkeypatch):
    """Names of hosts are not looked up."""
    monkeypatch.setattr(forms, "check_url", lambda url: None)


def at(name: str, hook: Webhook) -> str:
    return reverse(f"gallery:{name}", args=[hook.uuid])


def text_of(answer) -> str:
    return answer.content.decode()


def test_a_webhook_is_made_and_its_secret_is_shown_once(client, gallery):
    shown = text_of(client.post(PAGE, FORM, follow=True))

    hook = Webhook.objects.get()
    told = decrypt(hook.secret)
    assert (hook.owner, hook.gallery, hook.events) == (gallery.owner, None, ["photo.ready"])
    assert told in shown
    assert told not in text_of(client.get(at("webhook", hook)))


def test_only_ones_own_galleries_can_be_chosen(client, gallery):
    other = make_gallery()

    answer = client.post(PAGE, {**FORM, "gallery": other.pk})

    assert answer.status_code == 400
    assert not Webhook.objects.exists()


def test_a_refused_address_is_explained(client, gallery, monkeypatch):
    def refuse(url: str) -> None:
        raise Refused(NOT_FOUND)

    monkeypatch.setattr(forms, "check_url", refuse)

    answer = client.post(PAGE, FORM)

    assert answer.status_code == 400
    assert NOT_FOUND in text_of(answer)


def test_too_many_are_refused_in_words(client, gallery):
    for _ in range(MOST_OF_A_PERSON):
        make_webhook(owner=gallery.owner)

    answer = client.post(PAGE, FORM)

    assert answer.status_code == 400
    assert "You have 10 webhooks already." in text_of(answer)


def test_all_are_listed_with_what_is_wrong(client, gallery):
    make_webhook(gallery=gallery)
    make_webhook(owner=gallery.owner, is_active=False, disabled_because=SAID_GONE)
    make_webhook(url="https://somebody-else.example/")

    page = text_of(client.get(PAGE))

    assert f"Messages about {gallery.name}: a photo is analyzed" in page
    assert "Turned off:" in page
    assert SAID_GONE in page
    assert "somebody-else" not in page


def test_a_test_is_sent_and_shown(client, gallery):
    hook = make_webhook(owner=gallery.owner)

    page = text_of(client.post(at("test_webhook", hook), follow=True))

    assert "A test is on its way." in page
    assert "<code>test</code>" in page
    assert hook.deliveries.count() == 1


def test_what_became_of_messages_is_shown(client, gallery):
    hook = make_webhook(owner=gallery.owner)
    failed = {"failure": "It cannot be reached.", "tries": 1}
    hook.deliveries.create(event="photo.ready", body="{}", **failed)
    hook.deliveries.create(event="photo.ready", body="{}", next_at=None, status=500, tries=10)
    hook.deliveries.create(event="rerun.done", body="{}", delivered_at="2026-01-01T00:00Z")

    page = text_of(client.get(at("webhook", hook)))

    assert "It cannot be reached." in page
    assert "Next attempt" in page
    assert "Gave up." in page
    assert "(500)" in page
    assert "Delivered" in page


def test_one_that_was_turned_off_is_turned_on(client, gallery):
    hook = make_webhook(owner=gallery.owner, is_active=False, disabled_because=SAID_GONE)

    page = text_of(client.post(at("turn_on_webhook", hook), follow=True))

    hook.refresh_from_db()
    assert (hook.is_active, hook.disabled_because) == (True, "")
    assert "Send a test" in page


def test_a_new_secret_is_shown_once(client, gallery):
    hook = make_webhook(owner=gallery.owner)

    page = text_of(client.post(at("renew_webhook", hook), follow=True))

    hook.refresh_from_db()
    assert decrypt(hook.secret) in page
    assert decrypt(hook.secret) not in text_of(client.get(at("webhook", hook)))


def test_one_is_deleted(client, gallery):
    hook = make_webhook(owner=gallery.owner)

    page = text_of(client.post(at("delete_webhook", hook), follow=True))

    assert "The webhook was deleted." in page
    assert "No webhooks yet." in page


def test_the_account_page_leads_there(client, gallery):
    assert f'href="{PAGE}"' in text_of(client.get("/account/"))
