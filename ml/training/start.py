"""How a run begins: the network with its initial weights, and where they come from."""

import copy
from dataclasses import dataclass

import torch
from torch import nn

from ml.attributes import NAMES
from ml.networks.architectures import build_network
from ml.networks.pretrained import load_pretrained
from ml.training.distillation import teacher_hashes
from ml.training.settings import Settings


@dataclass(frozen=True)
class Start:
    """A network before its first step; `origin` says where its weights come from."""

    model: nn.Module
    origin: str

    def sources(self, settings: Settings) -> dict[str, str]:
        """Initial weights and teachers, by hash: a resumed run may find them in another place."""
        return {"weights": self.origin.rsplit("sha256 ")[-1], **teacher_hashes(settings)}

    def weights(self) -> dict[str, torch.Tensor]:
        """A copy of the present weights."""
        return copy.deepcopy(self.model.state_dict())


def start_model(settings: Settings, attributes: tuple[str, ...] = NAMES) -> Start:
    """The network with its initial weights, and an output for each attribute.

    Raises:
        ValueError: the settings do not make a network.
        CheckpointError: the weights cannot be had, or do not fit.
    """
    torch.manual_seed(settings.seed)  # every process of a group draws the same weights
    model = build_network(settings.architecture, **settings.network_for(len(attributes)))
    if not settings.weights:
        return Start(model, "drawn at random (He)")
    origin = load_pretrained(
        model,
        settings.architecture,
        settings.weights,
        settings.weights_sha256,
        attributes=attributes,
        pixels=settings.pixels,
    )
    return Start(model, origin)


@torch.no_grad()
def blend(model: nn.Module, start: dict[str, torch.Tensor], share: float) -> None:
    """Mix a share of the initial weights into the result (Wortsman et al. 2022)."""
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value.lerp_(start[name].to(value), share)
