"""What a run would take: sizes, memory and time, estimated before it begins."""

import copy
import shutil
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from ml.hardware.distributed import Group
from ml.hardware.throughput import training_flops
from ml.training.batches import SHARE_OF_GPU, Batches, Faces
from ml.training.data import TrainingData
from ml.training.settings import Settings
from ml.training.trainer import Trainer

TRIED_STEPS = 3  # after one that is not counted, because it also allocates memory
# Tensors of the weights' size: weights, gradients, average, best, and the optimizer's state, which
# for AdamW is two of them.
COPIES = {"muon": 5, "adamw": 6, "sgd": 5}
SAVED_COPIES = {name: copies - 1 for name, copies in COPIES.items()}  # all but the gradients


def describe_run(
    model: nn.Module,
    settings: Settings,
    data: TrainingData,
    folder: Path,
    processes: Group,
) -> str:
    """The estimate as lines of text, after a few steps on noise. Nothing is written."""
    weights = sum(tensor.nbytes for tensor in model.state_dict().values())
    face = settings.size**2 * settings.channels
    steps = Batches.steps(len(data.train), settings.batch_size, processes.size)
    outputs = len(data.attributes)
    seconds = _seconds_a_step(copy.deepcopy(model), settings, processes, folder, outputs)
    speed = settings.batch_size * processes.size / seconds
    count = sum(parameter.numel() for parameter in model.parameters())
    flops = training_flops(model, settings.size, settings.channels)
    activations = _activation_bytes(model, settings) * settings.batch_size
    work = sum(settings.work_in(epoch) for epoch in range(1, settings.epochs + 1))
    lines = {
        "network": f"{settings.architecture}, {count / 1e6:.2f} million parameters, "
        f"{flops / 1e9:.2f} GFLOP per face and step",
        "steps": f"{settings.epochs} epochs of {steps} steps of {settings.batch_size} faces on "
        f"{processes.size} x {processes.device}",
        "checkpoint": f"{_mib(weights / 2)}; {_mib(_free(folder))} free on the disk for it and "
        f"for a snapshot of {_mib(SAVED_COPIES[settings.optimizer] * weights)}",
        "decoded faces": _mib(face * (len(data.train) + len(data.valid))),
        "memory": f"{_mib(COPIES[settings.optimizer] * weights)} for weights and optimizer, about "
        f"{_mib(activations)} for a batch; {_placed(face * len(data.train), processes)}",
        "time": f"about {tqdm.format_interval(work * steps * seconds)} at {speed:.0f} "
        "faces/s at full size, without decoding and validation",
    }
    return (
        "".join(f"{name + ':':<15}{text}\n" for name, text in lines.items())
        + "Nothing was written."
    )


def _seconds_a_step(
    model: nn.Module, settings: Settings, processes: Group, folder: Path, outputs: int
) -> float:
    settings = replace(settings, small_epochs=0, freeze_epochs=0)  # the slowest kind of step
    count = (1 + TRIED_STEPS) * settings.batch_size * processes.size
    noise = torch.randint(0, 256, (count, settings.channels, settings.size, settings.size))
    faces = Faces(noise.to(torch.uint8), torch.randint(0, 2, (count, outputs)).float())
    trainer = Trainer(model, settings, faces, faces, group=processes, folder=folder, data={})
    trainer.train_steps(1)
    started = time.perf_counter()
    trainer.train_steps(TRIED_STEPS)
    return (time.perf_counter() - started) / TRIED_STEPS


def _activation_bytes(model: nn.Module, settings: Settings) -> int:
    """What the backward pass needs of one face's forward pass: each layer's output, in bf16."""
    kept = 0

    def count(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        nonlocal kept
        kept += 2 * output.numel()

    shadow = copy.deepcopy(model).to("meta").eval()
    for module in shadow.modules():
        if not list(module.children()):  # containers would count the same output again
            module.register_forward_hook(count)
    shadow(torch.empty(1, settings.channels, settings.size, settings.size, device="meta"))
    return kept


def _placed(size: int, processes: Group) -> str:
    if processes.device.type != "cuda":
        return "faces read from the memory-mapped cache"
    torch.cuda.empty_cache()  # else what the trial steps used counts as taken
    free, _ = torch.cuda.mem_get_info(processes.device)
    fits = size <= SHARE_OF_GPU * free
    return (
        f"faces {'kept on the GPU' if fits else 'sent in pinned batches'}, {_mib(free)} free there"
    )


def _free(folder: Path) -> int:
    there = next(parent for parent in folder.absolute().parents if parent.is_dir())
    return shutil.disk_usage(there).free


def _mib(size: float) -> str:
    return f"{size / 2**20:,.0f} MiB"
