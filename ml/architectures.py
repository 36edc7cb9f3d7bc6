"""The networks: normalised faces in, 40 logits out; sigmoid is left to the loss and the engine."""

from collections.abc import Sequence

import torch
from torch import nn

# torchvision's configuration D: the 13 convolutions of VGG16, "M" where the picture is halved.
VGG16_LAYERS = (
    64,
    64,
    "M",
    128,
    128,
    "M",
    256,
    256,
    256,
    "M",
    512,
    512,
    512,
    "M",
    512,
    512,
    512,
    "M",
)
HALVINGS = VGG16_LAYERS.count("M")
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


class VGG16(nn.Module):
    """VGG16 (Simonyan and Zisserman, 2015, configuration D) with a multi-label head.

    Args:
        size: side of the square input in pixels, at least 32.
        channels: 3 for colour, 1 for gray scale.
        width: factor on the channels of the trunk; 1.0 is the published network.
        batch_norm: a BatchNorm2d after each convolution.
        head: sizes of the hidden layers between the trunk and the logits.
        activation: "relu" or "tanh", in the head.
        dropout: probability of dropping a hidden unit of the head in training.
        outputs: number of logits.

    Raises:
        ValueError: the input is smaller than 32 pixels, or the activation is unknown.
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
        side = size >> HALVINGS
        if side < 1:
            raise ValueError(f"VGG16 needs faces of at least 32 pixels, not {size}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is relu or tanh, not {activation!r}")
        self.features, trunk_channels = _trunk(channels, width, batch_norm)
        self.classifier = _head(
            [trunk_channels * side * side, *head], outputs, ACTIVATIONS[activation], dropout
        )
        self.apply(_initialise)

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        """Map (B, channels, size, size) normalised faces to (B, outputs) logits."""
        logits: torch.Tensor = self.classifier(self.features(faces).flatten(1))
        return logits


def _trunk(channels: int, width: float, batch_norm: bool) -> tuple[nn.Sequential, int]:
    layers: list[nn.Module] = []
    for layer in VGG16_LAYERS:
        if layer == "M":
            layers.append(nn.MaxPool2d(2))
            continue
        wide = max(1, round(int(layer) * width))
        layers.append(nn.Conv2d(channels, wide, 3, padding=1, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm2d(wide))
        layers.append(nn.ReLU(inplace=True))
        channels = wide
    return nn.Sequential(*layers), channels


def _head(
    sizes: Sequence[int], outputs: int, activation: type[nn.Module], dropout: float
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for wide_in, wide_out in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(wide_in, wide_out), activation(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))


def _initialise(module: nn.Module) -> None:
    """He initialisation for what ReLU follows, as in torchvision's VGG."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)
