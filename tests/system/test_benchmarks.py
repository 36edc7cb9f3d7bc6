"""Every benchmark runs, at its smallest size, and writes figures."""

import importlib
import math
import os
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import SCRIPTS
from benchmarks.figures import read
from ml.data.synthetic import draw_celeba
from tests.system.processes import ROOT, Forked

pytestmark = [pytest.mark.system, pytest.mark.slow]

SMALLEST = [
    "read_labels --rows 100 --rounds 1",
    "filter --faces 300 --repeats 1",
    "scale --photos 20 40 --repeats 1",
    "rival --photos 2 --rounds 1 --faces 300 --repeats 1",
    "stages --count 1",
    "site --count 2",
    "ways_in --small",
    "serving --count 2 --threads 0",
    "batch DRAWN/img_align_celeba --workers 1 --shard 20 --no-kill",
    "engines --faces 2 --rounds 1 --quick",
    "gpu --quick --batch-sizes 8 4 --timed 24 --faces 16",
    "training --data-dir DRAWN --rows 16 --epochs 1",
    "faces --portraits DRAWN --rows 1 --kinds upright",
    "partitions --faces 300 --galleries 2 --partitions 2 --rounds 1",
]


def of(line: str) -> str:
    return line.split()[0]


@pytest.mark.parametrize("line", SMALLEST, ids=of)
def test_a_benchmark_writes_figures(line, tmp_path):
    if of(line) == "partitions" and "postgres" not in os.environ.get("DATABASE_URL", ""):
        pytest.skip("only PostgreSQL has partitions")
    drawn, figures, log = (tmp_path / name for name in ("drawn", "figures.json", "log"))
    if "DRAWN" in line:
        draw_celeba(drawn, 20, quiet=True)

    process = Forked(target=_run, args=(line.replace("DRAWN", str(drawn)), figures, log))
    process.start()
    code = process.wait()

    assert code == 0, log.read_text()
    found = read(figures)
    assert found and all(math.isfinite(figure.ratio) and figure.ratio > 0 for figure in found)


def test_every_script_of_the_table_is_tested():
    assert {of(line) for line in SCRIPTS} <= {of(line) for line in SMALLEST}


def _run(line: str, figures: Path, log: Path) -> None:
    """Run a benchmark in this process, which has imported what takes long."""
    os.setsid()
    os.chdir(ROOT)
    os.environ.setdefault("SECRET_KEY", "for-tests-only")
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    name, *words = line.split()
    sys.argv = [name, *words, "--json", str(figures)]
    importlib.import_module(f"benchmarks.{name}").main()
