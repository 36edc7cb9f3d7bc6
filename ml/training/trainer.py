"""Training: from faces to the averaged weights that do best on the valid partition."""

import copy
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
from torch.nn.utils import get_total_norm

from ml.evaluation.history import Row, is_best, is_stalled
from ml.hardware.devices import autocast, best_dtype, can_compile, on_device, prepare
from ml.hardware.distributed import Group
from ml.hardware.interruption import Interruption
from ml.training.augment import mix, to_augmented
from ml.training.averages import (
    flat_statistics,
    restore_statistics,
    running_statistics,
    update_average,
)
from ml.training.batches import Batches, Faces
from ml.training.distillation import Teaching
from ml.training.imbalance import class_weights
from ml.training.losses import Loss, binary_accuracy, make_loss
from ml.training.optimizers import make_optimizers, scheduled_rate, set_rates
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


Forward = Callable[[torch.Tensor], torch.Tensor]  # from normalized faces to logits


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
        if settings.sync_batch_norm:
            model = group.with_shared_statistics(model)
        self.model = on_device(model, group.device)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimizers = make_optimizers(self.model, settings)
        in_loss, in_order = class_weights(train_faces.targets, settings)
        self.loss = _loss(settings, in_loss, group.device)
        if teaching.teachers is not None:
            on_device(teaching.teachers, group.device)
        self.teaching = teaching
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
        self.best = _weights(self.average)
        self._snapshots, self._saved_at = SnapshotWriter(folder), time.monotonic()
        self._is_compiled = is_compiled(settings, group.device)
        self._to_augmented = self._compiled(to_augmented)
        self._forward: tuple[bool, Forward] | None = None  # for a frozen trunk or not

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
        self.average.load_state_dict(self.best)  # the last epoch need not be the best
        return self.average

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
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "position": [self.epoch, self.step],
            "sums": self.sums,
            "skipped": self.skipped,
            "history": self.history,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Continue from what `state()` returned in another process."""
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.best = {name: value.to(self.group.device) for name, value in state["best"].items()}
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
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
        forward = self._begin_epoch()
        for pixels, targets in islice(self.batches.epoch(self.epoch, self.step), many):
            self._step(forward, pixels, targets, self._rate())
            self.step += 1
        float(self.sums.sum())

    def try_rates(self, rates: Iterable[float]) -> Iterator[float]:
        """Make a step at each learning rate, and yield the mean loss of its batch in the group."""
        forward = self._begin_epoch()
        batches = chain.from_iterable(map(self.batches.epoch, count(1)))
        for rate, (pixels, targets) in zip(rates, batches, strict=False):
            loss = self._step(forward, pixels, targets, rate)
            self.step += 1
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
        forward = self._begin_epoch()
        for pixels, targets in progress:
            self._step(forward, pixels, targets, self._rate())
            self.step += 1
            if self.step % self._check_steps() == 0:
                self._check(interruption)
                progress.show(self.step)
        self._check(interruption)
        self._finish_epoch(progress)

    def _begin_epoch(self) -> Forward:
        """Freeze the trunk or not; the model as this epoch's steps call it."""
        frozen = self.epoch <= self.settings.freeze_epochs
        self.model.train()
        trunk = self.model.get_submodule("features")
        trunk.train(not frozen).requires_grad_(not frozen)
        for layer in first_layers(trunk, self.settings.frozen_layers):
            layer.eval().requires_grad_(False)
        # The group's wrapper must know which parameters have gradients. It is made anew only for
        # that: every new one is compiled again.
        if self._forward is None or self._forward[0] != frozen:
            self._forward = None  # first, since two wrappers would both average gradients
            self._forward = frozen, self._compiled(self.group.wrapped(self.model))
        return self._forward[1]

    def _compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function or network, compiled where this run compiles."""
        # All batches have one shape; dynamic ones would make every step slower.
        return torch.compile(function, dynamic=False) if self._is_compiled else function

    def _step(
        self,
        forward: Forward,
        pixels: torch.Tensor,
        targets: torch.Tensor,
        rate: float,
    ) -> torch.Tensor:
        """One optimizer step, skipped if the loss or the gradient is not finite; the mean loss."""
        number = self._number()
        # From the number of the step, so that a resumed run draws the same numbers.
        torch.manual_seed(hash((self.settings.seed, number, self.group.rank)) % 2**63)
        size = self.settings.size_in(self.epoch)
        dtype = best_dtype(pixels.device)  # what autocast would make of them
        scale = self.settings.pixels
        faces = self._to_augmented(pixels, self.settings.augmentation, size, dtype, scale)
        if self.settings.mixup:
            faces, targets = mix(faces, targets, self.settings.mixup)
        with autocast(pixels.device):
            targets = self.teaching.during(faces, targets)
        before = flat_statistics(self.model)
        # The loss is computed outside, in float32.
        with autocast(pixels.device):
            logits = forward(faces).float()
        losses = self.loss(logits, targets)
        self.model.zero_grad(set_to_none=True)
        torch.autograd.backward(losses.mean())
        is_bad = self._is_bad(losses)
        self._update(rate, is_bad)
        # After a bad batch, batch norm's running statistics are not finite either.
        restore_statistics(self.model, before, is_bad)
        update_average(
            self.average,
            self.model,
            step=number,
            decay=self.settings.ema_decay,
        )
        right = binary_accuracy(logits.detach(), targets).sum()
        counted = torch.stack([losses.detach().sum(), right, right.new_full((), len(pixels))])
        self.sums += torch.where(is_bad, 0.0, counted.double())
        self.skipped += is_bad
        return losses.detach().mean()

    def _rate(self) -> float:
        """The learning rate of the next step."""
        number, steps = self._number(), self.settings.epochs * len(self.batches)
        # The middle of the step, so that neither the first nor the last has a rate of 0.
        return scheduled_rate(self.settings, (number + 0.5) / steps)

    def _number(self) -> int:
        """The number of the next step, counted from 0 over all epochs."""
        return (self.epoch - 1) * len(self.batches) + self.step

    def _is_bad(self, losses: torch.Tensor) -> torch.Tensor:
        """() bool: whether any process has a loss or gradient that is not finite.

        It stays on the device, so that the host need not wait.
        """
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        is_bad = ~(get_total_norm(gradients) + losses.detach().sum()).isfinite()
        return self.group.total(is_bad.int()) > 0

    def _update(self, rate: float, is_bad: torch.Tensor) -> None:
        set_rates(self.optimizers, rate)
        for optimizer in self.optimizers:
            # Optimizers read it, but torch does not declare it.
            optimizer.found_inf = is_bad.float()  # type: ignore[attr-defined]
            optimizer.step()

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
        self.group.follow_main(running_statistics(self.average))
        metrics = self._validation(
            self.average,
            size=self.settings.size_in(self.epoch),
            soften=self.settings.augmentation.softens,
            scale=self.settings.pixels,
        )
        row = {
            "epoch": self.epoch,
            "loss": loss / max(1, count),
            "accuracy": right / max(1, count),
            **metrics,
            "learning_rate": self.optimizers[0].param_groups[-1]["lr"],
            "faces_per_second": round(speed, 1),
            "seconds": round(progress.seconds, 1),
        }
        self.history.append(self.group.shared(row))
        if is_best(self.history, self.settings.best_by):
            self.best = _weights(self.average)
        self.sums.zero_()
        self.epoch, self.step = self.epoch + 1, 0


def is_compiled(settings: Settings, device: torch.device) -> bool:
    """Whether a run with these settings compiles on that device."""
    return settings.compile == "true" or (settings.compile == "auto" and can_compile(device))


def first_layers(trunk: nn.Module, convolutions: int) -> list[nn.Module]:
    """The layers of a trunk up to that many convolutions, with what follows the last of them."""
    layers = list(trunk.children())
    places = [place for place, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)]
    return layers[: [0, *places[1:], len(layers)][min(convolutions, len(places))]]


def _weights(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def _loss(settings: Settings, weights: np.ndarray | None, device: torch.device) -> Loss:
    return make_loss(
        settings.loss,
        positive_weights=None if weights is None else torch.from_numpy(weights).float().to(device),
        label_smoothing=settings.label_smoothing,
    )
