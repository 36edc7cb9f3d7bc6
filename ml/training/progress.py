"""The progress bar: faces per second, share of the hardware's peak, time left."""

import math
import time
from collections.abc import Iterator

import torch
from tqdm import tqdm

from ml.hardware.distributed import Group
from ml.training.batches import Batches
from ml.training.settings import Settings


class EpochBar:
    """The bar of one epoch, shown by the main process.

    Args:
        batches: those of the main process.
        epoch: the one that is trained.
        step: its next step; later than 0 where a run continues.
        peak_speed: faces of the full size a second if the group did nothing but multiply matrices.
    """

    def __init__(
        self,
        batches: Batches,
        settings: Settings,
        group: Group,
        *,
        epoch: int,
        step: int,
        peak_speed: float = math.inf,
        quiet: bool = False,
    ) -> None:
        self.batches, self.settings, self.peak_speed = batches, settings, peak_speed
        self.epoch, self.first = epoch, step
        self._faces_a_step = settings.batch_size * group.size
        self._started = time.monotonic()
        self._bar = tqdm(
            batches.epoch(epoch, step),
            f"epoch {epoch}/{settings.epochs}",
            total=len(batches),
            leave=group.is_main,
            initial=step,
            disable=quiet or not group.is_main,
            unit="step",
        )

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return iter(self._bar)

    @property
    def seconds(self) -> float:
        """Seconds since this process began the epoch."""
        return time.monotonic() - self._started

    def speed(self, step: int) -> float:
        """Faces per second of the whole group, up to that step."""
        return (step - self.first) * self._faces_a_step / max(1e-9, self.seconds)

    def show(self, step: int) -> None:
        """Show in the bar the speed, and how long the remaining epochs will take."""
        speed = self.speed(step)
        mfu = speed * self.settings.work_in(self.epoch) / self.peak_speed  # 0 for an unknown peak
        share = f", {mfu:.0%} of peak" if mfu else ""
        left = tqdm.format_interval(self._faces_left(step) / max(1e-9, speed))
        # Without a refresh of its own: tqdm redraws often enough, and a terminal is slow.
        self._bar.set_postfix_str(f"{speed:.0f} faces/s{share}, {left} left", refresh=False)

    def _faces_left(self, step: int) -> float:
        """In all epochs, in units of a face of this epoch's size."""
        work, epochs = self.settings.work_in, range(self.epoch + 1, self.settings.epochs + 1)
        steps = len(self.batches) * (1 + sum(map(work, epochs)) / work(self.epoch)) - step
        return steps * self._faces_a_step
