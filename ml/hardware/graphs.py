"""Batches of a few fixed sizes: on a GPU each size is captured once, as a CUDA graph, and replayed.

A VGG16 launches dozens of kernels. For a few faces the launches take longer than the kernels; a
graph is launched as one. Nothing is compiled, so a worker needs no compiler.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

log = logging.getLogger(__name__)

SIZES = (256, 64, 16, 4, 1)  # faces; what lies between is filled up to the next larger one
WARM_UP = 3  # runs before a capture, in which cuDNN chooses its algorithms

Run = Callable[[], object]


class FixedBatches:
    """A network that maps (B, C, S, S) uint8 faces to (B, outputs) float32.

    Faces are copied into pinned memory and from there to the device, while the device is busy with
    those before them. May be called from several threads; one at a time is served.

    Raises:
        torch.OutOfMemoryError: the device has not enough memory for a single face.
    """

    @torch.no_grad()
    def __init__(
        self, network: nn.Module, shape: Sequence[int], outputs: int, device: torch.device
    ) -> None:
        self._lock = threading.Lock()
        self._device = device
        self._streams = torch.get_device_module(device)  # on a CPU they do nothing
        self._computing = self._streams.Stream(device)
        self._copying = self._streams.Stream(device)
        # What the graphs read and write: their addresses are part of them.
        self._faces = _faces(SIZES[0], shape, device)
        self._answers = torch.empty(SIZES[0], outputs, device=device)
        self._replays = self._capture_all(network)
        self.sizes = sorted(self._replays)
        self._slots = [_Slot(self.sizes[-1], shape, device) for _ in range(2)]

    @torch.no_grad()
    def __call__(self, faces: np.ndarray) -> np.ndarray:
        """The (N, outputs) float32 of (N, C, S, S) uint8 faces, however many."""
        most = self.sizes[-1]
        with self._lock, self._streams.stream(self._computing):
            answers = torch.empty(len(faces), self._answers.shape[1], device=self._device)
            for number, start in enumerate(range(0, len(faces), most)):
                part = slice(start, min(start + most, len(faces)))
                self._answer(faces[part], answers[part], self._slots[number % 2])
            return answers.cpu().numpy()  # waits for the stream

    def _answer(self, faces: np.ndarray, answers: torch.Tensor, slot: "_Slot") -> None:
        """Queue one batch on the computing stream. Rows beyond its faces are of earlier ones."""
        count = len(faces)
        slot.send(faces, self._copying)
        self._computing.wait_event(slot.sent)
        self._faces[:count].copy_(slot.device[:count])
        slot.used.record(self._computing)
        self._replays[next(size for size in self.sizes if size >= count)]()
        answers.copy_(self._answers[:count])

    def _capture_all(self, network: nn.Module) -> dict[int, Run]:
        """A replay for each size that the device has memory for, the largest first.

        Smaller graphs take their memory out of the largest one's. That is safe, since all run on
        one stream, and what a graph leaves is copied out of `_answers` before the next one runs.
        """
        pool: Any = torch.cuda.graph_pool_handle() if self._device.type == "cuda" else None
        replays: dict[int, Run] = {}
        for size in SIZES:
            try:
                replays[size] = self._capture(network, size, pool)
            except torch.OutOfMemoryError as error:
                if size == SIZES[-1]:
                    raise
                log.warning("the device has no memory for %d faces at once: %s", size, error)
        return replays

    def _capture(self, network: nn.Module, size: int, pool: Any) -> Run:
        faces, answers = self._faces[:size], self._answers[:size]

        def run() -> None:
            answers.copy_(network(faces))

        if pool is None:
            return run
        self._computing.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._computing):
            for _ in range(WARM_UP):
                run()
        graph = torch.cuda.CUDAGraph()
        with (
            torch.cuda.device(self._device),
            torch.cuda.graph(graph, pool=pool, stream=self._computing),
        ):
            run()
        return graph.replay


class _Slot:
    """Room for one batch on its way: pinned memory of the host, and memory of the device."""

    def __init__(self, size: int, shape: Sequence[int], device: torch.device) -> None:
        self._host = _faces(size, shape, torch.device("cpu"), pinned=device.type == "cuda")
        self.device = _faces(size, shape, device)
        self._streams = torch.get_device_module(device)
        self.sent = self._streams.Event()  # recorded after `device` was filled from `_host`
        self.used = self._streams.Event()  # to be recorded after `device` was read

    def send(self, faces: np.ndarray, stream: Any) -> None:
        """Copy faces to the device in that stream; `sent` tells when they are there."""
        count = len(faces)
        self.sent.synchronize()  # the copy before may still be reading `_host`
        self._host[:count].numpy()[...] = faces
        with self._streams.stream(stream):
            stream.wait_event(self.used)
            self.device[:count].copy_(self._host[:count], non_blocking=True)
            self.sent.record(stream)


def _faces(
    size: int, shape: Sequence[int], device: torch.device, *, pinned: bool = False
) -> torch.Tensor:
    """Room for faces, in the layout in which they are stacked and convolved."""
    return torch.empty(
        (size, *shape),
        dtype=torch.uint8,
        device=device,
        pin_memory=pinned,
        memory_format=torch.channels_last,
    )
