"""python -m ml.batch, as a process of its own, with a Ray of its own."""

import csv
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import psutil
import pytest
from django.conf import settings
from django.core.management import call_command
from PIL import Image

from ml.networks.export import export_engine
from ml.tests.conftest import draw_face, make_checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.system]

WORKER = "ray::MapWorker"
SHARD = 6


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = make_checkpoint(tmp_path_factory.mktemp("batch") / "tiny")
    export_engine(folder)
    return folder


@pytest.fixture
def photos(tmp_path):
    """30 pictures in two folders, a picture without a face, and two files that are no pictures."""
    root = tmp_path / "photos"
    (root / "more").mkdir(parents=True)
    for number in range(30):
        picture = draw_face(bool(number & 1), bool(number & 2), (89, 109), number)
        picture.save(root / ("more" if number % 2 else "") / f"{number:02}.png")
    Image.new("RGB", (64, 64), "gray").save(root / "gray.png")
    (root / "letter.txt").write_text("no picture")
    (root / "cut.png").write_bytes((root / "00.png").read_bytes()[:900])
    return root


@pytest.fixture
def output(tmp_path):
    return tmp_path / "faces.parquet"


def command(photos, output, checkpoint) -> list[str]:
    options = f"--workers 2 --shard {SHARD}".split()
    return [str(photos), str(output), "--checkpoint", str(checkpoint), *options]


@contextmanager
def started(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ml.batch", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
        env={**os.environ, "SECRET_KEY": "", "DJANGO_SETTINGS_MODULE": "none"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def finish(*arguments: str) -> tuple[int, str]:
    with started(*arguments) as process:
        _, said = process.communicate(timeout=300)
    return process.returncode, said


def predicted(photos, checkpoint) -> pd.DataFrame:
    """What `manage.py predict` says of the same files, asked for one by one."""
    rows = []
    for file in sorted(str(path) for path in photos.rglob("*.png") if path.name != "cut.png"):
        said = io.StringIO()
        arguments = ("--format", "csv", "--checkpoint", str(checkpoint))
        call_command("predict", file, *arguments, stdout=said, stderr=io.StringIO())
        rows += csv.DictReader(said.getvalue().splitlines())
    return pd.DataFrame(rows).set_index("file").astype(float)


def assert_same(output, expected: pd.DataFrame) -> None:
    found = pd.read_parquet(output).set_index("file")
    pd.testing.assert_frame_equal(
        found[list(expected.columns)].astype(float).sort_index(),
        expected.sort_index(),
        check_exact=True,
    )


def until(what) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + 200
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_worker_costs_nothing_and_the_numbers_are_those_of_predict(
    photos, output, checkpoint
):
    with started(*command(photos, output, checkpoint)) as process:
        until(lambda: list(output.glob("part-*")))
        workers = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if child.name().startswith(WORKER)
        ]
        workers[0].kill()
        _, said = process.communicate(timeout=300)

    assert len(workers) == 2
    assert process.returncode == 1, said  # two files are unreadable
    assert_same(output, predicted(photos, checkpoint))
    assert f"{photos}/letter.txt: not a picture" in said
    assert f"{photos}/cut.png: " in said
    assert "33 files: 6 of 6 parts, 2 unreadable" in said
    unreadable = pd.read_parquet(output / "_unreadable")
    assert sorted(unreadable["file"]) == [f"{photos}/cut.png", f"{photos}/letter.txt"]


def test_an_interrupted_run_goes_on_where_it_was(photos, output, checkpoint):
    with started(*command(photos, output, checkpoint)) as process:
        until(lambda: list(output.glob("part-*")))
        process.terminate()
        _, said = process.communicate(timeout=300)
    assert process.returncode == 130, said
    assert "Run the same command again" in said
    before = {path: path.stat().st_mtime_ns for path in output.glob("part-*")}

    code, said = finish(*command(photos, output, checkpoint))

    assert 0 < len(before) <= 6
    assert code == 1, said
    assert before.items() <= {p: p.stat().st_mtime_ns for p in output.glob("part-*")}.items()
    assert_same(output, predicted(photos, checkpoint))
