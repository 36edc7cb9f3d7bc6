"""How fast a run goes: faces a second, share of the hardware's peak, time left."""

import time
from collections.abc import Iterator

import torch
from tqdm import tqdm

from ml.hardware.distributed import Group
from ml.training.batches import Batches
from ml.training.settings import Settings


class Progress:
    """The bar of one epoch, shown by the leading process.

    Args:
        position: the epoch, and its step that comes next.
        share_of_peak: of the hardware's, that one face of the full size a second takes; 0 where it
            is not known.
    """

    def __init__(
        self,
        batches: Batches,
        position: tuple[int, int],
        settings: Settings,
        group: Group,
        *,
        share_of_peak: float = 0.0,
        quiet: bool = False,
    ) -> None:
        self.batches, self.settings, self.share_of_peak = batches, settings, share_of_peak
        self.epoch, self.first = position
        self._faces_a_step = settings.batch_size * group.size
        self._started = time.monotonic()
        self._bar = tqdm(
            batches.epoch(*position),
            f"epoch {self.epoch}/{settings.epochs}",
            *(len(batches), group.leads),
            initial=self.first,
            disable=quiet or not group.leads,
            unit="step",
        )

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return iter(self._bar)

    @property
    def seconds(self) -> float:
        """Since the epoch began here."""
        return time.monotonic() - self._started

    def speed(self, step: int) -> float:
        """Faces a second of the whole group, up to that step."""
        return (step - self.first) * self._faces_a_step / max(1e-9, self.seconds)

    def show(self, step: int) -> None:
        """Say in the bar how fast it goes, and how long all epochs will still take."""
        speed = self.speed(step)
        peak = speed * self.share_of_peak * self.settings.work_in(self.epoch)
        share = f", {peak:.0%} of peak" if peak else ""
        left = tqdm.format_interval(self._faces_left(step) / max(1e-9, speed))
        self._bar.set_postfix_str(f"{speed:.0f} faces/s{share}, {left} left", refresh=False)

    def _faces_left(self, step: int) -> float:
        """In all epochs, counted in faces of this epoch's size."""
        work, epochs = self.settings.work_in, range(self.epoch + 1, self.settings.epochs + 1)
        steps = len(self.batches) * (1 + sum(map(work, epochs)) / work(self.epoch)) - step
        return steps * self._faces_a_step
