"""`ml.batch` beside a plain loop over the same files: the same numbers, how fast, in what memory.

    python -m benchmarks.batch FOLDER [--workers 2] [--shard 250] [--checkpoint DIR] [--no-kill]

The plain loop is `manage.py predict`: one process, one file after the other, with all cores. Then
`ml.batch` runs with so many workers of one core each. When it has written two parts, one of its
workers is killed, unless `--no-kill` is given. Every number of every face is compared. Memory is
the peak of all processes together, pages that they share counted once. On a machine that is busy
otherwise, compare the processor time.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from benchmarks.figures import compared, parser, report

EVERY = 0.5  # seconds between two looks at the memory
PARTS = 2  # after which a worker is killed
WORKER = "ray::MapWorker"


@dataclass
class Watched:
    """A process, how long it takes, and what it and its children hold at most and use."""

    process: "subprocess.Popen[bytes]"
    started: float = field(default_factory=time.perf_counter)
    seconds: float = 0.0
    peak: int = 0
    used: dict[int, float] = field(default_factory=dict)

    @property
    def family(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def is_running(self) -> bool:
        """Look at the processes, and wait a little."""
        found = [look for look in map(_look, self.family) if look]
        self.peak = max(self.peak, sum(memory for _, memory, _ in found))
        self.used |= {pid: seconds for pid, _, seconds in found}
        time.sleep(EVERY)
        self.seconds = time.perf_counter() - self.started
        return self.process.poll() is None


def predict(files: list[Path], checkpoint: Path, table: Path) -> Watched:
    """Let `manage.py predict` write its CSV of all the files."""
    command = [sys.executable, "manage.py", "predict", "--format", "csv"]
    with table.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--checkpoint", str(checkpoint), *map(str, files)], stdout=output
        )
    watched = Watched(process)
    while watched.is_running():
        pass
    return watched


def batch(folder: Path, output: Path, options: argparse.Namespace) -> Watched:
    """Let `ml.batch` write its tables, and kill one of its workers on the way."""
    command = [sys.executable, "-m", "ml.batch", str(folder), str(output)]
    command += ["--workers", str(options.workers), "--shard", str(options.shard)]
    watched = Watched(subprocess.Popen([*command, "--checkpoint", str(options.checkpoint)]))
    is_to_kill = options.kill
    while watched.is_running():
        if is_to_kill and len(list(output.glob("part-*"))) >= PARTS:
            victim = next(p for p in watched.family if p.name().startswith(WORKER))
            print(f"killing {victim.name()}, process {victim.pid}", flush=True)
            victim.kill()
            is_to_kill = False
    return watched


def differences(csv: Path, parquet: Path) -> tuple[int, float]:
    """How many faces there are, and the largest difference of a number of theirs.

    Raises:
        AssertionError: the faces are not the same ones.
    """
    key = ["file", "face"]
    expected = pd.read_csv(csv).set_index(key).sort_index()
    found = pd.read_parquet(parquet).set_index(key).sort_index()
    assert found.index.is_unique and found.index.equals(expected.index)
    largest = np.abs(found[expected.columns].to_numpy() - expected.to_numpy()).max()
    return len(found), float(largest)


def _look(process: psutil.Process) -> tuple[int, int, float] | None:
    """The id, bytes and seconds of processor time of a process; None if it has ended."""
    try:
        times = process.cpu_times()
        return process.pid, process.memory_full_info().pss, times.user + times.system
    except psutil.Error:
        return None


def print_line(name: str, watched: Watched, count: int) -> None:
    speed, used = count / watched.seconds, 1000 * sum(watched.used.values()) / count
    line = f"{name:<10}{watched.seconds:>8.1f} s{speed:>8.1f} files/s{used:>8.1f} ms of CPU a file"
    print(f"{line}{watched.peak / 1e6:>8.0f} MB, exit {watched.process.returncode}", flush=True)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--shard", type=int, default=250)
    arguments.add_argument("--checkpoint", type=Path, default=Path("ml/checkpoints/default"))
    arguments.add_argument("--kill", action=argparse.BooleanOptionalAction, default=True)
    options = arguments.parse_args()
    files = sorted(path for path in options.folder.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as room:
        csv, parquet = Path(room, "faces.csv"), Path(room, "faces.parquet")
        plain = predict(files, options.checkpoint, csv)
        print_line("predict", plain, len(files))
        own = batch(options.folder, parquet, options)
        print_line("ml.batch", own, len(files))
        faces, largest = differences(csv, parquet)
    print(f"{faces} faces, one row each; their numbers differ by at most {largest}")
    speeds = ([len(files) / watched.seconds] for watched in (own, plain))
    memory = ([watched.peak / 1e6] for watched in (own, plain))
    figures = [
        compared(f"{what}, {len(files)} files", unit, ours, "predict", theirs)
        for what, unit, (ours, theirs) in (("speed", "files/s", speeds), ("memory", "MB", memory))
    ]
    report(figures, options.json)


if __name__ == "__main__":
    main()
