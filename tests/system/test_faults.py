"""Real processes, and what may befall them: every photo ends ready exactly once."""

import re
import signal
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from tests.sizes import sized
from tests.system.processes import Forked
from tests.system.site import WORKER, Site, photo, wait_for
from tests.system.test_metrics import ANALYSED, scrape

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
    time.sleep(1)
    before = memory(worker)
    time.sleep(2)
    assert memory(worker) - before < 5_000_000
    site.redis.start()
    upload(site, 1, side=300)

    assert_each_is_ready_once(site, 2)
    assert worker.poll() is None


def memory(worker: Forked) -> int:
    """What it has in use, in bytes."""
    return psutil.Process(worker.pid).memory_info().rss


def test_rings_that_redis_forgot_are_rung_again(site):
    count = sized(100, least=10)
    upload(site, count)
    site.redis.stop()
    site.redis.start()
    listed = site.request("GET", "/api/v1/photos/?page_size=100")[1]["results"]
    assert [photo["status"] for photo in listed] == ["queued"] * count

    site.start_worker()

    assert_each_is_ready_once(site, count)


def test_fifty_rings_for_two_workers_analyse_each_photo_once(site):
    before = scrape(site, ANALYSED)
    rings = Queue(connection=Redis.from_url(site.redis.url), serializer=JSONSerializer)
    upload(site, 2)
    for name in ("one", "two"):
        site.start_worker(name)

    for _ in range(50):
        rings.enqueue("gallery.analysis.jobs.analyse_queued", job_timeout=60, result_ttl=0)
    assert_each_is_ready_once(site, 2)
    faces = site.faces()
    wait_for(lambda: rings.count == 0)
    wait_for(lambda: scrape(site, ANALYSED) >= before + 2)

    assert site.faces() == faces
    assert scrape(site, ANALYSED) == before + 2
    assert site.sql("SELECT DISTINCT attempts FROM gallery_photo") == [(1,)]


def test_a_worker_waits_for_a_database_that_another_program_writes_to(site):
    if not site.database_url.startswith("sqlite"):
        pytest.skip("elsewhere writers do not wait for each other")
    upload(site, BATCH)
    site.start_worker()
    wait_for(lambda: site.count("analysing"))

    with closing(sqlite3.connect(site.folder / "db.sqlite3", timeout=60)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        for _ in range(sized(10, least=2)):
            assert site.request("GET", "/api/v1/photos/")[0] == 200
            time.sleep(1)
        assert site.pending() > 0  # its save waits

    assert_each_is_ready_once(site, BATCH)


def test_photos_of_a_worker_killed_in_mid_batch_are_analysed_by_the_next(site):
    upload(site, BATCH, LARGE)

    first = site.start_worker()
    interrupt_in_mid_batch(site, first, signal.SIGKILL)
    first.wait()
    assert site.count("analysing") > 0
    site.start_worker()

    assert_each_is_ready_once(site, BATCH)


def test_photos_deleted_before_and_in_mid_batch_stay_deleted_and_hold_up_nobody(site):
    upload(site, BATCH, LARGE)
    deleted = names(site)[: BATCH // 2]
    early, late = deleted[::2], deleted[1::2]

    delete(site, early)
    site.start_worker()
    wait_for(lambda: site.count("analysing"))
    delete(site, late)

    assert_each_is_ready_once(site, BATCH - len(deleted))
    assert not set(names(site)) & set(deleted)
    # On a busy machine a batch may take longer than it may here.
    raised = re.findall(r"^[\w.]+(?:Error|Exception)\b.*", site.log("worker"), re.MULTILINE)
    assert [error for error in raised if "JobTimeoutException" not in error] == []


def names(site: Site) -> list[str]:
    """The ids of all photos, the oldest first."""
    rows = site.sql("SELECT uuid FROM gallery_photo ORDER BY id")
    return [str(UUID(str(name))) for (name,) in rows]


def delete(site: Site, photos: list[str]) -> None:
    for name in photos:
        site.erase(name)


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
