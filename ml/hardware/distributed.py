"""Training on several devices: one process each, started by torchrun, on one host or many."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed, nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Group:
    """The processes that train together: this one's number, how many there are, its device."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this is the one process that writes."""
        return self.rank == 0

    def wrapped(self, model: nn.Module) -> nn.Module:
        """The model as it is called in training: gradients are averaged over the group."""
        if self.size == 1:
            return model
        return DistributedDataParallel(model, broadcast_buffers=True)

    def total(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum of everyone's tensor."""
        if self.size > 1:
            tensor = tensor.clone()
            distributed.all_reduce(tensor)
        return tensor

    def shared(self, value: Any) -> Any:
        """The leading process's value, in every process."""
        if self.size == 1:
            return value
        values = [value]
        distributed.broadcast_object_list(values, device=self.device)
        return values[0]

    def wait(self) -> None:
        """Return when everyone has come this far."""
        if self.size > 1:
            is_gpu = self.device.type == "cuda"
            distributed.barrier(device_ids=[self.device.index] if is_gpu else None)


def default_device() -> torch.device:
    """This process's own GPU where there is one, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


@contextmanager
def group() -> Iterator[Group]:
    """Join the processes that torchrun started; alone without it."""
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
        if device.type != "cuda":  # NCCL would wait here for processes that know of no error
            distributed.destroy_process_group()
        raise
    distributed.destroy_process_group()


def _join(backend: str) -> None:
    """`init_process_group`, with keys of its own each time that torchrun starts the group again.

    torchrun keeps its store: the addresses of processes that are dead would be found there.
    """
    store, rank, size = next(iter(rendezvous("env://")))
    own = PrefixStore(f"start {_restarts()}", store)
    distributed.init_process_group(backend, store=own, rank=rank, world_size=size)


def job() -> str:
    """A name of the torchrun that started this process, the same after a restart; else empty."""
    name = os.environ.get("TORCHELASTIC_RUN_ID", "")
    return f"{name} {os.getppid()}" if name else ""


def _restarts() -> int:
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0))
