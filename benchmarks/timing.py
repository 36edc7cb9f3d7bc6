"""How long calls take, and how much memory."""

import ctypes
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

Call = Callable[[], Any]

PATIENCE = 15  # seconds for all rounds of a call


def milliseconds(call: Call) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def rounds(most: int) -> Iterator[int]:
    """Count to `most`, but end early once that has taken PATIENCE seconds."""
    started = time.monotonic()
    for number in range(most):
        yield number
        if time.monotonic() - started > PATIENCE:
            break


def by_turns(calls: Sequence[Call], repeats: int) -> list[list[float]]:
    """Milliseconds of each call, made in turn, so that a busy machine slows all of them down."""
    for call in calls:
        call()
    times = [[milliseconds(call) for call in calls] for _ in rounds(repeats)]
    return [list(own) for own in zip(*times, strict=True)]


def peak_memory(call: Call) -> float:
    """The most megabytes that the process holds during a call; NaN where the system keeps none."""
    if not sys.platform.startswith("linux"):
        return float("nan")
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # give back what earlier work has freed
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    call()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
