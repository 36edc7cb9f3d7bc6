"""A network that learns, one optimizer step after another."""

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.utils import get_total_norm

from ml.hardware.devices import autocast, best_dtype, can_compile, on_device
from ml.hardware.distributed import Group
from ml.training.augment import mix, to_augmented
from ml.training.averages import flat_statistics, restore_statistics, update_average
from ml.training.distillation import Teaching
from ml.training.losses import Loss, binary_accuracy
from ml.training.optimizers import make_optimizers, set_rates
from ml.training.settings import Settings

Forward = Callable[[torch.Tensor], torch.Tensor]  # from normalized faces to logits


class Outcome(NamedTuple):
    """What became of a step. The tensors stay on the device, so that the host need not wait."""

    losses: torch.Tensor  # (B,)
    right: torch.Tensor  # (), the faces' shares of right answers, summed
    is_bad: torch.Tensor  # () bool: a loss or gradient was not finite, and nothing was learned


class Learner:
    """A network with its optimizers and the running average of its weights.

    Args:
        model: the network with its initial weights; its trunk is `features`.
        group: the processes that train together.
        loss: from (B, 40) logits and targets to (B,) losses.
        teaching: what it learns from besides the labels.
    """

    def __init__(
        self,
        model: nn.Module,
        settings: Settings,
        *,
        group: Group,
        loss: Loss,
        teaching: Teaching,
    ) -> None:
        self.settings, self.group, self.loss, self.teaching = settings, group, loss, teaching
        if settings.sync_batch_norm:
            model = group.with_shared_statistics(model)
        self.model = on_device(model, group.device)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimizers = make_optimizers(self.model, settings)
        if teaching.teachers is not None:
            on_device(teaching.teachers, group.device)
        self._is_compiled = is_compiled(settings, group.device)
        self._to_augmented = self._compiled(to_augmented)
        self._forward: Forward = self.model
        self._is_frozen: bool | None = None  # the trunk, where `_forward` is wrapped

    def begin_epoch(self, epoch: int) -> None:
        """Freeze the trunk in the first epochs, if the settings say so."""
        is_frozen = epoch <= self.settings.freeze_epochs
        self.model.train()
        trunk = self.model.get_submodule("features")
        trunk.train(not is_frozen).requires_grad_(not is_frozen)
        for layer in first_layers(trunk, self.settings.frozen_layers):
            layer.eval().requires_grad_(False)
        # The group's wrapper must know which parameters have gradients. It is made anew only for
        # that: every new one is compiled again.
        if self._is_frozen != is_frozen:
            self._forward = self.model  # first, since two wrappers would both average gradients
            self._forward = self._compiled(self.group.wrapped(self.model))
            self._is_frozen = is_frozen

    def step(
        self,
        pixels: torch.Tensor,
        targets: torch.Tensor,
        *,
        size: int,
        number: int,
        rate: float,
    ) -> Outcome:
        """One optimizer step, skipped if the loss or the gradient is not finite.

        Takes (B, C, S, S) uint8 faces, which become `size` pixels wide, and (B, 40) targets.
        `number` counts the steps of all epochs; its random numbers follow from it.
        """
        # From the number of the step, so that a resumed run draws the same numbers.
        torch.manual_seed(hash((self.settings.seed, number, self.group.rank)) % 2**63)
        faces, targets = self._prepared(pixels, targets, size)
        before = flat_statistics(self.model)
        # The loss is computed outside, in float32.
        with autocast(pixels.device):
            logits = self._forward(faces).float()
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
        return Outcome(losses.detach(), right, is_bad)

    def _prepared(
        self, pixels: torch.Tensor, targets: torch.Tensor, size: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The faces as the network sees them, and what it is to say of them."""
        settings, dtype = self.settings, best_dtype(pixels.device)  # what autocast would make
        faces = self._to_augmented(pixels, settings.augmentation, size, dtype, settings.pixels)
        if settings.mixup:
            faces, targets = mix(faces, targets, settings.mixup)
        with autocast(pixels.device):
            return faces, self.teaching.during(faces, targets)

    def _is_bad(self, losses: torch.Tensor) -> torch.Tensor:
        """() bool: whether any process has a loss or gradient that is not finite."""
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        is_bad = ~(get_total_norm(gradients) + losses.detach().sum()).isfinite()
        return self.group.total(is_bad.int()) > 0

    def _update(self, rate: float, is_bad: torch.Tensor) -> None:
        set_rates(self.optimizers, rate)
        for optimizer in self.optimizers:
            # Optimizers read it, but torch does not declare it.
            optimizer.found_inf = is_bad.float()  # type: ignore[attr-defined]
            optimizer.step()

    def _compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function or network, compiled where this run compiles."""
        # All batches have one shape; dynamic ones would make every step slower.
        return torch.compile(function, dynamic=False) if self._is_compiled else function


def is_compiled(settings: Settings, device: torch.device) -> bool:
    """Whether a run with these settings compiles on that device."""
    return settings.compile == "true" or (settings.compile == "auto" and can_compile(device))


def first_layers(trunk: nn.Module, convolutions: int) -> list[nn.Module]:
    """The layers of a trunk up to that many convolutions, with what follows the last of them."""
    layers = list(trunk.children())
    places = [place for place, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)]
    return layers[: [0, *places[1:], len(layers)][min(convolutions, len(places))]]
