"""A training run, from labeled faces on disk to a checkpoint with its figures."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml.data.celeba import DatasetError
from ml.files import why_not_writable
from ml.hardware.distributed import Group, job
from ml.hardware.interruption import Interruption
from ml.hardware.throughput import measured_peak, training_flops
from ml.networks.checkpoint import check_output
from ml.training.data import Sources, TrainingData
from ml.training.distillation import Teachers, Teaching, read_answers
from ml.training.dry_run import describe_run
from ml.training.learner import is_compiled
from ml.training.lineage import earlier_runs
from ml.training.rates import find_rate
from ml.training.results import Reporter, write_results
from ml.training.settings import Settings
from ml.training.snapshots import (
    SnapshotError,
    check_same_run,
    has_snapshot,
    keep_arguments,
    kept_arguments,
    load_snapshot,
    run_lock,
)
from ml.training.start import Start, blend, start_model
from ml.training.trackers import Tracker, check_tracker, tracker
from ml.training.trainer import SNAPSHOT_SECONDS, Trainer

JOB = "job"  # file with the name of the torchrun job that began the run


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run in one process of a group.

    Args:
        output: folder of the checkpoint.
        sources: where the faces come from.
        settings: the hyper-parameters.
        group: the processes that train together.
        cache: where decoded faces are kept.
        say: takes each line for the user; called in the main process only.
        resume: continue from the snapshot.
        arguments: what to keep for `resume`, as plain values: how to find the sources again.
        restart: delete the snapshot of an interrupted run.
        force: continue even if data or settings are not the snapshot's.
        dry_run: say what the run would take, and write nothing.
        find_rate: try learning rates, and write no checkpoint.
        snapshot_seconds: the time between two snapshots.
        tracker: one of `ml.training.trackers`, to be told of each epoch; "" for none.
        quiet: show no progress bars.
    """

    output: Path
    sources: Sources
    settings: Settings
    group: Group
    cache: Path
    say: Callable[[str], object]
    resume: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    restart: bool = False
    force: bool = False
    dry_run: bool = False
    find_rate: bool = False
    snapshot_seconds: float = SNAPSHOT_SECONDS
    tracker: str = ""
    quiet: bool = False

    @property
    def folder(self) -> Path:
        """Where the run keeps what it needs until it has ended."""
        return run_folder(self.output)

    @property
    def is_trial(self) -> bool:
        """Whether it leaves no checkpoint, and may go on beside a run with the same output."""
        return self.dry_run or self.find_rate

    def claimed(self) -> AbstractContextManager[None]:
        """Check that a checkpoint may be written, and keep other runs away meanwhile.

        Raises:
            CheckpointError: other things are in the folder of the checkpoint, or nothing can be
                written there.
            DatasetError: no faces can be kept in `cache`.
            SnapshotError: another run is writing there.
        """
        check_output(self.output)
        if reason := why_not_writable(self.cache):
            raise DatasetError(f"{self.cache}: {reason}; choose another --cache-dir")
        is_writing = self.group.is_main and not self.is_trial
        return run_lock(self.folder) if is_writing else nullcontext()

    def train(self, interruption: Interruption) -> None:
        """Train, and leave a checkpoint; after a signal, a snapshot.

        Raises:
            InterruptedError: a signal asked the run to stop.
            FloatingPointError: the loss is no longer finite.
            OSError: the disk is full, or cannot be written.
            ValueError: data, settings, initial weights or snapshot cannot be used.
        """
        check_tracker(self.tracker)
        data = self.sources.read()
        for line in data.lines():
            self._say(line)
        # Before faces are decoded, which can take minutes: refusals should come at once.
        start = start_model(self.settings, data.attributes)
        teaching = self._teaching(data)
        if self.dry_run:
            self._say(describe_run(start.model, self.settings, data, self.folder, self.group))
            return
        if self.find_rate:
            self._say(self._found_rate(start, data, teaching))
            return
        is_resumed = self._is_resumed()
        compiled = "compiled" if is_compiled(self.settings, self.group.device) else "not compiled"
        self._say(
            f"weights: {start.origin}; on {self.group.size} x {self.group.device}, {compiled}"
        )
        data = data.hashed(self.group, quiet=self._is_quiet())
        initial_weights = start.weights()  # training changes the model in place
        trainer = self._trainer(start, data, teaching, is_resumed)
        with self._tracker() as tell, interruption:
            reporter = Reporter(self.folder, tell)
            trained = trainer.run(interruption, reporter, quiet=self.quiet)
        if self.group.is_main:
            blend(trained, initial_weights, self.settings.start_share)
            facts: dict[str, Any] = {"initialised": start.origin, "data": data.facts()}
            if earlier := earlier_runs(self.settings):
                facts["earlier"] = earlier
            self._say(write_results(self.output, trained, trainer, facts))
            # Last: until the checkpoint is complete, --resume must find the snapshot.
            shutil.rmtree(self.folder)

    def _is_resumed(self) -> bool:
        """Whether the run continues from a snapshot.

        It does so without --resume if torchrun restarts it: a file names the job that began it.

        Raises:
            SnapshotError: there is an interrupted run, and no flag says what to do with it.
        """
        mark = self.folder / JOB
        is_own = self.group.shared(mark.is_file() and mark.read_text() == job())
        if self.resume or (is_own and has_snapshot(self.folder)):
            return True
        if has_snapshot(self.folder) and not self.restart:
            raise SnapshotError(
                f"{self.folder}: an interrupted run is here; continue it with --resume, "
                "or drop it with --restart"
            )
        return False

    def _load_snapshot(self, hashes: dict[str, str]) -> dict[str, Any]:
        """The last state of this very run. It is compared before faces are decoded.

        Raises:
            SnapshotError: there is none, or its settings, data or processes are others.
        """
        state = load_snapshot(self.folder)
        now = {"settings": self.settings.as_dict(), "data": hashes, "processes": self.group.size}
        check_same_run(state, now, force=self.force)
        return state

    def _keep(self, is_resumed: bool) -> None:
        """Empty the run's folder if it begins anew, and note what it was called with."""
        self.group.wait()  # until every process has looked: the next lines change what it looks at
        if not self.group.is_main or self.is_trial:
            return
        if not is_resumed:
            shutil.rmtree(self.folder, ignore_errors=True)
        if not is_resumed or kept_arguments(self.folder) != self.arguments:
            keep_arguments(self.folder, self.arguments)
        if here := job():
            (self.folder / JOB).write_text(here)

    def _teaching(self, data: TrainingData) -> Teaching:
        """What is learned from besides the labels, loaded before faces are decoded."""
        how = self.settings
        return Teaching(
            share=how.teacher_share,
            teachers=Teachers(how.teacher, how.channels, how.pixels, data.attributes)
            if how.teacher
            else None,
            answers=read_answers(Path(how.teacher_answers), data.train)
            if how.teacher_answers
            else None,
        )

    def _trainer(
        self, start: Start, data: TrainingData, teaching: Teaching, is_resumed: bool
    ) -> Trainer:
        """The trainer, where the run left off if it is resumed."""
        settings = self.settings
        # Settings name weights and teacher by path. These hashes have the same keys and override
        # the paths when a resumed run compares.
        hashes = {**data.fingerprints(), **start.sources(settings)}
        state = self._load_snapshot(hashes) if is_resumed else None
        train, valid = data.decode(
            settings.size, settings.channels, self.cache, self.group, quiet=self._is_quiet()
        )
        self._keep(is_resumed)
        flops_of_one_face = training_flops(start.model, settings.size, settings.channels)
        peak_flops = measured_peak(self.group.device) * self.group.size
        trainer = Trainer(
            start.model,
            settings,
            train,
            valid,
            group=self.group,
            folder=self.folder,
            data=hashes,
            teaching=teaching,
            peak_speed=peak_flops / flops_of_one_face,
            snapshot_seconds=self.snapshot_seconds,
        )
        if state:
            trainer.load_state(state)
            self._say(f"resumed at epoch {trainer.epoch}, step {trainer.step}")
        return trainer

    def _found_rate(self, start: Start, data: TrainingData, teaching: Teaching) -> str:
        data = data.hashed(self.group, quiet=self._is_quiet())
        folder = self.output.with_name(f"{self.output.name}.rates")
        return find_rate(self._trainer(start, data, teaching, is_resumed=False), folder)

    def _is_quiet(self) -> bool:
        return self.quiet or not self.group.is_main

    def _tracker(self) -> AbstractContextManager[Tracker]:
        """The tracker, in the process that writes."""
        name = self.tracker if self.group.is_main else ""
        return tracker(name, self.output, self.settings.as_dict())

    def _say(self, words: str) -> None:
        if self.group.is_main:
            self.say(words)


def run_folder(output: Path) -> Path:
    """Where the run that writes this checkpoint keeps what it needs until it has ended."""
    return output.with_name(f"{output.name}.run")
