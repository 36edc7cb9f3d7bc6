"""The two networks that find faces, to be trained by `manage.py train_detector` and exported."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ml.faces.verifier import SIDE
from ml.files import replacing_file
from ml.hardware.exporting import export_network
from ml.hardware.sessions import Network

CHANNELS = 40
BLOCKS = 3
OUTPUTS = 5  # log odds of a face; its distance across and down; its size; its angle


class Residual(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.relu(features + self.layers(features))


class Proposer(nn.Module):
    """From normalized pictures, (N, 1, H, W) float32, to (N, 5, H / STRIDE, W / STRIDE).

    The five outputs of a cell: the log odds that a face's center is near; the center's distance
    from the cell's to the right and down, in units of STRIDE; the side of the box, as log2 of its
    ratio to USUAL; and the clockwise angle in units of TURN. The constants are in
    `ml.faces.proposals`.
    """

    def __init__(self) -> None:
        super().__init__()
        steps = ((1, 16, 5, 2), (16, 24, 3, 2), (24, 24, 3, 1), (24, CHANNELS, 3, 2))
        layers: list[nn.Module] = []
        for inputs, outputs, size, stride in steps:
            layers += [
                nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers, *(Residual(CHANNELS) for _ in range(BLOCKS)))
        self.head = nn.Conv2d(CHANNELS, OUTPUTS, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.head(self.layers(pictures))
        return outputs


class Verifier(nn.Module):
    """From normalized windows, (N, 1, SIDE, SIDE) float32, to (N, 5).

    Each row: the log odds that the frame lies on a face; the face's distance from the frame's
    center to the right and down, in sides of the frame; how much larger than the frame it is, as
    log2; and its clockwise angle in the frame, in units of TURN. The constants are in
    `ml.faces.verifier`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(32 * 6 * 6, 64),
            nn.ReLU(),
            nn.Linear(64, OUTPUTS),
        )

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.layers(windows)
        return outputs


def save_proposer(proposer: Proposer, file: Path) -> None:
    """Write it as an ONNX network for pictures of any size."""
    _save(proposer, torch.zeros(1, 1, 64, 96), file, free=(2, 3))


def save_verifier(verifier: Verifier, file: Path) -> None:
    """Write it as an ONNX network for any number of windows."""
    _save(verifier, torch.zeros(2, 1, SIDE, SIDE), file, free=(0,))


def _save(network: nn.Module, example: torch.Tensor, file: Path, free: Sequence[int]) -> None:
    with replacing_file(file) as partial:
        export_network(network, example, partial, taken="seen", given="said", free=free)


def as_network(network: nn.Module) -> Network:
    """A module in training, as a function of arrays like one from a file."""

    @torch.inference_mode()
    def run(values: np.ndarray) -> np.ndarray:
        outputs: torch.Tensor = network.eval()(torch.from_numpy(np.ascontiguousarray(values)))
        return outputs.numpy()

    return run
