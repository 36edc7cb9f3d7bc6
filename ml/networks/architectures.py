"""The networks: normalized faces in, 40 logits out. The loss and the engine apply the sigmoid.

Each has a trunk, `features`, which can begin with ImageNet weights, and a head, `classifier`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

# Channels of the 13 convolutions of VGG16 (configuration D); "M" halves the picture.
# fmt: off
VGG16_LAYERS = (
    64, 64, "M",
    128, 128, "M",
    256, 256, 256, "M",
    512, 512, 512, "M",
    512, 512, 512, "M",
)
# fmt: on
CNN_LAYERS = (32, "M", 64, "M", 128, "M", 256, "M")
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}
SMALLEST = 32  # pixels: five halvings leave one


class Network(nn.Module, ABC):
    """A trunk and a head.

    Args:
        size: side of the square input in pixels, at least 32.
        channels: 3 for color, 1 for gray scale.
        width: multiplies the number of channels of the trunk; 1.0 is the published network.
        batch_norm: a BatchNorm2d after each convolution.
        head: sizes of the hidden layers between the trunk and the logits; may be empty.
        activation: "relu" or "tanh", in the head.
        dropout: probability of dropping a hidden unit of the head in training.
        outputs: number of logits.

    Raises:
        ValueError: the input is smaller than 32 pixels, the activation is unknown, or the
            architecture does not come in that width or without batch norm.
    """

    def __init__(
        self,
        *,
        size: int = 150,
        channels: int = 3,
        width: float = 1.0,
        batch_norm: bool = True,
        head: Sequence[int] = (4096, 512),
        activation: str = "relu",
        dropout: float = 0.5,
        outputs: int = 40,
    ) -> None:
        super().__init__()
        if size < SMALLEST:
            raise ValueError(f"the networks need faces of at least {SMALLEST} pixels, not {size}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is relu or tanh, not {activation!r}")
        self.features, trunk_channels, self.side = self._trunk(size, channels, width, batch_norm)
        self.classifier = _head(
            [trunk_channels * self.side**2, *head], outputs, ACTIVATIONS[activation], dropout
        )
        self.apply(_initialize)

    @abstractmethod
    def _trunk(
        self, size: int, channels: int, width: float, batch_norm: bool
    ) -> tuple[nn.Sequential, int, int]:
        """The trunk, its output channels, and the side that its output is pooled to."""

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        """Map (B, channels, S, S) normalized faces to (B, outputs) logits. S need not be `size`."""
        found = self.features(faces)  # (B, C, s, s)
        if found.shape[-1] != self.side:
            found = functional.adaptive_avg_pool2d(found, self.side)
        logits: torch.Tensor = self.classifier(found.flatten(1))
        return logits


class VGG16(Network):
    """VGG16 (Simonyan and Zisserman 2015, configuration D), with its head on the whole picture."""

    layers: tuple[int | str, ...] = VGG16_LAYERS

    def _trunk(
        self, size: int, channels: int, width: float, batch_norm: bool
    ) -> tuple[nn.Sequential, int, int]:
        trunk, wide = _convolutions(self.layers, channels, width, batch_norm)
        return trunk, wide, size >> self.layers.count("M")


class PlainCNN(VGG16):
    """A plain network of four convolutions, each followed by a halving."""

    layers = CNN_LAYERS


class ResNet50(Network):
    """ResNet50 (He et al. 2016) as torchvision builds it, up to its global pooling."""

    depth = "resnet50"

    def _trunk(
        self, size: int, channels: int, width: float, batch_norm: bool
    ) -> tuple[nn.Sequential, int, int]:
        if width != 1 or not batch_norm:
            raise ValueError("a ResNet has width 1 and batch norm: --width 1 --batch-norm")
        from torchvision import models  # takes a second; a worker with a VGG16 does not need it

        built = getattr(models, self.depth)(weights=None)
        built.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
        parts = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
        trunk = nn.Sequential()
        for part in parts:
            trunk.add_module(part, getattr(built, part))
        return trunk, 2048, 1


class ResNet101(ResNet50):
    """ResNet101 (He et al. 2016) as torchvision builds it, up to its global pooling."""

    depth = "resnet101"


ARCHITECTURES: dict[str, type[Network]] = {
    kind.__name__: kind for kind in (VGG16, ResNet50, ResNet101, PlainCNN)
}


def build_network(architecture: str, **network: Any) -> Network:
    """The network of that name, with random weights; `network` has the arguments of `Network`.

    Raises:
        ValueError: the architecture is unknown, or does not take these arguments.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture is one of {', '.join(ARCHITECTURES)}, not {architecture!r}")
    return ARCHITECTURES[architecture](**network)


def _convolutions(
    layers: Sequence[int | str], channels: int, width: float, batch_norm: bool
) -> tuple[nn.Sequential, int]:
    """3 x 3 convolutions with ReLU, and the number of channels of the last one.

    Pooling comes before the ReLU: the result is the same, and the ReLU touches a quarter of the
    memory.
    """
    built: list[nn.Module] = []
    for layer in layers:
        if layer == "M":
            built.insert(-1, nn.MaxPool2d(2))
            continue
        wide = max(1, round(int(layer) * width))
        built.append(nn.Conv2d(channels, wide, 3, padding=1, bias=not batch_norm))
        if batch_norm:
            built.append(nn.BatchNorm2d(wide))
        built.append(nn.ReLU(inplace=True))
        channels = wide
    return nn.Sequential(*built), channels


def _head(
    sizes: Sequence[int], outputs: int, activation: type[nn.Module], dropout: float
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for wide_in, wide_out in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(wide_in, wide_out), activation(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))


def _initialize(module: nn.Module) -> None:
    """He initialization, which suits ReLU, as in torchvision's VGG."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)
