import time
import zlib

import pytest
from django_rq import get_queue, get_worker
from redis import Redis
from rq.registry import FailedJobRegistry

from gallery.analysis import jobs
from gallery.models import Face, Photo
from gallery.models.photo import MAX_ATTEMPTS
from gallery.tests.factories import make_photo, make_stored_photo


def test_a_ring_is_a_job_without_arguments_as_json(redis_server):
    jobs.ring()

    job = get_queue().jobs[0]
    stored = Redis.from_url(redis_server.url).hget(job.key, "data")
    assert job.func_name == "gallery.analysis.jobs.analyse_queued"
    assert (job.args, job.kwargs) == ([], {})
    assert job.result_ttl == 0
    assert b'"gallery.analysis.jobs.analyse_queued"' in zlib.decompress(stored)


def test_one_ring_waits_however_often_it_is_rung(redis_server):
    for _ in range(50):
        jobs.ring()

    assert get_queue().count == 1


def test_a_ring_without_redis_is_logged_and_not_raised(redis_server, caplog):
    redis_server.stop()
    started = time.monotonic()

    jobs.ring()

    assert "Redis cannot be reached" in caplog.text
    assert time.monotonic() - started < 10 * jobs.PATIENCE


def test_a_ring_reaches_a_redis_that_was_away(redis_server):
    jobs.ring()
    redis_server.stop()
    jobs.ring()

    redis_server.start()
    jobs.ring()

    assert get_queue().count == 1


@pytest.mark.django_db
def test_a_ring_that_finds_nothing_returns(redis_server):
    jobs.analyse_queued()

    assert get_queue().count == 0


@pytest.mark.django_db
def test_a_batch_rings_for_the_next_while_photos_wait(redis_server, settings, version):
    settings.BATCH_SIZE = 1
    make_stored_photo()
    make_stored_photo()

    jobs.analyse_queued()
    assert get_queue().count == 1

    get_queue().empty()
    jobs.analyse_queued()
    assert get_queue().count == 0


@pytest.mark.django_db
def test_the_worker_takes_rings_until_nothing_waits(redis_server, settings, version):
    settings.BATCH_SIZE = 2
    for _ in range(5):
        make_stored_photo()
    jobs.sweep()

    worker = get_worker(worker_class="rq.SimpleWorker", serializer="rq.serializers.JSONSerializer")
    worker.work(burst=True)

    assert Photo.objects.ready().count() == Face.objects.count() == 5
    assert len(FailedJobRegistry(queue=get_queue())) == 0


@pytest.mark.django_db
def test_a_failed_batch_leaves_a_trace_for_a_day(redis_server, monkeypatch, lab):
    monkeypatch.setattr(jobs, "analyst", lambda: lab.analyst)
    lab.says(ZeroDivisionError("odd"))
    make_photo()
    photo = make_stored_photo()
    jobs.ring()

    worker = get_worker(worker_class="rq.SimpleWorker", serializer="rq.serializers.JSONSerializer")
    worker.work(burst=True)

    assert len(FailedJobRegistry(queue=get_queue())) == 1
    assert Photo.objects.get(pk=photo.pk).status == Photo.Status.QUEUED


@pytest.mark.django_db
def test_retry_queues_the_failed_ones_only(rings, django_capture_on_commit_callbacks):
    failed = make_photo(status=Photo.Status.FAILED, attempts=MAX_ATTEMPTS, failure="broken")
    ready = make_photo(status=Photo.Status.READY)

    with django_capture_on_commit_callbacks(execute=True):
        count = jobs.retry_photos(Photo.objects.all())

    failed.refresh_from_db()
    ready.refresh_from_db()
    assert (count, rings) == (1, [1])
    assert (failed.status, failed.attempts, failed.failure) == (Photo.Status.QUEUED, 0, "")
    assert ready.status == Photo.Status.READY


@pytest.mark.django_db
def test_the_sweep_rings_while_photos_wait(rings):
    jobs.sweep()
    assert rings == []

    make_photo()
    jobs.sweep()
    assert rings == [1]
