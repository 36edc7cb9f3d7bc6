"""Training: from faces in memory to the weights that did best on the valid partition."""

import copy
import csv
import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from ml.architectures import VGG16
from ml.augment import Augmentation, augment
from ml.evaluation import evaluate
from ml.preprocessing import to_input

log = logging.getLogger(__name__)

PREDICT_BATCH = 256


@dataclass(frozen=True)
class Settings:
    """Every hyper-parameter of a run.

    `size`, `channels`, `width`, `batch_norm`, `head`, `activation` and `dropout` are the network's
    (see VGG16); `warmup` is the fraction of all steps in which the learning rate rises.
    """

    size: int = 96
    channels: int = 3
    width: float = 0.25
    batch_norm: bool = True
    head: tuple[int, ...] = (512,)
    activation: str = "relu"
    dropout: float = 0.3
    epochs: int = 16
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup: float = 0.1
    label_smoothing: float = 0.01
    ema_decay: float = 0.999
    seed: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)

    @property
    def network(self) -> dict[str, Any]:
        """The arguments of VGG16."""
        names = ("size", "channels", "width", "batch_norm", "activation", "dropout")
        return {**{name: getattr(self, name) for name in names}, "head": list(self.head)}


@dataclass(frozen=True)
class Faces:
    """A partition in memory: (N, C, S, S) uint8 pixels and (N, 40) uint8 targets."""

    pixels: torch.Tensor
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.pixels)


def default_device() -> torch.device:
    """The first GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device: torch.device) -> torch.autocast:
    """bf16 where the hardware multiplies it natively; elsewhere float32."""
    native = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=native)


def on_device(model: nn.Module, device: torch.device) -> nn.Module:
    """The model on that device, its convolutions in the channels-last order that is fastest."""
    moved: nn.Module = model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


@torch.inference_mode()
def predict(model: nn.Module, pixels: torch.Tensor, device: torch.device) -> np.ndarray:
    """Probabilities (N, 40) float32 of (N, C, S, S) uint8 faces."""
    model.eval()
    batches = []
    for batch in torch.split(pixels, PREDICT_BATCH):
        faces = to_input(batch.to(device)).contiguous(memory_format=torch.channels_last)
        batches.append(model(faces).float().sigmoid().cpu())
    return torch.cat(batches).numpy()


def train(
    settings: Settings,
    train_faces: Faces,
    valid_faces: Faces,
    *,
    device: torch.device,
    log_file: Path,
    quiet: bool = False,
) -> tuple[nn.Module, list[dict[str, float]]]:
    """Train a network; return the averaged weights of the best epoch, and a row for each epoch.

    The best epoch is the one with the lowest loss on `valid_faces`. Each epoch's row (losses and
    accuracies of both partitions) is appended to `log_file` as CSV as soon as it is known.

    Raises:
        FloatingPointError: the loss of an epoch is not finite.
    """
    torch.set_flush_denormal(True)  # the optimiser's averages of dead units decay into them
    torch.manual_seed(settings.seed)
    model = on_device(VGG16(**settings.network), device)
    averaged = AveragedModel(
        model, multi_avg_fn=_moving_average(settings.ema_decay), use_buffers=True
    )
    optimiser = torch.optim.AdamW(
        _decay_groups(model, settings.weight_decay), lr=settings.learning_rate, fused=True
    )
    steps = math.ceil(len(train_faces) / settings.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, _warmup_then_cosine(settings.epochs * steps, settings.warmup)
    )

    def step(pixels: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        sums = _step(model, optimiser, pixels.to(device), targets.to(device), settings)
        schedule.step()
        averaged.update_parameters(model)
        return sums

    history: list[dict[str, float]] = []
    best: nn.Module = averaged.module
    for epoch in range(1, settings.epochs + 1):
        title = f"epoch {epoch}/{settings.epochs}"
        batches = tqdm(_shuffled(train_faces, settings.batch_size), title, steps, disable=quiet)
        sums = torch.stack([step(*batch) for batch in batches]).sum(0)
        loss, accuracy = (sums / len(train_faces)).tolist()
        if not math.isfinite(loss):
            raise FloatingPointError(f"the loss of epoch {epoch} is {loss}")
        valid = _valid_metrics(averaged.module, valid_faces, device)
        history.append({"epoch": epoch, "loss": loss, "accuracy": accuracy, **valid})
        _append_row(log_file, history[-1])
        log.info("epoch %(epoch)d: loss %(loss).4f, valid %(valid_loss).4f, "
                 "accuracy %(accuracy).4f, valid %(valid_accuracy).4f", history[-1])  # fmt: skip
        if valid["valid_loss"] == min(row["valid_loss"] for row in history):
            best = copy.deepcopy(averaged.module)
    return best, history


def _decay_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for the matrices only; biases and batch-norm scales have one dimension."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0},
    ]


def _warmup_then_cosine(steps: int, warmup: float) -> Callable[[int], float]:
    rising = max(1, round(steps * warmup))

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))

    return factor


def _moving_average(decay: float) -> Callable[..., None]:
    """An exponential moving average whose decay rises, so that it forgets the random start."""

    @torch.no_grad()
    def update(averages: list[torch.Tensor], current: list[torch.Tensor], updates: int) -> None:
        rate = 1 - min(decay, (1 + int(updates)) / (10 + int(updates)))
        for average, value in zip(averages, current, strict=True):
            if average.is_floating_point():
                average.lerp_(value, rate)
            else:
                average.copy_(value)

    return update


def _shuffled(faces: Faces, batch_size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for rows in torch.split(torch.randperm(len(faces)), batch_size):
        yield faces.pixels[rows], faces.targets[rows]


def _step(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    pixels: torch.Tensor,
    targets: torch.Tensor,
    settings: Settings,
) -> torch.Tensor:
    """One optimiser step. Returns the sums over the batch of the loss and the accuracy: (2,)."""
    model.train()
    faces = augment(to_input(pixels), settings.augmentation)
    faces = faces.contiguous(memory_format=torch.channels_last)
    truth = targets.float()
    smoothed = truth * (1 - settings.label_smoothing) + settings.label_smoothing / 2
    with autocast(pixels.device):
        logits = model(faces)
    loss = functional.binary_cross_entropy_with_logits(logits.float(), smoothed)
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    optimiser.step()
    right = ((logits.detach() > 0) == truth.bool()).float().mean(1).sum()
    return torch.stack([loss.detach() * len(pixels), right])


def _valid_metrics(model: nn.Module, faces: Faces, device: torch.device) -> dict[str, float]:
    probabilities = predict(model, faces.pixels, device)
    loss = functional.binary_cross_entropy(torch.from_numpy(probabilities), faces.targets.float())
    metrics = evaluate(probabilities, faces.targets.numpy())
    return {
        "valid_loss": float(loss),
        "valid_accuracy": metrics["accuracy"],
        "valid_balanced_accuracy": metrics["balanced_accuracy"],
        "valid_mean_average_precision": metrics["mean_average_precision"],
    }


def _append_row(path: Path, row: dict[str, float]) -> None:
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)
