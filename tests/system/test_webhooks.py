"""Webhooks of a real site: a worker tells a real receiver, however it ended before."""

import json

import pytest
from standardwebhooks import Webhook as Verifier

from gallery.tests.webhooks.conftest import Receiver
from tests.system.site import photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


def make_hook(site, receiver, gallery: str) -> str:
    """The secret of a new webhook that leads to the receiver."""
    body = {"url": receiver.url, "events": ["photo.ready", "photo.failed"], "gallery": gallery}
    status, hook = site.request("POST", "/api/v1/webhooks/", json.dumps(body))
    assert status == 201, hook
    return hook["secret"]


def test_a_receiver_is_told_of_a_photo_and_can_verify_it(site, receiver):
    gallery = site.make_gallery()
    secret = make_hook(site, receiver, gallery)
    site.start_worker()

    site.upload(gallery, photo(1))
    wait_for(lambda: receiver.got)

    headers, body = receiver.got[0]
    message = Verifier(secret).verify(body, headers)
    assert (message["type"], message["data"]["gallery"]) == ("photo.ready", gallery)


def test_photos_are_analyzed_while_a_receiver_hangs(site, receiver):
    receiver.hangs = True
    gallery = site.make_gallery()
    make_hook(site, receiver, gallery)
    site.start_worker()

    site.upload(gallery, photo(1))
    wait_for(lambda: receiver.got)
    site.upload(gallery, photo(2))
    wait_for(lambda: site.count("ready") == 2)

    assert len(receiver.got) == 1  # it still hangs on the first


def test_a_message_outlives_the_worker_that_wrote_it(site, receiver):
    receiver.status = 500
    gallery = site.make_gallery()
    make_hook(site, receiver, gallery)
    worker = site.start_worker()
    site.upload(gallery, photo(1))
    wait_for(lambda: receiver.got)

    site.stop(worker)
    receiver.status = 200
    site.start_worker()
    wait_for(lambda: len(receiver.got) > 1)

    first, second = (headers["webhook-id"] for headers, _ in receiver.got[:2])
    assert first == second
