"""Real processes, and what may befall them: every photo ends ready exactly once."""

import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.sizes import sized
from tests.system.processes import Forked
from tests.system.site import WORKER, Site, photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

LARGE = 500  # pixels: a batch of such photos keeps the worker busy for some seconds
BATCH = sized(30, least=24)


def upload(site: Site, count: int, side: int = 256) -> None:
    gallery = site.make_gallery()
    assert {site.upload(gallery, photo(number, side)) for number in range(count)} == {201}


def assert_each_is_ready_once(site: Site, count: int) -> None:
    wait_for(lambda: site.pending() == 0)
    photos = [photo for _, photo in site.faces()]
    assert site.count("ready") == count
    assert len(photos) == len(set(photos)) == count


def interrupt_in_mid_batch(site: Site, worker: Forked, number: int) -> None:
    wait_for(lambda: site.count("analysing"))
    time.sleep(0.2)  # the claim's commit is seen before its lock on the database is let go
    worker.send_signal(number)


def test_uploads_succeed_and_are_analysed_though_redis_goes_and_comes_back(site):
    site.start_worker()
    gallery = site.make_gallery()

    answers, count = [], sized(20, least=4)
    for number in range(count):
        if number == count // 4:
            site.redis.stop()
        if number == 3 * count // 4:
            site.redis.start()
        answers.append(site.upload(gallery, photo(number)))

    assert answers == [201] * count
    assert_each_is_ready_once(site, count)


def test_a_worker_that_waits_lives_on_while_redis_is_away(site):
    worker = site.start_worker()
    upload(site, 1)
    assert_each_is_ready_once(site, 1)

    site.redis.stop()
    time.sleep(3)
    site.redis.start()
    upload(site, 1, side=300)

    assert_each_is_ready_once(site, 2)
    assert worker.poll() is None


def test_rings_that_redis_forgot_are_rung_again(site):
    upload(site, 10)
    site.redis.stop()
    site.redis.start()

    site.start_worker()

    assert_each_is_ready_once(site, 10)


def test_photos_of_a_worker_killed_in_mid_batch_are_analysed_by_the_next(site):
    upload(site, BATCH, LARGE)

    first = site.start_worker()
    interrupt_in_mid_batch(site, first, signal.SIGKILL)
    first.wait()
    assert site.count("analysing") > 0
    site.start_worker()

    assert_each_is_ready_once(site, BATCH)


def test_a_worker_told_to_stop_leaves_no_photo_leased(site):
    upload(site, BATCH, LARGE)

    worker = site.start_worker()
    interrupt_in_mid_batch(site, worker, signal.SIGTERM)

    assert worker.wait(30) == 0
    assert site.count("analysing") == 0
    site.start_worker()
    assert_each_is_ready_once(site, BATCH)


def test_what_a_paused_worker_writes_late_is_discarded(site):
    upload(site, BATCH, LARGE)

    paused = site.start_worker("paused")
    interrupt_in_mid_batch(site, paused, signal.SIGSTOP)
    site.start_worker()
    assert_each_is_ready_once(site, BATCH)
    faces = site.faces()
    paused.send_signal(signal.SIGCONT)
    time.sleep(2)
    paused.terminate()
    paused.wait(30)

    assert site.faces() == faces
    assert_each_is_ready_once(site, BATCH)


def test_two_workers_share_the_photos(site):
    for name in ("one", "two"):
        site.start_worker(name)

    count = sized(40, least=8)
    upload(site, count)

    assert_each_is_ready_once(site, count)


@pytest.mark.parametrize("hours", [-2, 2])
def test_workers_whose_clocks_are_hours_apart_do_nothing_twice(site, hours):
    upload(site, BATCH, LARGE)

    site.start_worker("right")
    site.start_worker("wrong", hours)
    upload(site, BATCH)

    assert_each_is_ready_once(site, 2 * BATCH)
    assert site.sql("SELECT DISTINCT attempts FROM gallery_photo") == [(1,)]


def test_the_same_file_twenty_times_at_once_is_one_photo(site):
    gallery, answers = site.make_gallery(), []

    threads = [
        threading.Thread(target=lambda: answers.append(site.upload(gallery, photo(0))))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200] * 19 + [201]
    assert site.pending() == 1


def test_many_uploads_load_the_model_once_and_the_web_process_never_torch(site):
    worker = site.start("loads", "manage.py", *WORKER)  # as people start it

    count = sized(100)
    upload(site, count)

    assert_each_is_ready_once(site, count)
    assert site.log("loads").count("loads so far:") == 1
    assert "loads so far: 1" in site.log("loads")
    if sys.platform == "linux":
        web = site.processes[0]
        children = Path(f"/proc/{web.pid}/task/{web.pid}/children").read_text().split()
        assert len(children) == 2
        for pid in (web.pid, *children):
            assert "torch" not in Path(f"/proc/{pid}/maps").read_text()
        assert "torch" in Path(f"/proc/{worker.pid}/maps").read_text()
