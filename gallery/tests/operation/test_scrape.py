import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from celebattr import __version__
from gallery.analysis import worker
from gallery.analysis.claims import claim, hand_back
from gallery.figures import tally
from gallery.models import Photo, Sign
from gallery.operation.scrape import oldest_waiting_seconds
from gallery.tests.factories import (
    make_gallery,
    make_photo,
    make_user,
    make_version,
    make_webhook,
)
from gallery.tests.pictures import draw, encode, make_upload
from gallery.uploads.adding import add_photo
from gallery.uploads.pictures import UploadError

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-some-length"


@pytest.fixture
def scrape(client, settings):
    """Reads a figure by its name and labels; None if it is not there."""
    settings.METRICS_TOKEN = TOKEN

    def read(figure: str) -> float | None:
        headers = {"Authorization": f"Bearer {TOKEN}", "Host": "10.1.2.3:8000"}
        text = client.get("/metrics", headers=headers).content.decode()
        found = re.search(rf"^{re.escape(figure)} (\S+)$", text, re.M)
        return float(found[1]) if found else None

    return read


@pytest.fixture(autouse=True)
def fresh_tally():
    tally.take()


def test_strangers_and_people_without_rights_find_nothing(client, settings):
    settings.METRICS_TOKEN = TOKEN
    wrong = client.get("/metrics", headers={"Authorization": "Bearer another-token"})
    client.force_login(make_user())

    assert wrong.status_code == client.get("/metrics").status_code == 404


def test_without_a_token_in_the_settings_none_is_accepted(client, settings):
    settings.METRICS_TOKEN = None

    assert client.get("/metrics", headers={"Authorization": "Bearer None"}).status_code == 404


def test_staff_read_it_in_the_browser(client):
    client.force_login(make_user(is_staff=True))

    assert b"celebattr_workers 0.0" in client.get("/metrics").content


def test_the_token_is_enough_by_any_address_and_without_tls(scrape, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert scrape("celebattr_workers") == 0


def test_what_waits_for_webhooks_is_counted_and_each_try(scrape):
    hook, off = make_webhook(), make_webhook(is_active=False)
    for one in (hook, hook, off):
        one.deliveries.create(event="photo.ready", body="{}")
    tally.add("webhooks", "failed", 3)
    worker.leave_sign()

    assert scrape("celebattr_webhooks_waiting") == 2
    assert scrape('celebattr_webhooks_total{outcome="failed"}') == 3


def test_requests_are_counted_by_view_and_status(scrape, client):
    figure = 'celebattr_requests_total{status="302",view="gallery:account"}'
    before = scrape(figure) or 0

    client.get("/account/")

    assert scrape(figure) == before + 1


def test_uploads_are_counted_with_the_reason_of_a_refusal(scrape):
    taken = 'celebattr_uploads_total{outcome="taken",reason=""}'
    refused = 'celebattr_uploads_total{outcome="refused",reason="small"}'
    before = scrape(taken) or 0, scrape(refused) or 0
    gallery = make_gallery()
    small = SimpleUploadedFile("small.jpg", encode(draw((8, 8))))

    add_photo(gallery, make_upload())
    with pytest.raises(UploadError):
        add_photo(gallery, small)

    assert (scrape(taken), scrape(refused)) == (before[0] + 1, before[1] + 1)


def test_the_queue_has_a_length_and_an_age(scrape):
    make_photo(gallery=make_photo().gallery)
    Photo.objects.filter(pk=Photo.objects.first().pk).update(
        created_at=timezone.now() - timedelta(minutes=5)
    )

    assert scrape('celebattr_photos{status="queued"}') == 2
    assert scrape("celebattr_oldest_waiting_seconds") >= 300


def test_an_old_photo_that_is_analyzed_again_does_not_wait_long():
    photo = make_photo(priority=Photo.Priority.RERUN)
    Photo.objects.filter(pk=photo.pk).update(created_at=timezone.now() - timedelta(days=5))

    assert oldest_waiting_seconds() == 0


def test_each_stage_of_an_analysis_is_timed_wherever_the_worker_runs(lab, scrape):
    make_version()
    lab.analysed()
    worker.leave_sign()

    for stage in ("decode", "find", "crop", "smaller pictures", "predict", "write"):
        assert scrape(f'celebattr_analysis_seconds_total{{stage="{stage}"}}') > 0, stage
    assert scrape('celebattr_analysed_photos_total{outcome="ready"}') == 1
    assert scrape("celebattr_workers") == 1


def test_totals_grow_over_workers_that_come_and_go(lab, scrape):
    make_version()
    for _ in range(2):
        lab.analysed()
        worker.leave_sign()

    assert scrape('celebattr_analysed_photos_total{outcome="ready"}') == 2


def test_failures_are_counted_by_reason(scrape):
    make_photo(attempts=2)
    hand_back(claim().rows(), "It broke.")
    worker.leave_sign()

    assert scrape('celebattr_failures_total{reason="It broke."}') == 1
    assert scrape('celebattr_photos{status="failed"}') == 1


def test_what_could_not_be_stored_is_kept_for_the_next_time(monkeypatch):
    tally.add("failures", "It broke.", 1)
    monkeypatch.setattr(worker.Total.objects, "add", lambda amounts: fail())

    with pytest.raises(worker.DatabaseError):
        worker.leave_sign()

    assert tally.take() == {("failures", "It broke."): 1}


def fail():
    raise worker.DatabaseError("locked")


def test_versions_disk_and_the_last_backup_are_told(scrape):
    version = make_version()
    Sign.objects.leave("backup")

    assert scrape('celebattr_disk_free_bytes{folder="VAR_DIR"}') > 0
    assert scrape('celebattr_last_success_seconds{what="backup"}') > 0
    labels = f'model="test",model_sha256="{version.sha256}",version="{__version__}"'
    assert scrape(f"celebattr_info{{{labels}}}") == 1
