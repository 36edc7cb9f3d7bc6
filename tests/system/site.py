"""A site of real processes: gunicorn, workers and Redis on a database of its own."""

import http.client
import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image
from skimage.data import astronaut

from ml.tests.conftest import make_checkpoint
from tests.redis_server import RedisServer
from tests.system import processes
from tests.system.processes import PATIENCE, ROOT, Forked

SET_UP = """
from django.contrib.auth import get_user_model
from django.core.management import call_command
from gallery.models import ApiToken
call_command("migrate", verbosity=0)
call_command("activate_model")
user = get_user_model().objects.create_user("alice", password="correct-horse")
print("token", ApiToken.objects.create(user, name="test")[1])
"""

WORKER = ("rqworker", "default", "--verbosity", "0")


def wait_for(condition: Callable[[], Any]) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def photo(number: int, side: int = 256) -> bytes:
    """A JPEG with one face in it; no two numbers give the same bytes."""
    image = Image.fromarray(astronaut()).resize((side, side))
    image.putpixel((number % side, number // side), (255, 0, 0))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def set_clock(hours: int) -> None:
    """Let Django see another time in this process."""
    from django.utils import timezone

    right = timezone.now
    timezone.now = lambda: right() + timedelta(hours=hours)


class Site:
    """`env` adds to the environment of all its processes."""

    def __init__(self, folder: Path, database_url: str, **env: str) -> None:
        self.folder, self.database_url, self.port = folder, database_url, free_port()
        self.redis = RedisServer(folder)
        self.processes: list[subprocess.Popen | Forked] = []
        self.env = {
            **os.environ,
            "SECRET_KEY": "for-tests-only",
            "VAR_DIR": str(folder),
            "MEDIA_ROOT": str(folder / "media"),
            "DATABASE_URL": database_url,
            "REDIS_URL": self.redis.url,
            "CHECKPOINT": str(make_checkpoint(folder / "tiny")),
            "LEASE_SECONDS": "8",
            "SWEEP_SECONDS": "1",
            "LOG_LEVEL": "INFO",
            **env,
        }

    # --- Processes

    def set_up(self) -> None:
        """Make the database, a model and a user; in one process, because each takes a second."""
        self.token = self.manage("shell", "--verbosity", "0", "-c", SET_UP).split()[-1]

    def manage(self, *arguments: str) -> str:
        """What that command of manage.py prints."""
        out, error = (self.folder / f"manage.{name}" for name in ("out", "err"))
        for file in (out, error):
            file.unlink(missing_ok=True)
        code = processes.start(*arguments, out=out, error=error, env=self.env).wait()
        if code:
            raise subprocess.CalledProcessError(code, arguments, out.read_text(), error.read_text())
        return out.read_text()

    def start(self, name: str, *command: str) -> subprocess.Popen:
        """Start `python COMMAND`; its output goes to NAME.log."""
        with self._log_file(name).open("a") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_web(self) -> subprocess.Popen:
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        address = f"127.0.0.1:{self.port}"
        web = self.start("web", "-m", "gunicorn", "--bind", address, "celebattr.wsgi")
        wait_for(self.answers)
        return web

    def start_worker(self, name: str = "worker", hours: int = 0) -> Forked:
        """Start a worker; its clock is so many hours ahead, or behind if negative."""
        worker = processes.start(
            *WORKER, out=self._log_file(name), env=self.env, before=set_clock, of=(hours,)
        )
        self.processes.append(worker)
        return worker

    def log(self, name: str) -> str:
        return self._log_file(name).read_text()

    def _log_file(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def stop(self, *processes: subprocess.Popen | Forked) -> None:
        """Kill processes, whatever state they are in, and gunicorn's children with it."""
        for process in processes:
            if isinstance(process, Forked):
                process.kill()
            elif process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.processes.remove(process)

    # --- HTTP

    def answers(self) -> bool:
        try:
            return self.request("GET", "/api/v1/galleries/")[0] == 200
        except OSError:
            return False

    def request(
        self, method: str, path: str, body: bytes | str = b"", kind: str = "application/json"
    ) -> tuple[int, Any]:
        """Status and decoded JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Token {self.token}", "Content-Type": kind}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read() or "null")
        connection.close()
        return answer

    def make_gallery(self) -> str:
        status, gallery = self.request("POST", "/api/v1/galleries/", '{"name": "Faces"}')
        assert status == 201, gallery
        return gallery["id"]

    def upload(self, gallery: str, content: bytes) -> int:
        """Upload a picture; the status of the answer."""
        file = io.BytesIO(content)
        file.name = "me.png"
        form = encode_multipart(BOUNDARY, {"gallery": gallery, "image": file})
        return self.request("POST", "/api/v1/photos/", form, MULTIPART_CONTENT)[0]

    # --- The database, past Django

    def _connect(self) -> Any:
        if self.database_url.startswith("sqlite"):
            return closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20))
        return psycopg.connect(self.database_url)

    def sql(self, query: str) -> list[tuple]:
        with self._connect() as connection:
            return connection.execute(query).fetchall()

    def execute(self, *statements: str) -> None:
        with self._connect() as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def delete_photos(self) -> None:
        tables = ("opinion", "correction", "face", "keptpair", "photo")  # each before what it names
        self.execute(*(f"DELETE FROM gallery_{table}" for table in tables))

    def erase(self, photo: str) -> None:
        """Delete a photo for good, by way of the trash."""
        assert self.request("DELETE", f"/api/v1/photos/{photo}/")[0] == 204
        body = json.dumps({"photos": [photo]})
        assert self.request("POST", "/api/v1/trash/erase/", body) == (200, {"count": 1})

    def count(self, *statuses: str) -> int:
        """How many photos have one of these statuses, at one moment."""
        wanted = ", ".join(f"'{status}'" for status in statuses)
        return self.sql(f"SELECT count(*) FROM gallery_photo WHERE status IN ({wanted})")[0][0]

    def pending(self) -> int:
        return self.count("queued", "analysing")

    def faces(self) -> list[tuple]:
        """(id, photo) of every face."""
        return self.sql("SELECT id, photo_id FROM gallery_face ORDER BY id")


def database_url_for(folder: Path, name: str) -> tuple[str, Callable[[], None]]:
    """A database of one's own where the tests' environment has its, and what drops it again."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return f"sqlite:///{folder / 'db.sqlite3'}", lambda: None

    def execute(statement: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)

    execute(f"CREATE DATABASE {name}")
    own = urlsplit(url)._replace(path=f"/{name}").geturl()
    return own, lambda: execute(f"DROP DATABASE {name} WITH (FORCE)")
