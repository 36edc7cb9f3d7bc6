"""What faults do to a running site: nothing is lost, nothing is doubled, nobody sees a 500.

    python -m benchmarks.faults [--seconds 6] [--only NAME ...]

It starts a site of real processes on DATABASE_URL (SQLite unless it is set) and, for each fault,
uploads photos and asks for lists all the while. The table says what became of them, how long the
slowest upload took that was taken, what the worker gained in MB, and after how many seconds all
were ready. It ends with 1 if anything was lost or doubled, or answered with 500, if photos were not
ready within a lease, two sweeps and the time that they take, or if another limit is passed.

    python -m benchmarks.faults --seconds 600 --only queue_away     # the queue is away for long
"""

import argparse
import itertools
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from redis import Redis

from tests.system.processes import Forked
from tests.system.site import Site, database_url_for, photo, wait_for

LEASE, SWEEP = 8, 1  # seconds, of tests.system.site
WORK = 10  # seconds in which the photos sent meanwhile are analyzed, if the machine is not idle
BACKLOG_WORK = 60  # the same for a whole backlog
SLOWEST = 1.0  # seconds that an upload may take while the queue is away
MOST_MEMORY = 50.0  # MB that a worker may gain
KILLS, BACKLOG = 20, 500

Fault = Callable[["Trial"], Iterator[None]]


@dataclass
class Outcome:
    """What was sent while a fault lasted, and what became of it."""

    answers: Counter[int] = field(default_factory=Counter)
    taken: int = 0
    lost: int = 0
    doubled: int = 0
    without_file: int = 0
    slowest: float = 0.0  # seconds of an upload that succeeded
    memory: float = 0.0  # MB that the worker has gained
    seconds: float = 0.0  # until all were ready

    def is_bad(self, fault: Fault) -> bool:
        lost = self.lost or self.doubled or self.without_file or self.answers[500]
        work = BACKLOG_WORK if fault in WITH_BACKLOG else WORK
        late = self.seconds > LEASE + 2 * SWEEP + work
        slow = fault is queue_away and self.slowest > SLOWEST
        return bool(lost or late or slow or self.memory > MOST_MEMORY)


class Trial:
    """A site with a worker, and someone who uploads to it."""

    def __init__(self, site: Site, gallery: str) -> None:
        self.site, self.gallery = site, gallery
        self.numbers = itertools.count()
        self.sent_before = 0  # photos of a fault's own
        self.workers: list[Forked] = [site.start_worker()]

    def run(self, fault: Fault, seconds: float) -> Outcome:
        outcome, end, before = Outcome(), threading.Event(), self.site.count("ready")
        senders = [threading.Thread(target=self._send, args=(outcome, end)) for _ in range(2)]
        for sender in senders:
            sender.start()
        time.sleep(1)
        worker, held = self.workers[-1], memory(self.workers[-1])
        with contextmanager(fault)(self):
            time.sleep(seconds)
        if worker is self.workers[-1]:
            outcome.memory = memory(worker) - held
        mended = time.monotonic()
        end.set()
        for sender in senders:
            sender.join()
        wait_for(self.is_done)
        outcome.seconds = time.monotonic() - mended
        outcome.taken, self.sent_before = outcome.taken + self.sent_before, 0
        outcome.lost = outcome.taken - (self.site.count("ready") - before)
        faces = [key for _, key in self.site.faces()]
        outcome.doubled = len(faces) - len(set(faces))
        outcome.without_file = self._without_file()
        return outcome

    def _send(self, outcome: Outcome, end: threading.Event) -> None:
        while not end.is_set():
            with suppress(OSError):  # the connection was cut: nobody said that it was taken
                status, seconds = self.upload()
                outcome.answers[status] += 1
                if status == 201:
                    outcome.taken += 1
                    outcome.slowest = max(outcome.slowest, seconds)
            with suppress(OSError):
                outcome.answers[self.site.request("GET", "/api/v1/photos/")[0]] += 1

    def upload(self) -> tuple[int, float]:
        """Send another photo; the status and the seconds that it took."""
        content, start = photo(next(self.numbers)), time.monotonic()
        return self.site.upload(self.gallery, content), time.monotonic() - start

    def is_done(self) -> bool:
        with suppress(sqlite3.OperationalError, psycopg.OperationalError):
            return self.site.pending() == 0
        return False

    def _without_file(self) -> int:
        try:
            self.site.manage("verify", "--quick")
        except subprocess.CalledProcessError as error:
            return max(1, error.output.count("missing"))
        return 0


def memory(worker: Forked) -> float:
    """What it has in use, in MB."""
    return psutil.Process(worker.pid).memory_info().rss / 1e6


# --- The faults: what happens at the `yield` is what the site has to stand ------------------------


def nothing(trial: Trial) -> Iterator[None]:
    yield


def worker_killed(trial: Trial) -> Iterator[None]:
    trial.workers[-1].send_signal(signal.SIGKILL)
    yield
    trial.workers.append(trial.site.start_worker())


def worker_killed_again_and_again(trial: Trial) -> Iterator[None]:
    """At random moments, while a backlog is analyzed."""
    chance = random.Random(1)
    upload_backlog(trial, 200)
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.1, 1))
        trial.site.stop(trial.workers[-1])
        trial.workers.append(trial.site.start_worker())
    yield


def worker_told_to_end_with_a_backlog(trial: Trial) -> Iterator[None]:
    """As in a deployment: it has 30 seconds, and a new one takes over."""
    upload_backlog(trial, BACKLOG)
    trial.workers[-1].send_signal(signal.SIGTERM)
    assert trial.workers[-1].wait(30) == 0
    yield
    trial.workers.append(trial.site.start_worker())


def worker_stopped_past_its_lease(trial: Trial) -> Iterator[None]:
    stopped = trial.workers[-1]
    stopped.send_signal(signal.SIGSTOP)
    trial.workers.append(trial.site.start_worker("second"))
    time.sleep(LEASE)
    yield
    stopped.send_signal(signal.SIGCONT)
    time.sleep(2)
    trial.site.stop(stopped)


def worker_told_to_end(trial: Trial) -> Iterator[None]:
    trial.workers[-1].send_signal(signal.SIGTERM)
    yield
    trial.workers.append(trial.site.start_worker())


def web_process_killed(trial: Trial) -> Iterator[None]:
    (web,) = (process for process in trial.site.processes if not isinstance(process, Forked))
    psutil.Process(web.pid).children()[0].kill()
    yield


def queue_away(trial: Trial) -> Iterator[None]:
    trial.site.redis.stop()
    yield
    trial.site.redis.start()


def queue_emptied(trial: Trial) -> Iterator[None]:
    Redis.from_url(trial.site.redis.url).flushall()
    yield


def queue_without_a_backlogs_rings(trial: Trial) -> Iterator[None]:
    """It starts again with nothing while photos wait and there is no worker."""
    trial.site.stop(trial.workers[-1])
    upload_backlog(trial, 100)
    trial.site.redis.stop()
    yield
    trial.site.redis.start()
    trial.workers.append(trial.site.start_worker())


def queue_frozen(trial: Trial) -> Iterator[None]:
    server = trial.site.redis.process
    assert server
    server.send_signal(signal.SIGSTOP)
    yield
    server.send_signal(signal.SIGCONT)


def database_away(trial: Trial) -> Iterator[None]:
    """PostgreSQL takes no connections and cuts those that are open; SQLite has another writer."""
    url = urlsplit(trial.site.database_url)
    if url.scheme == "sqlite":
        with closing(sqlite3.connect(trial.site.folder / "db.sqlite3", timeout=20)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            yield
        return
    name, cut = url.path[1:], "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute(f"{cut} WHERE datname = %s", [name])
        yield
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def pictures_away(trial: Trial) -> Iterator[None]:
    """The folder of the pictures cannot be reached."""
    media = trial.site.folder / "media"
    media.rename(media.with_suffix(".away"))
    media.write_text("a file stands where the folder was")
    yield
    media.unlink()
    media.with_suffix(".away").rename(media)


def upload_backlog(trial: Trial, count: int) -> None:
    """Photos of this fault, beside those that are sent all the while."""
    with ThreadPoolExecutor(2) as senders:
        statuses = [one.result()[0] for one in [senders.submit(trial.upload) for _ in range(count)]]
    trial.sent_before += statuses.count(201)


FAULTS: tuple[Fault, ...] = (
    nothing,
    worker_killed,
    worker_killed_again_and_again,
    worker_told_to_end_with_a_backlog,
    worker_stopped_past_its_lease,
    worker_told_to_end,
    web_process_killed,
    queue_away,
    queue_emptied,
    queue_without_a_backlogs_rings,
    queue_frozen,
    database_away,
    pictures_away,
)
WITH_BACKLOG = (
    worker_killed_again_and_again,
    worker_told_to_end_with_a_backlog,
    queue_without_a_backlogs_rings,
)


@contextmanager
def own_trial() -> Iterator[Trial]:
    with tempfile.TemporaryDirectory() as folder:
        url, drop = database_url_for(Path(folder), f"faults_{os.getpid()}")
        site = Site(Path(folder), url)
        site.redis.start()
        try:
            site.set_up()
            site.start_web()
            yield Trial(site, site.make_gallery())
        finally:
            site.stop(*site.processes)
            site.redis.stop()
            drop()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")  # for the forms sent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6, help="how long each fault lasts")
    parser.add_argument("--only", nargs="+", default=[fault.__name__ for fault in FAULTS])
    options = parser.parse_args()
    bad = False
    heads = ("taken", "503", "507", "500", "lost", "doubled", "no file")
    heads += ("slowest s", "worker MB", "s to ready")
    print(f"{'fault':<36}" + "".join(f"{head:>11}" for head in heads))
    with own_trial() as trial:
        upload_backlog(trial, 20)  # the first photos of a process take its memory
        wait_for(trial.is_done)
        trial.sent_before = 0
        for fault in FAULTS:
            if fault.__name__ not in options.only:
                continue
            outcome = trial.run(fault, options.seconds)
            answers = outcome.answers
            cells = (outcome.taken, answers[503], answers[507], answers[500], outcome.lost)
            cells += (outcome.doubled, outcome.without_file)
            cells += tuple(round(x, 1) for x in (outcome.slowest, outcome.memory, outcome.seconds))
            name = fault.__name__.replace("_", " ")
            line = f"{name:<36}" + "".join(f"{cell:>11}" for cell in cells)
            print(line + ("  <" if outcome.is_bad(fault) else ""), flush=True)
            bad |= outcome.is_bad(fault)
    sys.exit(int(bad))


if __name__ == "__main__":
    main()
