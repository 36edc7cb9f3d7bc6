"""Commands of manage.py, each in a process forked from one that has imported what takes long.

A new Python would need some seconds of the processor for torch and its like; these start at once.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300  # seconds that anything may take on a busy machine
# Nothing that reads Django's settings: each process has settings of its own.
PRELOADED = [
    "cv2",
    "django.contrib.admin.helpers",
    "matplotlib.figure",
    "ml.engine",
    "ml.training.run",
    "pandas",
    "pillow_heif",
    "psycopg",
    "rest_framework.compat",
    "rq",
    "tests.system.training",
]
_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(PRELOADED)


class Forked(_forking.Process):  # type: ignore[name-defined]
    """A process with those methods of subprocess.Popen that the tests use."""

    def poll(self) -> int | None:
        return self.exitcode

    def wait(self, timeout: float = PATIENCE) -> int:
        """Its exit code, once it has ended; minus the signal where one killed it."""
        self.join(timeout)
        if self.exitcode is None:
            raise subprocess.TimeoutExpired(self.name, timeout)
        return self.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def start(
    *arguments: Any,
    out: Path,
    error: Path | None = None,
    env: Mapping[str, str] = os.environ,
    before: Callable[..., Any] | None = None,
    of: tuple[Any, ...] = (),
) -> Forked:
    """Start `manage.py ARGUMENTS`, with `before(*of)` called in its process first.

    What it prints is appended to the files; errors to the same one unless it has its own.
    """
    words = [str(argument) for argument in arguments]
    process = Forked(target=_manage, args=(words, out, error or out, dict(env), before, of))
    process.start()
    return process


def _manage(
    words: list[str],
    out: Path,
    error: Path,
    env: dict[str, str],
    before: Callable[..., Any] | None,
    of: tuple[Any, ...],
) -> None:
    from django.conf import settings

    assert not settings.configured, "they would be those of another site"
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    for path, descriptor in ((out, 1), (error, 2)):
        with path.open("a") as file:
            os.dup2(file.fileno(), descriptor)
    if before:
        before(*of)
    import manage

    sys.argv = ["manage.py", *words]
    manage.main()
