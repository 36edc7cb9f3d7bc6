"""Batches of faces on the training device, in an order that follows from seed and epoch."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from ml.attributes import NAMES
from ml.hardware.distributed import Group

SHARE_OF_GPU = 0.5  # how much of its free memory the faces may take; the network needs the rest


@dataclass(frozen=True)
class Faces:
    """(N, C, S, S) uint8 pixels, possibly memory-mapped, and their (N, A) float targets.

    `attributes` names the columns of `targets`.
    """

    pixels: torch.Tensor
    targets: torch.Tensor
    attributes: tuple[str, ...] = NAMES

    def __len__(self) -> int:
        return len(self.pixels)


class Batches:
    """Shuffled batches for one process of a group, all of the same size.

    Where the faces of an epoch do not fill the last batch, its first faces come again in there. A
    compiled network then has one shape, and no step is made of a single face.

    Faces that fit on the GPU stay there. Otherwise threads gather the next batches into pinned
    memory while the device computes. `waited` counts the seconds the device waited for input.

    Args:
        weights: (N,) float, how often to draw each face; None to draw each once an epoch.
    """

    def __init__(
        self, faces: Faces, batch_size: int, seed: int, group: Group, weights: np.ndarray | None
    ) -> None:
        self.batch_size, self.seed, self.group = batch_size, seed, group
        self.weights = None if weights is None else torch.from_numpy(weights)
        self.faces = resident(faces, group.device)
        self.waited = 0.0

    def __len__(self) -> int:
        """Steps in an epoch: the same number in every process."""
        return self.steps(len(self.faces), self.batch_size, self.group.size)

    @staticmethod
    def steps(faces: int, batch_size: int, processes: int) -> int:
        """Steps in an epoch of that many faces."""
        return -(-faces // (batch_size * processes))

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield (pixels, targets) for each step of an epoch, from step `start`."""
        order = self._order(epoch)[self.group.rank :: self.group.size]
        if self._is_resident():
            order = order.to(
                self.group.device
            )  # once an epoch, because the host waits for the copy
        steps = torch.split(order, self.batch_size)[start : len(self)]
        return self._on_device(steps) if self._is_resident() else self._prefetched(steps)

    def _order(self, epoch: int) -> torch.Tensor:
        """The rows of an epoch. The first ones repeat to fill every process's last batch."""
        # A prime beyond any number of epochs: no two pairs of seed and epoch share an order.
        random = torch.Generator().manual_seed(self.seed * 100_003 + epoch)
        count = len(self.faces)
        if self.weights is None:
            order = torch.randperm(count, generator=random)
        else:
            order = torch.multinomial(self.weights, count, replacement=True, generator=random)
        # By remainder, not by appending: faces may be fewer than half a batch.
        return order[torch.arange(len(self) * self.batch_size * self.group.size) % count]

    def _is_resident(self) -> bool:
        return self.faces.pixels.device == self.group.device

    def _on_device(
        self, steps: tuple[torch.Tensor, ...]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for rows in steps:
            started = time.perf_counter()
            batch = self.faces.pixels[rows], self.faces.targets[rows]
            self.waited += time.perf_counter() - started
            yield batch

    def _prefetched(
        self, steps: tuple[torch.Tensor, ...]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        def gather(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return self.faces.pixels[rows].pin_memory(), self.faces.targets[rows].pin_memory()

        # Two threads, at most three batches ahead: enough to hide the gathering, and pinned memory
        # is scarce.
        with ThreadPoolExecutor(2) as pool:
            ahead: list[Future[tuple[torch.Tensor, torch.Tensor]]] = []
            for step in range(len(steps)):
                ahead += [pool.submit(gather, rows) for rows in steps[step + len(ahead) : step + 3]]
                started = time.perf_counter()
                pixels, targets = ahead.pop(0).result()
                self.waited += time.perf_counter() - started
                device = self.group.device
                yield pixels.to(device, non_blocking=True), targets.to(device, non_blocking=True)


def resident(faces: Faces, device: torch.device) -> Faces:
    """The faces on the GPU, if they take no more than their share of its free memory."""
    if device.type != "cuda":
        return faces
    free, _ = torch.cuda.mem_get_info(device)
    if faces.pixels.nbytes > SHARE_OF_GPU * free:
        return faces
    return Faces(faces.pixels.to(device), faces.targets.to(device), faces.attributes)
