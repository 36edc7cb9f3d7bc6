import datetime
import os
import signal
import threading
import time
from types import SimpleNamespace

import pytest
from django_rq import get_queue, get_worker
from rq.job import Callback
from rq.serializers import JSONSerializer
from rq.utils import now

from gallery.analysis import jobs, worker
from gallery.models import Photo, Sign
from gallery.tests.factories import make_stored_photo

# The worker closes its connections, and with them a transaction that the test would be in.
ON_ITS_OWN_CONNECTIONS = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_threads(monkeypatch):
    """No sweeper and no guard: the test's transaction is the main thread's own."""
    monkeypatch.setattr(worker.Worker, "start_threads", lambda self: None)


@pytest.fixture
def workers_lab(lab, monkeypatch):
    """What the worker of this process analyzes photos with."""
    monkeypatch.setattr(jobs, "analyst", lambda: lab.analyst)
    return lab


@pytest.fixture
def signals():
    """Puts the signal handlers back that a worker changes."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def pause_to(monkeypatch, do) -> None:
    """Where the worker would sleep, that is done."""
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: do())
    monkeypatch.setattr(worker, "time", clock)


def test_it_is_the_worker_of_the_settings_and_never_unpickles(redis_server):
    ours = get_worker(serializer="rq.serializers.DefaultSerializer")

    assert isinstance(ours, worker.Worker)
    assert ours.serializer is JSONSerializer


@ON_ITS_OWN_CONNECTIONS
def test_it_analyses_in_its_own_process(redis_server, signals, version):
    photo = make_stored_photo()
    jobs.ring()

    get_worker().work(burst=True)

    assert Photo.objects.get(pk=photo.pk).status == Photo.Status.READY
    assert get_queue().count == 0


@ON_ITS_OWN_CONNECTIONS
@pytest.mark.parametrize("is_ring", [False, True])
def test_what_somebody_else_put_into_redis_is_not_run(
    redis_server, signals, version, tmp_path, caplog, is_ring
):
    made = str(tmp_path / "made")
    if is_ring:  # with a call of their own at its end
        get_queue().enqueue(jobs.analyse_queued, on_success=Callback("os.mkdir"))
    else:
        get_queue().enqueue("os.mkdir", made)
    photo = make_stored_photo()
    jobs.ring()

    get_worker().work(burst=True)

    assert not os.path.exists(made)
    assert "is not one of the site's" in caplog.text
    jobs.sweep()  # which rings if the strange job kept the queue from being rung
    get_worker().work(burst=True)
    assert Photo.objects.get(pk=photo.pk).status == Photo.Status.READY


@ON_ITS_OWN_CONNECTIONS
def test_it_ends_after_so_many_jobs(redis_server, signals, settings):
    settings.WORKER_JOBS = 1
    jobs.ring()

    assert get_worker().work() is True


@ON_ITS_OWN_CONNECTIONS
def test_a_stop_in_a_batch_lets_it_finish_even_when_redis_is_gone(
    redis_server, signals, workers_lab, monkeypatch
):
    photo = make_stored_photo()
    ours = get_worker()

    def stop():
        monkeypatch.setattr(worker.SimpleWorker, "set_shutdown_requested_date", refuse)
        os.kill(os.getpid(), signal.SIGTERM)

    workers_lab.says(0.25, stop)
    jobs.ring()
    ours.work()

    assert Photo.objects.get(pk=photo.pk).status == Photo.Status.READY


def refuse(self):
    raise worker.RedisError("away")


def test_it_waits_for_a_redis_that_is_not_there_yet(redis_server, monkeypatch, caplog):
    redis_server.stop()
    pause_to(monkeypatch, redis_server.start)

    get_worker()

    assert caplog.text.count("waiting for Redis") == 1


@ON_ITS_OWN_CONNECTIONS
def test_it_outlives_a_redis_that_goes_between_two_jobs(
    redis_server, signals, workers_lab, monkeypatch, caplog
):
    photo, ours, wait = make_stored_photo(), get_worker(), worker._wait_for_redis
    ours.maintenance_interval = 0  # seconds: all that rq does between two jobs is done each time

    def wait_and_lose_it(*args, **kwargs):
        wait(*args, **kwargs)
        redis_server.stop()

    monkeypatch.setattr(worker, "_wait_for_redis", wait_and_lose_it)

    def pause(seconds):  # rq's other thread waits as well
        is_main = threading.current_thread() is threading.main_thread()
        redis_server.start() if is_main else time.sleep(0.05)

    clock = SimpleNamespace(**{**vars(time), "sleep": pause})
    monkeypatch.setattr("rq.worker.base.time", clock)
    jobs.ring()
    ours.work(burst=True)

    assert Photo.objects.get(pk=photo.pk).status == Photo.Status.READY
    assert "retrying in" in caplog.text  # where it takes jobs
    assert "quitting..." not in caplog.text


@ON_ITS_OWN_CONNECTIONS
def test_it_outlives_a_redis_that_goes_while_it_works(
    redis_server, signals, workers_lab, monkeypatch
):
    photo = make_stored_photo()
    workers_lab.says(0.25, redis_server.stop)
    pause_to(monkeypatch, redis_server.start)
    jobs.ring()
    get_worker().work(burst=True)

    assert Photo.objects.get(pk=photo.pk).status == Photo.Status.READY


class Ended(BaseException):
    pass


@pytest.fixture
def exits(monkeypatch):
    """The exit codes of a process that would have ended; time stands still until then."""
    codes = []

    def end(code):
        codes.append(code)
        raise Ended

    monkeypatch.setattr(os, "_exit", end)
    pause_to(monkeypatch, lambda: None)
    return codes


def test_the_guard_ends_a_process_that_hangs(redis_server, exits, settings):
    ours = get_worker()
    ours.busy_since = time.monotonic() - 2 * settings.LEASE_SECONDS - 1

    with pytest.raises(Ended):
        ours.guard()

    assert exits == [1]


def test_the_guard_hands_back_what_cannot_be_finished_in_time(redis_server, exits, workers_lab):
    photo = make_stored_photo()
    ours = get_worker()
    ours.busy_since = time.monotonic()
    long_ago = now() - datetime.timedelta(seconds=worker.STOP_SECONDS + 1)
    ours._shutdown_requested_date = long_ago  # rq's, which its signal handler sets

    def guard():
        with pytest.raises(Ended):
            ours.guard()

    workers_lab.says(0.25, guard)
    workers_lab.analyst.analyse_batch()

    photo.refresh_from_db()
    assert exits == [0]
    assert (photo.status, photo.attempts) == (Photo.Status.QUEUED, 0)


@pytest.mark.parametrize("day, looks", [(86_400, 1), (0, 3)])
def test_what_nobody_needs_is_looked_for_at_the_start_and_once_a_day(monkeypatch, day, looks):
    turns, seen = iter(range(3)), []

    def end_after_three():
        if next(turns) == 2:
            raise Ended

    monkeypatch.setattr(worker, "DAY", day)
    monkeypatch.setattr(worker.jobs, "sweep", lambda: None)
    monkeypatch.setattr(worker, "leave_sign", lambda: None)
    monkeypatch.setattr(worker.sweep, "clear_away", lambda: seen.append(1))
    pause_to(monkeypatch, end_after_three)

    with pytest.raises(Ended):
        worker.sweep_forever()

    assert len(seen) == looks


def test_the_sweeper_outlives_a_failure(exits, db, monkeypatch, caplog):
    outcomes = iter([ZeroDivisionError("odd"), None])

    def sweep():
        outcome = next(outcomes, Ended())
        if outcome:
            raise outcome

    monkeypatch.setattr(worker.jobs, "sweep", sweep)
    monkeypatch.setattr(worker.connections, "close_all", lambda: None)

    with pytest.raises(Ended):
        worker.sweep_forever()

    assert "it is tried again" in caplog.text


@pytest.mark.django_db
def test_a_worker_shows_that_it_is_alive():
    worker.leave_sign()
    worker.leave_sign()

    (sign,) = Sign.objects.workers()
    assert sign.is_alive and sign.name.endswith(f":{os.getpid()}")
