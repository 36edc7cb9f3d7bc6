"""All benchmarks, one table. `make bench` runs

    python -m benchmarks [--celeba DIR] [--portraits DIR] [--only NAME ...] [--markdown FILE]

DIR is a folder in CelebA's layout, or one with `images/` of one face each and their labels. Scripts
that need one that is not given are left out. If a script fails, the table says why, the others go
on, and the exit code is 1. FILE gets the table as a page.

To add a script, add its line to SCRIPTS. It has to take `--json FILE`, and to hand its figures to
`benchmarks.figures.report`.
"""

import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from django.db import connection

from benchmarks.figures import HEADER, Figure, as_text, read
from benchmarks.store import version as store_version

# One a line, small enough for two cores. What is in brackets is left out with the folder it names.
SCRIPTS = (
    "read_labels --rounds 2",
    "filter --faces 20000 --repeats 10",
    "scale --photos 1000 10000 --repeats 10",
    "rival --photos 32 --rounds 3 --faces 20000 [--portraits PORTRAITS]",
    "stages [--portraits PORTRAITS]",
    "site --count 60 [--portraits PORTRAITS]",
    "ways_in --files 300 [--faces CELEBA/img_align_celeba]",
    "serving --count 40 --threads 0 2 [--photos PORTRAITS/images]",
    "engines --faces 16 --rounds 3 --quick",
    "gpu --batch-sizes 8 --timed 24 --faces 0",
    "training --data-dir CELEBA --rows 800 --epochs 3",
    "faces --portraits PORTRAITS --rows 9 --kinds upright turned 'montage of 4' other",
)
ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("Django", "numpy", "onnxruntime", "torch", "Pillow", "psycopg")
PATIENCE = 300  # seconds for one script
INTRODUCTION = """\
# Benchmarks

`make bench` measures this on your machine, and writes this page. `DATA=CELEBA` and `PORTRAITS=DIR`
add what needs a data set. Each script also runs by itself: `python -m benchmarks.NAME --help` tells
how, and at which sizes by default.

Each figure stands beside a rival or a limit that was measured in the same run. The ratio says how
many times as good ours is: above 1 it is faster, smaller or more often right. A limit is what ours
can approach at best, such as all cores at work, or what it has to be compared with, such as a bare
count of the same rows. Compare the ratios of two runs rather than their figures, which depend on
the machine and on what else it does.
"""


@dataclass
class Run:
    """What became of a script."""

    name: str
    seconds: float = 0.0
    figures: list[Figure] = field(default_factory=list)
    problem: str = ""

    def rows(self) -> list[tuple[str, ...]]:
        """Its lines of the table, under HEADER."""
        if self.problem:
            return [(f"{self.name}: FAILED, {self.problem}", "", "", "", "")]
        return [(f"{self.name}: {what}", *rest) for what, *rest in map(Figure.cells, self.figures)]


def command(line: str, folders: Mapping[str, Path | None]) -> list[str] | None:
    """The words of a script's line with the folders filled in; None if it needs one that lacks."""
    for name, folder in folders.items():
        if folder is None:
            line = re.sub(rf" \[[^]]*{name}[^]]*\]", "", line)
    words = shlex.split(re.sub(r"[][]", "", line))
    for name, folder in folders.items():
        if folder is None and any(name in word for word in words):
            return None
        words = [word.replace(name, str(folder)) for word in words]
    return words


def run(words: list[str]) -> Run:
    """Run a script in a process of its own."""
    name, started = words[0], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "figures.json")
        typed = [sys.executable, "-m", f"benchmarks.{name}", *words[1:], "--json", str(file)]
        try:
            done = subprocess.run(
                typed,
                cwd=ROOT,
                timeout=PATIENCE,
                stdout=sys.stderr,
                stderr=subprocess.PIPE,
                text=True,
            )
            problem = reason(done) if done.returncode or not file.exists() else ""
        except subprocess.TimeoutExpired:
            problem = f"it took more than {PATIENCE} seconds"
        found = Run(name, time.monotonic() - started, problem=problem)
        found.figures = [] if problem else read(file)
    return found


def reason(done: "subprocess.CompletedProcess[str]") -> str:
    """What a failed script said last."""
    said = done.stderr.strip().splitlines()
    return said[-1] if said else f"it wrote no figures and ended with {done.returncode}"


def machine() -> Iterator[str]:
    """Where and with what the figures were measured."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)$", info.read_text(), re.M) if info.exists() else []
    yield f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"
    yield f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    yield ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield f"{store_version()}; commit {commit()}"
    connection.close()  # it would only wait for the scripts
    yield f"load {os.getloadavg()[0]:.1f} before the run"


def commit() -> str:
    """The short hash of what was checked out, and whether that was changed."""
    described = ["git", "describe", "--always", "--dirty=, with changes", "--exclude=*"]
    done = subprocess.run(described, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def page(facts: list[str], rows: list[tuple[str, ...]], notes: list[str]) -> str:
    """The table as Markdown."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    lines.insert(1, "|---|--:|--:|---|--:|")
    listed = "\n".join(f"- {fact}" for fact in facts)
    table = "\n".join(lines)
    return f"{INTRODUCTION}\n{listed}\n\n{table}\n\n" + "\n".join(notes) + "\n"


def arguments() -> ArgumentParser:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--celeba", type=Path)
    parser.add_argument("--portraits", type=Path)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--markdown", type=Path, help="a file for the table")
    return parser


def main() -> int:
    options = arguments().parse_args()
    facts = [f"{datetime.now(UTC):%Y-%m-%d}", *machine()]
    folders = {"CELEBA": options.celeba, "PORTRAITS": options.portraits}
    runs, left_out = [], []
    for line in SCRIPTS:
        name, words = line.split()[0], command(line, folders)
        if options.only and name not in options.only:
            continue
        if words is None:
            left_out.append(name)
            continue
        print(f"\n# {' '.join(words)}", file=sys.stderr, flush=True)
        runs.append(run(words))
    rows = [HEADER, *(row for found in runs for row in found.rows())]
    notes = [f"It took {sum(found.seconds for found in runs):.0f} seconds."]
    notes += [f"Left out, for want of a data set: {', '.join(left_out)}."] if left_out else []
    print("\n".join([*facts, "", as_text(rows), "", *notes]))
    if options.markdown:
        options.markdown.write_text(page(facts, rows, notes))
    return int(any(found.problem for found in runs))


if __name__ == "__main__":
    sys.exit(main())
