"""Distillation: labels mixed with the probabilities of trained networks (Hinton et al. 2015).

These soften the labels that people disagree about. The teachers answer during the run, about the
same changed view of each face that the student sees (Beyer et al. 2022), or they have answered
before, and their answers are in a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from ml.attributes import NAMES
from ml.data.celeba import FaceSet
from ml.networks.checkpoint import CheckpointError, attributes_of, file_sha256, read_config
from ml.networks.weights import load_checkpoint
from ml.training.settings import Settings

ANSWERS = "answers"  # the tensor in a file of kept answers
FACES = "faces"  # the fact beside it: the fingerprint of the faces that they are about


class Teachers(nn.Module):
    """Trained networks whose calibrated probabilities are averaged.

    Raises:
        CheckpointError: one cannot be loaded, sees other pixels than the student (color or gray,
            centered or in 0..1), or answers about other attributes.
    """

    def __init__(
        self,
        folders: Sequence[str],
        channels: int,
        pixels: str = "centered",
        attributes: tuple[str, ...] = NAMES,
    ) -> None:
        super().__init__()
        self.networks, self.sizes = nn.ModuleList(), []
        temperatures = []
        for folder in folders:
            network, config = load_checkpoint(Path(folder))
            if config["network"]["channels"] != channels:
                raise CheckpointError(
                    f"{folder}: sees {_color(config['network']['channels'])}, the network to train "
                    f"{_color(channels)}; name another teacher"
                )
            if (seen := config.get("pixels", "centered")) != pixels:
                raise CheckpointError(
                    f"{folder}: sees pixels that are {seen}, the network to train {pixels} ones; "
                    "name another teacher"
                )
            if attributes_of(config) != attributes:
                raise CheckpointError(
                    f"{folder}: answers about other attributes than those to learn; name another "
                    "teacher"
                )
            self.networks.append(network)
            self.sizes.append(config["network"]["size"])
            found = config.get("temperatures", {})
            temperatures.append([found.get(name, 1.0) for name in config["attributes"]])
        self.temperatures: torch.Tensor
        self.register_buffer("temperatures", torch.tensor(temperatures))
        self.eval()

    @torch.no_grad()
    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        """Map (B, C, S, S) normalized faces to (B, A) probabilities.

        The faces are scaled to each teacher's own size. They are not softened: augmentation has
        interpolated them already.
        """
        answers = []
        parts = zip(self.networks, self.sizes, self.temperatures, strict=True)
        for network, size, temperatures in parts:
            seen = faces
            if size != faces.shape[-1]:
                # In float32: torch has no such interpolation of bf16 on a CPU.
                seen = functional.interpolate(faces.float(), size, mode="bilinear", antialias=True)
            seen = seen.contiguous(memory_format=torch.channels_last)
            answers.append((network(seen).float() / temperatures).sigmoid())
        return torch.stack(answers).mean(0)


@dataclass(frozen=True)
class Teaching:
    """What a run learns from besides the labels: networks, or (N, A) kept answers, or neither."""

    share: float = 0.5
    teachers: Teachers | None = None
    answers: torch.Tensor | None = None

    def before(self, labels: torch.Tensor) -> torch.Tensor:
        """(N, A) labels of the training faces, mixed with the kept answers.

        Unknown labels (NaN) stay unknown.
        """
        if self.answers is None:
            return labels
        return (1 - self.share) * labels + self.share * self.answers

    def during(self, faces: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """(B, A) targets, mixed with the teachers' answers about these (B, C, S, S) faces."""
        if self.teachers is None:
            return targets
        answers: torch.Tensor = self.teachers(faces)
        return (1 - self.share) * targets + self.share * answers


def teacher_hashes(settings: Settings) -> dict[str, str]:
    """What the run learns from besides the labels, by hash: it may lie in another place later."""
    hashes = [read_config(Path(folder))["sha256"] for folder in settings.teacher]
    found = {"teacher": ", ".join(hashes)} if hashes else {}
    if settings.teacher_answers:
        found["teacher_answers"] = file_sha256(Path(settings.teacher_answers))
    return found


def save_answers(path: Path, answers: np.ndarray, faces: FaceSet) -> None:
    """Keep (N, A) probabilities about these N faces, as float16."""
    tensor = torch.from_numpy(answers).half().contiguous()
    save_file({ANSWERS: tensor}, path, {FACES: faces.fingerprint()})


def read_answers(path: Path, faces: FaceSet) -> torch.Tensor:
    """(N, A) float32 probabilities about these N faces, as `save_answers` kept them.

    Raises:
        CheckpointError: the file is missing or damaged, or is about other faces.
    """
    try:
        with safe_open(path, "pt") as file:
            about = (file.metadata() or {}).get(FACES)
            answers: torch.Tensor = file.get_tensor(ANSWERS).float()
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file; --teacher-answers takes kept ones") from None
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: holds no answers of teachers: {error}") from error
    if about != faces.fingerprint():
        raise CheckpointError(
            f"{path}: is about other faces than the {len(faces)} of this run: their names, labels "
            "or order differ"
        )
    if answers.shape != faces.targets.shape:
        raise CheckpointError(f"{path}: its answers have the shape {tuple(answers.shape)}")
    if not bool(((answers >= 0) & (answers <= 1)).all()):
        raise CheckpointError(f"{path}: holds answers that are no probabilities")
    return answers


def _color(channels: int) -> str:
    return "color" if channels == 3 else "gray"
