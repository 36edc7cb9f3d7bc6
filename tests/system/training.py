"""train_model in processes of their own, with faults: killed, short of disk, shown nonsense."""

import ctypes
import os
import resource
import shlex
import signal
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ml.training.snapshots import SNAPSHOT
from tests.side_work import leave_out_side_work
from tests.system import processes
from tests.system.processes import Forked

# Snapshots are written and read back some times a second: after every step they would take longer
# than the steps.
TINY_RUN = shlex.split(
    "--architecture PlainCNN --size 32 --width 0.0625 --head 16 --batch-size 8 --epochs 6"
    " --snapshot-seconds 0.2 --quiet"
)
AFTER_EVERY_STEP = ("--snapshot-seconds", "0")


def start(
    log: Path, *arguments: Any, fault: Callable[..., Any] | None = None, of: tuple[Any, ...] = ()
) -> Forked:
    """Start `manage.py ARGUMENTS`, with `fault(*of)` called in its process first."""
    return processes.start(*arguments, out=log, before=_begin, of=(fault, of))


def _begin(fault: Callable[..., Any] | None, of: tuple[Any, ...]) -> None:
    leave_out_side_work()
    if fault:
        fault(*of)


# --- Faults


def slow_disk(seconds: float) -> None:
    """Each file takes so long to reach the disk."""
    import ml.files

    sync = os.fsync

    def slow(descriptor: int) -> None:
        time.sleep(seconds)
        sync(descriptor)

    ml.files.os.fsync = slow  # type: ignore[attr-defined]


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


def obey_permissions() -> None:
    """Be refused where nobody may write, as root too, who has a right to pass over that."""
    if os.geteuid() == 0:
        version_3, this_process, nothing = 0x20080522, 0, bytes(24)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.capset(struct.pack("Ii", version_3, this_process), nothing):
            raise OSError(ctypes.get_errno(), "the rights of root cannot be given up")


def spoil_batches(count: int) -> None:
    """The first batches hold values that are not numbers."""
    import ml.training.augment

    augment, seen = ml.training.augment.augment, []

    def spoiled(faces: Any, *arguments: Any) -> Any:
        seen.append(faces)
        return augment(faces, *arguments) * (float("nan") if len(seen) <= count else 1)

    ml.training.augment.augment = spoiled


if __name__ == "__main__":  # `manage.py` for those that start a real process
    from manage import main

    leave_out_side_work()
    main()
