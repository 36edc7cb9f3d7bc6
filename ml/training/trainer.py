"""Training: from faces to the averaged weights that do best on the valid partition."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ml.evaluation.history import Row, is_best, is_stalled
from ml.hardware.devices import prepare
from ml.hardware.distributed import Group
from ml.hardware.interruption import Interruption
from ml.training.averages import running_statistics
from ml.training.batches import Batches, Faces
from ml.training.distillation import Teaching
from ml.training.imbalance import class_weights
from ml.training.learner import Learner
from ml.training.losses import Loss, make_loss
from ml.training.optimizers import scheduled_rate
from ml.training.progress import EpochBar
from ml.training.settings import Settings
from ml.training.snapshots import SnapshotWriter
from ml.training.validation import Validation

# Steps with a loss or gradient that is not finite are skipped. A few happen in bf16; more mean that
# the run has diverged.
MOST_SKIPPED = 5
OWN = ("weight_decay", "factor")  # what a resumed run takes from its settings, not the snapshot
SNAPSHOT_SECONDS = 120.0
# The host waits for a GPU when it looks at its counters, so it looks only this often.
GPU_CHECK_STEPS = 20
NOTHING_ELSE = Teaching()


class Trainer:
    """One training run: where it is, and how it continues.

    Args:
        model: the network with its initial weights; its trunk is `features`.
        train_faces, valid_faces: (N, C, S, S) uint8 faces with their targets.
        group: the processes that train together; only the main one writes.
        folder: where snapshots go.
        data: hashes of the data, initial weights and teachers. They go into the snapshot, for a
            resumed run to compare.
        teaching: what it learns from besides the labels.
        peak_speed: faces a second if the group did nothing but multiply matrices.
        snapshot_seconds: the time between two snapshots, unless one takes longer to be saved.
    """

    def __init__(
        self,
        model: nn.Module,
        settings: Settings,
        train_faces: Faces,
        valid_faces: Faces,
        *,
        group: Group,
        folder: Path,
        data: dict[str, str],
        teaching: Teaching = NOTHING_ELSE,
        peak_speed: float = math.inf,
        snapshot_seconds: float = SNAPSHOT_SECONDS,
    ) -> None:
        prepare()
        self.settings, self.group, self.folder, self.data = settings, group, folder, data
        in_loss, in_order = class_weights(train_faces.targets, settings)
        self.learner = Learner(
            model,
            settings,
            group=group,
            loss=_loss(settings, in_loss, group.device),
            teaching=teaching,
        )
        self.batches = Batches(
            replace(train_faces, targets=teaching.before(train_faces.targets)),
            settings.batch_size,
            settings.seed,
            group,
            weights=in_order,
        )
        self.valid_faces, self._validation = valid_faces, Validation(valid_faces, group)
        self.peak_speed, self.snapshot_seconds = peak_speed, snapshot_seconds
        self.epoch, self.step = 1, 0  # of the next step
        self.sums = torch.zeros(3, dtype=torch.float64, device=group.device)
        self.skipped = torch.zeros((), dtype=torch.int64, device=group.device)
        self.history: list[Row] = []
        self.best = _weights(self.learner.average)
        self._snapshots, self._saved_at = SnapshotWriter(folder), time.monotonic()

    def run(
        self,
        interruption: Interruption,
        report: Callable[[list[Row]], None],
        *,
        quiet: bool = False,
    ) -> nn.Module:
        """Train to the end; return the averaged weights of the epoch that was best on valid.

        After each epoch `report` gets one row for each epoch so far: losses, metrics and speed.

        Raises:
            InterruptedError: a signal came; a snapshot is saved.
            FloatingPointError: too many losses were not finite; the last good snapshot stays.
            OSError: a snapshot cannot be written; the last good one stays.
        """
        how = self.settings
        with self._snapshots:
            while self.epoch <= how.epochs and not is_stalled(
                self.history, how.patience, how.best_by
            ):
                self._train_epoch(interruption, quiet)
                if self.group.is_main:
                    report(self.history)
                self._save_if_due()  # after the report: history.csv is never behind the snapshot
            self.save()
        self.learner.average.load_state_dict(self.best)  # the last epoch need not be the best
        return self.learner.average

    def save(self) -> None:
        """Begin to save a snapshot, in a thread; `run` does not end before it is whole."""
        self._saved_at = time.monotonic()
        if self.group.is_main:
            self._snapshots.begin(self.state())

    def _save_if_due(self) -> None:
        is_due = time.monotonic() - self._saved_at > self.snapshot_seconds
        if is_due and not self._snapshots.is_busy:
            self.save()

    def state(self) -> dict[str, Any]:
        """Everything the next step depends on. Its random numbers follow from its number."""
        return {
            "settings": self.settings.as_dict(),
            "data": self.data,
            "processes": self.group.size,
            "model": self.learner.model.state_dict(),
            "average": self.learner.average.state_dict(),
            "best": self.best,
            "optimizers": [optimizer.state_dict() for optimizer in self.learner.optimizers],
            "position": [self.epoch, self.step],
            "sums": self.sums,
            "skipped": self.skipped,
            "history": self.history,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Continue from what `state()` returned in another process."""
        self.learner.model.load_state_dict(state["model"])
        self.learner.average.load_state_dict(state["average"])
        self.best = {name: value.to(self.group.device) for name, value in state["best"].items()}
        for optimizer, saved in zip(self.learner.optimizers, state["optimizers"], strict=True):
            own = [{name: group[name] for name in OWN} for group in optimizer.param_groups]
            optimizer.load_state_dict(saved)
            for group, kept in zip(optimizer.param_groups, own, strict=True):
                group.update(kept)
        self.epoch, self.step = state["position"]
        if self.group.is_main:  # the sums are its own; the others begin at 0
            self.sums.copy_(state["sums"])
        self.skipped.copy_(state["skipped"])
        self.history = state["history"]

    def train_steps(self, many: int) -> None:
        """Make some steps of the current epoch and wait for the device: for measuring only."""
        self.learner.begin_epoch(self.epoch)
        for pixels, targets in islice(self.batches.epoch(self.epoch, self.step), many):
            self._step(pixels, targets, self._rate())
        float(self.sums.sum())

    def try_rates(self, rates: Iterable[float]) -> Iterator[float]:
        """Make a step at each learning rate, and yield the mean loss of its batch in the group."""
        self.learner.begin_epoch(self.epoch)
        batches = chain.from_iterable(map(self.batches.epoch, count(1)))
        for rate, (pixels, targets) in zip(rates, batches, strict=False):
            loss = self._step(pixels, targets, rate)
            yield float(self.group.total(loss)) / self.group.size

    # --- One epoch

    def _train_epoch(self, interruption: Interruption, quiet: bool) -> None:
        progress = EpochBar(
            self.batches,
            self.settings,
            self.group,
            epoch=self.epoch,
            step=self.step,
            peak_speed=self.peak_speed,
            quiet=quiet,
        )
        self.learner.begin_epoch(self.epoch)
        for pixels, targets in progress:
            self._step(pixels, targets, self._rate())
            if self.step % self._check_steps() == 0:
                self._check(interruption)
                progress.show(self.step)
        self._check(interruption)
        self._finish_epoch(progress)

    def _step(self, pixels: torch.Tensor, targets: torch.Tensor, rate: float) -> torch.Tensor:
        """Learn from a batch, and count; the mean loss."""
        losses, right, is_bad = self.learner.step(
            pixels,
            targets,
            size=self.settings.size_in(self.epoch),
            number=self._number(),
            rate=rate,
        )
        counted = torch.stack([losses.sum(), right, right.new_full((), len(pixels))])
        self.sums += torch.where(is_bad, 0.0, counted.double())
        self.skipped += is_bad
        self.step += 1
        return losses.mean()

    def _rate(self) -> float:
        """The learning rate of the next step."""
        number, steps = self._number(), self.settings.epochs * len(self.batches)
        # The middle of the step, so that neither the first nor the last has a rate of 0.
        return scheduled_rate(self.settings, (number + 0.5) / steps)

    def _number(self) -> int:
        """The number of the next step, counted from 0 over all epochs."""
        return (self.epoch - 1) * len(self.batches) + self.step

    def _check(self, interruption: Interruption) -> None:
        """Stop after too many bad steps or a signal; save a snapshot if it is time."""
        if int(self.skipped) > MOST_SKIPPED:
            raise FloatingPointError(
                f"the loss was not finite in {int(self.skipped)} steps; the last good snapshot is "
                f"from step {self.step} of epoch {self.epoch} or earlier"
            )
        signalled = torch.tensor(int(interruption.signal > 0), device=self.group.device)
        if self.group.total(signalled):
            self.save()
            self._snapshots.finish()
            raise InterruptedError(f"interrupted in epoch {self.epoch} after step {self.step}")
        self._snapshots.check()
        self._save_if_due()

    def _check_steps(self) -> int:
        return GPU_CHECK_STEPS if self.group.device.type == "cuda" else 1

    # --- After an epoch

    def _finish_epoch(self, progress: EpochBar) -> None:
        loss, right, count = self.group.total(self.sums).tolist()
        speed = progress.speed(self.step)  # before the validation, which is not training
        # Without shared statistics, each process has averaged those of its own faces.
        self.group.follow_main(running_statistics(self.learner.average))
        metrics = self._validation(
            self.learner.average,
            size=self.settings.size_in(self.epoch),
            soften=self.settings.augmentation.softens,
            scale=self.settings.pixels,
        )
        row = {
            "epoch": self.epoch,
            "loss": loss / max(1, count),
            "accuracy": right / max(1, count),
            **metrics,
            "learning_rate": self.learner.optimizers[0].param_groups[-1]["lr"],
            "faces_per_second": round(speed, 1),
            "seconds": round(progress.seconds, 1),
        }
        self.history.append(self.group.shared(row))
        if is_best(self.history, self.settings.best_by):
            self.best = _weights(self.learner.average)
        self.sums.zero_()
        self.epoch, self.step = self.epoch + 1, 0


def _weights(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def _loss(settings: Settings, weights: np.ndarray | None, device: torch.device) -> Loss:
    return make_loss(
        settings.loss,
        positive_weights=None if weights is None else torch.from_numpy(weights).float().to(device),
        label_smoothing=settings.label_smoothing,
    )
