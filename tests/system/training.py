"""train_model in processes of their own, with faults: killed, short of disk, shown nonsense.

The processes are forked from one that has imported torch already, so that each starts at once.
"""

import multiprocessing
import os
import resource
import shlex
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ml.training.snapshots import SNAPSHOT

PRELOADED = ["ml.training.run", "tests.system.training"]  # not the command: it needs Django set up
# Snapshots are written and read back some times a second: after every step they would take longer
# than the steps.
TINY_RUN = shlex.split(
    "--size 32 --width 0.0625 --head 16 --batch-size 8 --epochs 6 --snapshot-seconds 0.2 --quiet"
)
AFTER_EVERY_STEP = ("--snapshot-seconds", "0")

Fault = Callable[..., Any]
_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(PRELOADED)


def start(log: Path, *arguments: Any, fault: Fault | None = None, of: tuple[Any, ...] = ()) -> Any:
    """Start `manage.py ARGUMENTS`, with `fault(*of)` called in its process first."""
    words = [str(argument) for argument in arguments]
    process = _forking.Process(target=_run, args=(log, words, fault, of))
    process.start()
    return process


def code(process: BaseProcess) -> int | None:
    """Its exit code, once it has ended; minus the signal where one killed it."""
    process.join(300)
    return process.exitcode


def _run(log: Path, words: list[str], fault: Fault | None, of: tuple[Any, ...]) -> None:
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    if fault:
        fault(*of)
    leave_plots_empty()
    import manage

    sys.argv = ["manage.py", *words]
    manage.main()


def leave_plots_empty() -> None:
    """Write empty files for plots: to draw them takes longer than to train, and others test it."""
    from matplotlib.figure import Figure

    Figure.savefig = lambda figure, path, **options: Path(path).touch()


# --- Faults


def linger_in_writing(mark: Path) -> None:
    """Write a file when the third snapshot is half written, and wait there."""
    import ml.files

    sync, written = os.fsync, []

    def slow(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith(f"{SNAPSHOT}.partial"):
            written.append(descriptor)
            if len(written) == 3:
                os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
                mark.touch()
                time.sleep(300)
        sync(descriptor)

    ml.files.os.fsync = slow  # type: ignore[attr-defined]


def run_out_of_disk(most: int) -> None:
    """No file may grow beyond so many bytes: a quota."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def spoil_batches(count: int) -> None:
    """The first batches hold values that are not numbers."""
    import ml.training.trainer

    augment, seen = ml.training.trainer.augment, []

    def spoiled(faces: Any, *arguments: Any) -> Any:
        seen.append(faces)
        return augment(faces, *arguments) * (float("nan") if len(seen) <= count else 1)

    ml.training.trainer.augment = spoiled
