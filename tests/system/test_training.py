"""Training that is killed, interrupted, starved or fed nonsense: no step is lost or made twice."""

import csv
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from ml.networks.checkpoint import read_config
from ml.tests.conftest import make_celeba, make_checkpoint
from ml.training.snapshots import SNAPSHOT, load_snapshot
from tests.sizes import sized
from tests.system import training
from tests.system.processes import ROOT
from tests.system.site import wait_for
from tests.system.training import AFTER_EVERY_STEP, TINY_RUN, start

pytestmark = [pytest.mark.system, pytest.mark.slow]


class Run:
    """A tiny training run in a folder of its own."""

    def __init__(self, folder: Path, data: Path, cache: Path) -> None:
        self.output, self.log, self.data = folder / "out", folder / "log", data
        self.arguments = ("train_model", "--output", self.output, "--cache-dir", cache, *TINY_RUN)

    @property
    def snapshots(self) -> Path:
        return self.output.with_name("out.run")

    def start(self, *more, **fault):
        return start(self.log, *self.arguments, "--data-dir", self.data, *more, **fault)

    def resume(self, *more, **fault):
        return self.start(*(("--resume",) if self.has_snapshot() else ()), *more, **fault)

    def has_snapshot(self) -> bool:
        return (self.snapshots / SNAPSHOT).exists()

    def said(self) -> str:
        return self.log.read_text()

    def weights(self) -> str:
        return read_config(self.output)["sha256"]

    def course(self) -> list[list[str]]:
        """Every epoch's number and figures, without its times."""
        with (self.output / "history.csv").open() as file:
            return [row[:-2] for row in csv.reader(file)]

    def interrupt_after_a_snapshot(self, *more, number: int = signal.SIGTERM) -> int | None:
        process = self.start(*more)
        wait_for(self.has_snapshot)
        os.kill(process.pid, number)
        return process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Path:
    """A drawn data set, and the run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("training")
    make_celeba(folder / "celeba", 96)
    whole = Run(folder, folder / "celeba", folder / "cache")
    assert whole.start().wait() == 0, whole.said()
    return folder


@pytest.fixture
def undisturbed(shared) -> Run:
    return Run(shared, shared / "celeba", shared / "cache")


@pytest.fixture
def run(shared, tmp_path) -> Run:
    return Run(tmp_path, shared / "celeba", shared / "cache")


def test_killed_again_and_again_a_run_ends_with_the_same_weights(run, undisturbed):
    moments, kills, most = random.Random(0), 0, sized(20, least=4)
    while kills < most and not run.output.exists():
        # On a slow disk a run lasts a while on every machine, and is often killed while it writes.
        process = run.resume(*AFTER_EVERY_STEP, fault=training.slow_disk, of=(0.05,))
        process.join(moments.uniform(0.2, 1.2))
        kills += process.is_alive()
        process.kill()
        process.join()
    if not run.output.exists():
        assert run.resume().wait() == 0, run.said()

    assert kills >= 3
    assert run.weights() == undisturbed.weights()
    assert run.course() == undisturbed.course()


def test_killed_while_a_snapshot_is_written_a_run_goes_on_from_the_one_before(
    run, undisturbed, tmp_path
):
    mark = tmp_path / "mark"
    process = run.start(*AFTER_EVERY_STEP, fault=training.linger_in_writing, of=(mark,))
    wait_for(mark.exists)
    process.kill()
    process.join()

    assert load_snapshot(run.snapshots)["position"][0] >= 1
    assert run.resume().wait() == 0
    assert run.weights() == undisturbed.weights()


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_saves_and_leaves_and_the_run_goes_on_to_the_same_numbers(
    run, undisturbed, number, expected
):
    assert run.interrupt_after_a_snapshot(number=number) == expected
    assert "add --resume to continue" in run.said()

    assert run.resume().wait() == 0
    assert run.weights() == undisturbed.weights()
    assert not run.snapshots.exists()


def test_under_nohup_a_run_goes_on_without_its_terminal(run, undisturbed):
    ignored = (signal.SIGHUP, signal.SIG_IGN)
    process = run.start(*AFTER_EVERY_STEP, fault=signal.signal, of=ignored)
    wait_for(run.has_snapshot)

    os.kill(process.pid, signal.SIGHUP)

    assert process.wait() == 0, run.said()
    assert run.weights() == undisturbed.weights()


def test_the_backend_of_a_notebook_does_not_matter(run):
    backend = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    command = [sys.executable, "manage.py", *map(str, run.arguments), "--data-dir", str(run.data)]

    outcome = subprocess.run(command, cwd=ROOT, env=backend, capture_output=True, text=True)

    assert outcome.returncode == 0, outcome.stderr
    assert (run.output / "accuracy.png").exists()


def test_a_second_signal_ends_a_run_at_once(run, tmp_path):
    mark = tmp_path / "mark"
    process = run.start(*AFTER_EVERY_STEP, fault=training.linger_in_writing, of=(mark,))
    wait_for(mark.exists)  # it now hangs in writing a snapshot

    for _ in range(2):
        os.kill(process.pid, signal.SIGTERM)
        time.sleep(0.2)

    assert process.wait() == 143


def test_an_interrupted_run_is_not_overwritten_by_mistake(run):
    run.interrupt_after_a_snapshot()

    assert run.start().wait() == 2
    assert "continue it with --resume, or drop it with --restart" in run.said()
    assert run.start("--restart").wait() == 0


def test_a_full_disk_ends_a_run_loudly_and_spares_the_snapshot(run, undisturbed):
    run.interrupt_after_a_snapshot()
    before = load_snapshot(run.snapshots)["position"]
    size = (run.snapshots / SNAPSHOT).stat().st_size

    ended = run.resume(fault=training.run_out_of_disk, of=(size // 2,)).wait()

    assert ended == 1
    assert f"{SNAPSHOT} could not be written" in run.said()
    assert load_snapshot(run.snapshots)["position"] == before
    assert run.resume().wait() == 0
    assert run.weights() == undisturbed.weights()


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("snapshots", 1, "could not be written"),  # history.csv, or the snapshot
        ("checkpoints", 2, "out: this user may not write here"),  # before the first step
    ],
)
def test_a_folder_that_cannot_be_written_ends_a_run_loudly(run, undisturbed, place, code, words):
    run.interrupt_after_a_snapshot()
    folder = {"snapshots": run.snapshots, "checkpoints": run.output.parent}[place]
    folder.chmod(0o555)

    ended = run.resume(fault=training.obey_permissions).wait()
    folder.chmod(0o755)

    said = run.said()
    assert (ended, words in said) == (code, True), said
    assert not run.output.exists()
    assert run.resume().wait() == 0
    assert run.weights() == undisturbed.weights()


def test_resuming_with_other_labels_is_refused_and_can_be_forced(run, tmp_path):
    run.data = shutil.copytree(run.data, tmp_path / "celeba")
    run.interrupt_after_a_snapshot()
    labels = run.data / "list_attr_celeba.csv"
    labels.write_text(labels.read_text().replace(",1", ",-1", 1))

    assert run.resume().wait() == 2
    assert "the interrupted run had train" in run.said()
    assert run.resume("--force").wait() == 0


@pytest.mark.parametrize(
    ("flags", "words"),
    [(("--seed", "1"), "had seed 0, this one has 1"), (("--width", "0.125"), "had width 0.0625")],
)
def test_resuming_another_run_is_refused(run, flags, words):
    run.interrupt_after_a_snapshot()

    assert run.resume(*flags).wait() == 2
    assert words in run.said()


def test_first_weights_and_teacher_are_known_by_content_wherever_they_lie(
    run, undisturbed, tmp_path
):
    first = shutil.copytree(undisturbed.output, tmp_path / "first")
    run.interrupt_after_a_snapshot("--weights", first, "--teacher", first)

    other = make_checkpoint(tmp_path / "other")
    assert run.resume("--weights", first, "--teacher", other).wait() == 2
    assert "the interrupted run had teacher" in run.said()
    moved = first.rename(tmp_path / "moved")
    assert run.resume("--weights", moved, "--teacher", moved).wait() == 0


def test_a_few_batches_that_are_not_finite_are_skipped(run):
    assert run.start(fault=training.spoil_batches, of=(3,)).wait() == 0

    assert all(tensor.isfinite().all() for tensor in weights_of(run))


def test_many_batches_that_are_not_finite_end_the_run_with_a_good_snapshot(run):
    assert run.start(*AFTER_EVERY_STEP, fault=training.spoil_batches, of=(1000,)).wait() == 1

    assert "the loss was not finite in 6 steps" in run.said()
    assert not run.output.exists()
    assert load_snapshot(run.snapshots)["model"]


def test_an_absurd_learning_rate_ends_the_run_and_writes_no_checkpoint(run):
    assert run.start("--learning-rate", "1e6", "--epochs", "20").wait() == 1

    assert "try a smaller --learning-rate" in run.said()
    assert not run.output.exists()


def weights_of(run: Run) -> list[torch.Tensor]:
    return list(load_file(run.output / "model.safetensors").values())


def start_two(run: Run, *more) -> subprocess.Popen:
    """Start a run in two processes, which start again up to twice."""
    command = [
        sys.executable,
        *shlex.split("-m torch.distributed.run --standalone --nproc-per-node 2 --max-restarts 2"),
        *("-m", "tests.system.training"),
        *map(str, (*run.arguments, "--data-dir", run.data, *more)),
    ]
    # Python's stacks, if a process aborts.
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
    with run.log.open("w") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)


def test_two_processes_go_on_together_after_one_was_killed(run):
    leader = start_two(run, "--epochs", "12")
    wait_for(run.has_snapshot)

    rank_one(leader.pid).kill()

    assert leader.wait(300) == 0, run.said()
    with (run.output / "history.csv").open() as file:
        assert [int(row["epoch"]) for row in csv.DictReader(file)] == list(range(1, 13))
    assert run.said().count("resumed at epoch") == 1
    assert run.said().count(": accuracy ") == 1
    assert json.loads((run.output / "config.json").read_text())["metrics"]["images"] == 16


def test_two_processes_wait_for_the_weights_of_the_run_before(run, tmp_path):
    first = {"architecture": "PlainCNN", "size": 32, "width": 1 / 16, "head": [16], "epochs": 2}
    recipe = tmp_path / "recipe.json"
    later = first | {"weights": str(tmp_path / "first")}
    recipe.write_text(json.dumps({"earlier": [first], "training": later}))

    leader = start_two(run, "--config", recipe)

    assert leader.wait(300) == 0, run.said()
    assert "first the run that makes first" in run.said()
    assert "CommandError" not in run.said()
    assert read_config(run.output)["initialised"].startswith("all of the checkpoint first")


def rank_one(leader: int) -> psutil.Process:
    workers = psutil.Process(leader).children()
    return next(worker for worker in workers if worker.environ().get("RANK") == "1")
