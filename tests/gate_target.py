"""What a file costs the gate for uploads: the target of `tests/fuzz_gate.py` and of a test."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gallery.uploads.pictures import UploadError, clean

MOST_PIXELS = 51_000_000
MOST_SECONDS = 5  # of CPU time
MOST_BYTES = 300_000_000
STATUS, REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Cost:
    seconds: float  # of CPU time: other programs may be at work
    memory: int  # bytes; 0 where the system does not tell how much was in use at most


def cost(data: bytes) -> Cost:
    """What it takes to accept or refuse a file; any other exception than the refusal is raised."""
    held, started = _start(), time.process_time()
    with suppress(UploadError):
        clean(data, MOST_PIXELS)
    return Cost(time.process_time() - started, _bytes("VmHWM") - held)


def _start() -> int:
    """Forget the peak of memory so far; returns what is in use, in bytes."""
    with suppress(FileNotFoundError):
        REFERENCES.write_text("5")
    return _bytes("VmRSS")


def _bytes(name: str) -> int:
    lines = STATUS.read_text().splitlines() if STATUS.exists() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(name)), 0)
