"""Training on several devices: torchrun starts one process for each, on one host or many."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import distributed, nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

LONGEST_WAIT = timedelta(hours=2)  # while one process of each host decodes the faces
# Seconds for Gloo's threads to release their last tensors. They need the interpreter for that, and
# abort the process if it is already shutting down. Nothing tells when they are done.
RELEASING = 0.5


@dataclass(frozen=True)
class Group:
    """The processes that train together: the rank of this one, their number, its device."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    @property
    def is_first_here(self) -> bool:
        """Whether this process does what is to be done once on each host."""
        return int(os.environ.get("LOCAL_RANK", 0)) == 0

    def wrapped(self, model: nn.Module) -> nn.Module:
        """The model to call in training. It averages gradients over the group."""
        if self.size == 1:
            return model
        return DistributedDataParallel(model, broadcast_buffers=True)

    def with_shared_statistics(self, model: nn.Module) -> nn.Module:
        """The model with batch norms that see the faces of all processes; of one, it stays.

        Raises:
            ValueError: the processes have no GPUs, for which alone torch can do that.
        """
        if self.size == 1:
            return model
        if self.device.type != "cuda":
            raise ValueError("--sync-batch-norm needs GPUs; leave it out on CPUs")
        shared: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        return shared

    def total(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum of all processes' tensors."""
        if self.size > 1:
            tensor = tensor.clone()
            distributed.all_reduce(tensor)
        return tensor

    def gathered(self, part: torch.Tensor, count: int) -> torch.Tensor:
        """All `count` rows, of which each process has every `size`-th, from its rank on."""
        if self.size == 1:
            return part
        filled = part.new_zeros(-(-count // self.size), *part.shape[1:])
        filled[: len(part)] = part
        parts = [torch.empty_like(filled) for _ in range(self.size)]
        distributed.all_gather(parts, filled)
        return torch.stack(parts, 1).flatten(0, 1)[:count]

    def follow_main(self, tensors: Iterable[torch.Tensor]) -> None:
        """Give these tensors the values that they have in the main process."""
        if self.size > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, 0)

    def shared(self, value: Any) -> Any:
        """The main process's value, in every process."""
        if self.size == 1:
            return value
        values = [value]
        distributed.broadcast_object_list(values, device=self.device)
        return values[0]

    def wait(self) -> None:
        """Wait until every process has called this."""
        if self.size > 1:
            is_gpu = self.device.type == "cuda"
            distributed.barrier(device_ids=[self.device.index] if is_gpu else None)


def default_device() -> torch.device:
    """This process's own GPU if there is one, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


@contextmanager
def group() -> Iterator[Group]:
    """Join the processes that torchrun started; without torchrun, be alone."""
    device = default_device()
    if "RANK" not in os.environ:
        yield Group(rank=0, size=1, device=device)
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    _join("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Group(distributed.get_rank(), distributed.get_world_size(), device)
    except BaseException:
        if device.type != "cuda":  # NCCL would wait for processes that had no error
            _leave(device)
        raise
    _leave(device)


def _join(backend: str) -> None:
    """Call `init_process_group` with separate keys for each start of the group.

    torchrun keeps its store when it restarts the group. Under the same keys the new processes would
    find the addresses of dead ones.
    """
    store, rank, size = next(iter(rendezvous("env://")))
    own = PrefixStore(f"start {_restarts()}", store)
    distributed.init_process_group(
        backend, store=own, rank=rank, world_size=size, timeout=LONGEST_WAIT
    )


def _leave(device: torch.device) -> None:
    distributed.destroy_process_group()
    if device.type != "cuda":
        time.sleep(RELEASING)


def job() -> str:
    """The name of the torchrun job, the same after its restarts; empty without torchrun."""
    name = os.environ.get("TORCHELASTIC_RUN_ID", "")
    return f"{name} {os.getppid()}" if name else ""


def _restarts() -> int:
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0))
