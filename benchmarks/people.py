"""Twenty people on a site for half an hour: what they wait for, what fails, and how memory grows.

    REDIS_SERVER=redis-server python -m benchmarks.people [--minutes 30] [--people 20]
        [--portraits DIR] [--kill worker|redis] [--logs DIR]

It makes a database on the server of DATABASE_URL (PostgreSQL on this machine unless it is set), and
starts a queue server, gunicorn and a worker, which is started again whenever it ends. Locust plays
the people (`benchmarks.visitors`): they sign up, upload, browse, filter, open photos, answer and
export, with pauses to think. uv fetches locust for it, as `make audit` does with pip-audit. With
--kill, a process dies half way by SIGKILL, and comes back after some seconds.

Memory is PSS: what processes share counts once. The minute after the warm-up, which is a sixth of
the time, is compared with the last one. It ends with 1 if anything failed, a photo is not ready in
the end, or memory grew by a tenth.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from statistics import median
from threading import Event, Thread

import psutil
from redis import Redis

from benchmarks.pictures import pictures
from tests.system.site import WORKER, Site, database_url_for, wait_for

LOCUST = "2.47.0"
CHECKPOINT = Path("ml/checkpoints/default").resolve()
POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
AWAY = 5  # seconds after which a supervisor starts again what has ended
SAMPLE = 5  # seconds between two looks at the memory
LAST = 60  # seconds whose median counts
MOST_GROWTH = 0.10
QUEUE = "rq:queue:default"  # the list of rings in Redis


class Watched:
    """A site with a supervised worker, whose memory is measured all the while."""

    def __init__(self, site: Site) -> None:
        self.site, self.end = site, Event()
        self.web, self.worker = site.start_web(), self._start_worker()
        self.memory: list[tuple[float, float, float]] = []  # seconds, MB of the web and the worker
        self.threads = [Thread(target=self._supervise), Thread(target=self._measure)]
        for thread in self.threads:
            thread.start()

    def close(self) -> None:
        self.end.set()
        for thread in self.threads:
            thread.join()

    def _start_worker(self) -> subprocess.Popen:
        return self.site.start("worker", "manage.py", *WORKER)

    def _supervise(self) -> None:
        while not self.end.wait(1):
            if self.worker.poll() is not None and not self.end.wait(AWAY):
                self.worker = self._start_worker()

    def _measure(self) -> None:
        while not self.end.wait(SAMPLE):
            used = pss(self.web.pid), pss(self.worker.pid)
            self.memory.append((time.monotonic(), *used))

    def growth(self, warm: float) -> list[tuple[str, float, float]]:
        """Name, MB in the minute after that moment, and in the last one."""
        end = self.memory[-1][0]
        first = [sample for sample in self.memory if warm <= sample[0] < warm + LAST]
        last = [sample for sample in self.memory if sample[0] > end - LAST]
        return [
            (name, median(s[column] for s in first), median(s[column] for s in last))
            for name, column in (("web", 1), ("worker", 2))
        ]

    # --- What may die

    def kill_worker(self) -> None:
        self.worker.kill()

    def kill_redis(self) -> None:
        server = self.site.redis.process
        assert server
        server.kill()
        server.wait()
        time.sleep(AWAY)
        self.site.redis.start()


def pss(pid: int) -> float:
    """MB of a process and its children; 0 if it has ended."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss
    return total / 1e6


@contextmanager
def own_site(logs: Path | None) -> Iterator[Watched]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url, drop = database_url_for(folder, f"people_{os.getpid()}")
        # Each person has an address of their own, which a proxy would name.
        own = {"CHECKPOINT": str(CHECKPOINT), "TRUSTED_PROXIES": "127.0.0.1"}
        site = Site(folder, url, LEASE_SECONDS="60", SWEEP_SECONDS="10", **own)
        site.redis.start()
        try:
            site.set_up()
            with closing(Watched(site)) as watched:
                yield watched
        finally:
            site.stop(*site.processes)
            site.redis.stop()
            drop()
            for log in folder.glob("*.log") if logs else ():
                shutil.copy(log, logs)


def visit(watched: Watched, options: argparse.Namespace, fault: Callable[[], None] | None) -> float:
    """Let people in until the time is up. Returns the moment at which all was warm."""
    site = watched.site
    site.env["PICTURES"] = str(site.folder / "pictures")
    (site.folder / "pictures").mkdir()
    for number, content in enumerate(pictures(options.portraits)):
        (site.folder / "pictures" / f"{number}.jpg").write_bytes(content)
    seconds, started = options.minutes * 60, time.monotonic()
    # fmt: off
    locust = site.start(
        "locust", "-m", "uv", "tool", "run", f"locust=={LOCUST}", "--headless", "--only-summary",
        "--locustfile", "benchmarks/visitors.py", "--host", f"http://127.0.0.1:{site.port}",
        "--users", str(options.people), "--spawn-rate", "1", "--run-time", f"{seconds:.0f}s",
        "--stop-timeout", "60", "--csv", str(site.folder / "visits"), "--exit-code-on-error", "0",
    )
    # fmt: on
    with suppress(subprocess.TimeoutExpired):
        locust.wait(seconds / 2)
    if fault:
        fault()
    if locust.wait():
        sys.exit(site.log("locust"))
    return started + seconds / 6


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def show_requests(folder: Path) -> tuple[int, int]:
    """The table of requests, and what failed. Returns how many did, and the uploads taken."""
    heads = ("requests", "errors", "p50 ms", "p95 ms", "most ms")
    print(f"{'what people do':<28}" + "".join(f"{head:>10}" for head in heads))
    stats = {f"{row['Type']} {row['Name']}": row for row in rows(folder / "visits_stats.csv")}
    for name, row in stats.items():
        cells = (row[key] for key in ("Request Count", "Failure Count", "50%", "95%", "100%"))
        print(f"{name:<28}" + "".join(f"{cell:>10}" for cell in cells))
    for row in rows(folder / "visits_failures.csv"):
        print(f"  {row['Occurrences']} x {row['Method']} {row['Name']}: {row['Error']}")
    uploads = stats["POST upload"]
    taken = int(uploads["Request Count"]) - int(uploads["Failure Count"])
    return int(stats[" Aggregated"]["Failure Count"]), taken


def show_photos(site: Site, taken: int) -> int:
    """What became of the photos, once none waits. Returns how many are not ready, or missing."""
    started = time.monotonic()
    wait_for(lambda: site.pending() == 0)
    took = time.monotonic() - started
    ready, failed = site.count("ready"), site.count("failed")
    print(f"\n{taken} uploads taken; {ready} photos ready, {failed} failed, {took:.0f} s later")
    print(f"rings that still wait in Redis: {Redis.from_url(site.redis.url).llen(QUEUE)}")
    return failed + max(0, taken - ready)


def show_memory(watched: Watched, warm: float) -> float:
    """Memory at the start and at the end. Returns the greatest growth."""
    most = 0.0
    for name, first, last in watched.growth(warm):
        most = max(most, last / first - 1)
        print(
            f"{name}: {first:.0f} MB when warm, {last:.0f} MB in the end ({last / first - 1:+.1%})"
        )
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--portraits", type=Path)
    parser.add_argument("--kill", choices=("worker", "redis"))
    parser.add_argument("--logs", type=Path, help="an existing folder that keeps the logs")
    options = parser.parse_args()
    os.environ.setdefault("DATABASE_URL", POSTGRES)
    with own_site(options.logs) as watched:
        fault = getattr(watched, f"kill_{options.kill}") if options.kill else None
        warm = visit(watched, options, fault)
        errors, taken = show_requests(watched.site.folder)
        unfinished = show_photos(watched.site, taken)
        grown = show_memory(watched, warm)
    sys.exit(int(bool(errors or unfinished or grown > MOST_GROWTH)))


if __name__ == "__main__":
    main()
